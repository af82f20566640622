"""An erased image leaves the releases that hold their images packed, with the files that it lies in, and no others."""

import hashlib
import io
import json
import tarfile
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from crowd import storage
from crowd.formats import shards
from crowd.models import Image, Project, Release, ReleaseFile, Task, Tombstone, User
from crowd.queries import integrity
from crowd.workflow import erasing, releasing
from crowd.workflow.conflicts import adjudication
from crowd.workflow.releasing import building, packing
from tests.api.world import V1
from tests.api.world import client as api_of
from tests.factories import make

pytestmark = pytest.mark.django_db


@pytest.fixture
def images(project: Project, owner: User, monkeypatch: pytest.MonkeyPatch) -> list[Image]:
    """Five images that are ruled on; two fit into a shard."""
    monkeypatch.setattr(shards, "IMAGES", 2)
    made = make.images(project, 5)
    for task in Task.objects.filter(project=project):
        adjudication.adjudicate(task=task, by=owner, annotation=make.CAT, now=timezone.now())
    return made


def cut(project: Project, owner: User) -> Release:
    options = {"formats": ["webdataset"], "images": "packed"}
    return releasing.cut(project=project, by=owner, now=timezone.now(), options=options)


def built(project: Project, owner: User) -> Release:
    release = cut(project, owner)
    releasing.build(release_id=release.pk, now=timezone.now())
    release.refresh_from_db()
    assert (release.state, release.error) == ("ready", "")
    return release


def erase(image: Image, owner: User) -> int:
    erasing.erase_image(image=image, reason="Shows a face.", by=owner, now=timezone.now())
    return erasing.sweep(now=timezone.now())


def there(release: Release) -> set[str]:
    """The formats of a release whose files are in the store."""
    return {one.format for one in release.files.all() if storage.store().exists(one.key)}


def formats(release: Release) -> set[str]:
    return set(release.files.values_list("format", flat=True))


def packed(release: Release) -> dict[str, set[str]]:
    """The SHA-256 of the images in each shard."""
    found = {}
    for file in release.files.filter(format__startswith="images_"):
        with tarfile.open(fileobj=io.BytesIO(storage.store().read(file.key))) as archive:
            found[file.format] = {
                hashlib.sha256(archive.extractfile(entry).read()).hexdigest()  # type: ignore[union-attr]
                for entry in archive
            }
    return found


def offenders() -> list[str]:
    return [line for one in integrity.run() for line in one.offenders]


def test_the_files_that_hold_it_go_and_the_release_says_what_it_said(
    client: Client, project: Project, owner: User, images: list[Image]
) -> None:
    first, second = built(project, owner), built(project, owner)
    said = storage.store().read(first.files.get(format="manifest").key)
    assert erase(images[2], owner) == 1
    gone = {"images_00001", "webdataset"}
    assert there(first) == formats(first) - gone
    assert "images_00001" not in there(second)  # they share it
    assert storage.store().read(first.files.get(format="manifest").key) == said
    assert offenders() == []
    for name in gone:
        told = api_of(owner).get(f"{V1}projects/{project.slug}/releases/1/files/{name}/")
        assert (told.status_code, told.json()["code"]) == (410, "image_erased")
        assert "An image in this file was erased" in told.json()["detail"]
        assert "releases/1/images/" in told.json()["detail"]
    assert api_of(owner).get(f"{V1}projects/{project.slug}/releases/1/files/images_00000/").status_code == 302
    client.force_login(owner)
    page = client.get(f"/projects/{project.slug}/releases/1/").content.decode()
    assert page.count("an image in it was erased") == 2
    assert "/files/images_00000/" in page
    assert "/files/images_00001/" not in page
    assert built(project, owner).images == 4


def test_a_link_given_before_says_what_became_of_the_file(project: Project, owner: User, images: list[Image]) -> None:
    built(project, owner)
    link = api_of(owner).get(f"{V1}projects/{project.slug}/releases/1/files/images_00000/")["Location"]
    erase(images[0], owner)
    told = Client().get(link)
    assert (told.status_code, b"An image in this file was erased" in told.content) == (410, True)


def test_a_file_that_is_missing_for_another_reason_is_still_told(
    project: Project, owner: User, images: list[Image]
) -> None:
    release = built(project, owner)
    erase(images[2], owner)
    storage.store().delete(release.files.get(format="images_00000").key)
    assert offenders() == [f"release 1 of project {project.pk}, images-00000.tar is not in the object store"]
    file = release.files.get(format="images_00001")
    storage.store().put(file.key, b"back", content_type=file.content_type)
    assert any("which held it, is there" in line for line in offenders())


def test_a_shard_that_was_made_without_it_stays(project: Project, owner: User, images: list[Image]) -> None:
    storage.store().delete(images[0].key)
    release = built(project, owner)
    assert release.files.get(format="images_00000").report["left_out"] == {packing.GONE: 1}
    erase(images[0], owner)
    assert there(release) == formats(release)
    erase(images[1], owner)
    assert there(release) == formats(release) - {"images_00000", "webdataset"}


def test_a_release_that_failed_loses_it_too(project: Project, owner: User, images: list[Image]) -> None:
    release = cut(project, owner)
    while "images_00000" not in formats(release):
        building._go_on(release.pk, timezone.now(), goes=True)
    releasing.cancel(release=release, by=owner, now=timezone.now())
    erase(images[0], owner)
    assert there(release) == formats(release) - {"images_00000", "webdataset"}
    assert offenders() == []


@pytest.mark.parametrize("behind", ["images_00000", "images_00002", "card", "croissant"])
def test_a_release_under_construction_is_finished_without_it(
    project: Project, owner: User, images: list[Image], behind: str
) -> None:
    release = cut(project, owner)
    while behind not in formats(release):
        assert building._go_on(release.pk, timezone.now(), goes=True)
    old = dict(release.files.values_list("format", "sha256"))
    assert erase(images[0], owner) == 0  # it is seen to again when no more of it can come
    releasing.build(release_id=release.pk, now=timezone.now())
    release.refresh_from_db()
    assert release.state == "ready"
    whole = {image.sha256 for image in images}
    assert packed(release) == {
        "images_00000": {images[1].sha256},
        "images_00001": {images[2].sha256, images[3].sha256},
        "images_00002": {images[4].sha256},
    }
    assert set().union(*packed(release).values()) == whole - {images[0].sha256}
    listed = json.loads(storage.store().read(release.files.get(format="manifest").key))["files"]
    assert {one["format"]: one["sha256"] for one in listed} == {
        one.format: one.sha256 for one in release.files.exclude(format="manifest")
    }
    assert erasing.sweep(now=timezone.now()) == 1
    assert there(release) == formats(release)
    for name in ("images_00000", "webdataset"):
        assert not storage.store().exists(ReleaseFile(release=release, sha256=old[name]).key)
    assert offenders() == []


def test_an_image_erased_while_its_shard_is_written_is_written_out_of_it(
    project: Project, owner: User, images: list[Image], monkeypatch: pytest.MonkeyPatch
) -> None:
    release = cut(project, owner)
    while "webdataset" not in formats(release):
        building._go_on(release.pk, timezone.now(), goes=True)
    write: Any = packing.write

    def late(*args: Any, **kwargs: Any) -> Any:
        report = write(*args, **kwargs)
        if not Tombstone.objects.exists():
            erase(images[1], owner)
        return report

    monkeypatch.setattr(packing, "write", late)
    releasing.build(release_id=release.pk, now=timezone.now())
    assert packed(release)["images_00000"] == {images[0].sha256}
    assert erasing.sweep(now=timezone.now()) == 1
    assert there(release) == formats(release)
    assert offenders() == []
