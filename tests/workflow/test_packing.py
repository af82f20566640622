"""Releases that hold the images themselves: as they came, a shard at a time, the same for the same images."""

import hashlib
import io
import json
import tarfile
import zipfile
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from django.utils import timezone

from crowd import storage
from crowd.errors import Unavailable
from crowd.formats import shards
from crowd.formats.archives import filename
from crowd.formats.base import ImageFacts
from crowd.models import Consensus, Image, ImageQuality, Project, Release, Task, User
from crowd.workflow import releasing
from crowd.workflow.conflicts import adjudication
from crowd.workflow.importing import web
from crowd.workflow.releasing import packing
from tests.factories import make

pytestmark = pytest.mark.django_db


def ruled(count: int) -> tuple[Project, User, list[Image]]:
    """A project whose images an owner has all ruled on."""
    owner = make.user("owner")
    project = make.project(owner)
    images = make.images(project, count)
    for task in Task.objects.filter(project=project):
        adjudication.adjudicate(task=task, by=owner, annotation=make.CAT, now=timezone.now())
    return project, owner, images


def cut(project: Project, owner: User, **options: Any) -> Release:
    options = {"formats": ["jsonl"], "images": "packed", **options}
    release = releasing.cut(project=project, by=owner, now=timezone.now(), options=options)
    releasing.build(release_id=release.pk, now=timezone.now())
    release.refresh_from_db()
    assert (release.state, release.error) == ("ready", "")
    return release


def packed(release: Release) -> dict[str, dict[str, str]]:
    """The images of each shard, by name, with the SHA-256 of their bytes."""
    found: dict[str, dict[str, str]] = {}
    for file in release.files.filter(format__startswith="images_").order_by("format"):
        with tarfile.open(fileobj=io.BytesIO(storage.store().read(file.key))) as archive:
            entries = {entry.name: archive.extractfile(entry).read() for entry in archive}  # type: ignore[union-attr]
        found[file.path] = {name: hashlib.sha256(content).hexdigest() for name, content in entries.items()}
    return found


def entry(image: Image) -> str:
    facts = ImageFacts(image.pk, image.name, image.sha256, image.width, image.height)
    return f"images/{filename(facts)}"


def test_a_release_refers_to_its_images_unless_they_are_to_be_packed() -> None:
    project, owner, images = ruled(2)
    assert packed(cut(project, owner, images="reference")) == {}
    release = cut(project, owner)
    assert packed(release) == {"images-00000.tar": {entry(image): image.sha256 for image in images}}
    assert {"format": "images_00000", "approximated": {}, "left_out": {}}.items() <= _stated(release).items()


def _stated(release: Release) -> dict[str, Any]:
    files = json.loads(storage.store().read(release.files.get(format="manifest").key))["files"]
    return next(one for one in files if one["format"] == "images_00000")


def test_shards_are_of_bounded_size_and_the_same_for_the_same_images(monkeypatch: pytest.MonkeyPatch) -> None:
    project, owner, images = ruled(5)
    monkeypatch.setattr(shards, "IMAGES", 2)
    first, second = cut(project, owner), cut(project, owner)
    assert [len(found) for found in packed(first).values()] == [2, 2, 1]
    assert [one for found in packed(first).values() for one in found] == [entry(image) for image in images]
    digests = [list(one.files.order_by("format").values_list("format", "sha256")) for one in (first, second)]
    assert [row for row in digests[0] if row[0].startswith("images_")] == [
        row for row in digests[1] if row[0].startswith("images_")
    ]
    monkeypatch.setattr(shards, "BYTES", images[0].bytes)
    assert len(packed(cut(project, owner))) == 5


def test_a_crash_costs_one_shard(monkeypatch: pytest.MonkeyPatch) -> None:
    project, owner, _ = ruled(4)
    monkeypatch.setattr(shards, "IMAGES", 2)
    whole = packed(cut(project, owner))
    release = releasing.cut(
        project=project, by=owner, now=timezone.now(), options={"formats": ["jsonl"], "images": "packed"}
    )
    opened, kept = [], packing._opened

    def crash(image: Image) -> Any:
        opened.append(image)
        if len(opened) == 4:  # two, and the one that finds no room, which the next shard opens again
            raise KeyboardInterrupt
        return kept(image)

    monkeypatch.setattr(packing, "_opened", crash)
    with pytest.raises(KeyboardInterrupt):
        releasing.build(release_id=release.pk, now=timezone.now())
    assert release.files.filter(format__startswith="images_").count() == 1
    releasing.build(release_id=release.pk, now=timezone.now())
    release.refresh_from_db()
    assert (release.state, packed(release)) == ("ready", whole)


def test_images_that_are_erased_lost_or_changed_are_left_out_and_told() -> None:
    project, owner, images = ruled(4)
    erased, lost, changed, kept = images
    Image.objects.filter(pk=erased.pk).update(erased_at=timezone.now())
    storage.store().delete(lost.key)
    storage.store().put(changed.key, b"something else", content_type="image/png")
    release = cut(project, owner)
    assert packed(release) == {"images-00000.tar": {entry(kept): kept.sha256}}
    assert _stated(release)["left_out"] == {packing.ERASED: 1, packing.GONE: 1, packing.CHANGED: 1}


def test_a_release_of_nothing_has_one_empty_shard() -> None:
    project, owner, _ = ruled(0)
    assert packed(cut(project, owner)) == {"images-00000.tar": {}}


def test_webdataset_has_the_images_of_a_release_that_packs_them() -> None:
    project, owner, [lost, kept] = ruled(2)
    storage.store().delete(lost.key)
    release = cut(project, owner, formats=["webdataset"])
    with zipfile.ZipFile(io.BytesIO(storage.store().read(release.files.get(format="webdataset").key))) as archive:
        [shard] = [archive.read(name) for name in archive.namelist() if name.endswith(".tar")]
    with tarfile.open(fileobj=io.BytesIO(shard)) as samples:
        found = {entry.name: samples.extractfile(entry).read() for entry in samples}  # type: ignore[union-attr]
    pictures = {name: content for name, content in found.items() if not name.endswith(".json")}
    assert {hashlib.sha256(content).hexdigest() for content in pictures.values()} == {kept.sha256}
    assert len(found) == 3


def test_images_of_a_host_that_does_not_answer_are_waited_for_and_in_the_end_left_out(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    project, owner, [away, kept] = ruled(2)
    Image.objects.filter(pk=away.pk).update(location="http://images.example/a.png")
    storage.store().delete(away.key)

    def silent(url: str) -> bytes:
        raise Unavailable(f"{url} does not answer.")

    monkeypatch.setattr(web, "download", silent)
    options = {"formats": ["jsonl"], "images": "packed"}
    release = releasing.cut(project=project, by=owner, now=timezone.now(), options=options)
    for minutes, state in ((0, "building"), (61, "ready")):
        releasing.build(release_id=release.pk, now=release.created_at + timedelta(minutes=minutes))
        release.refresh_from_db()
        assert (release.state, release.error) == (state, "")
    assert packed(release) == {"images-00000.tar": {entry(kept): kept.sha256}}
    assert _stated(release)["left_out"] == {packing.GONE: 1}


@pytest.mark.django_db(transaction=True)
def test_a_shard_gets_no_transaction_number_while_it_fetches_images(monkeypatch: pytest.MonkeyPatch) -> None:
    """It would hold back the feeds for as long as that takes."""
    project, _, [image] = ruled(1)
    raw = storage.store().read(image.key)
    storage.store().delete(image.key)
    Image.objects.filter(pk=image.pk).update(location="http://images.example/a.png")
    ImageQuality.objects.filter(image=image).update(fault="not_here", measured_at=timezone.now())
    monkeypatch.setattr(web, "download", lambda url: raw)
    with transaction.atomic():
        found = packing.write(
            project, [row.pk for row in Consensus.objects.filter(task__project=project)], 0, io.BytesIO()
        )
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_current_xact_id_if_assigned()::text")
            assert (found.images, cursor.fetchone()[0]) == (1, None)
    assert ImageQuality.objects.get(image=image).fault == ""
