"""A release on one's own disk: whole, checked, resumed, and read by what people read with."""

import asyncio
import hashlib
import json
import tarfile

import pytest
from django.utils import timezone

from crowd import storage
from crowd.client import (
    AsyncClient,
    Client,
    ClientError,
    Corrupt,
    Failed,
    Gone,
    NeedsPackage,
    TookTooLong,
    Unreachable,
    shards,
)
from crowd.models import Image, Release, ReleaseFile
from crowd.workflow import accounts, erasing
from tests.client.breaking import NOTHING
from tests.client.scenes import answered
from tests.factories import make


@pytest.fixture
def released(ann, pets) -> Release:
    """Three cats, released."""
    answered(pets, 3)
    ann.cut_release(pets.slug, note="first")
    return Release.objects.get(project=pets)


def names_in(folder) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


def test_a_release_is_pulled_with_its_images_and_every_file_is_what_the_manifest_says(ann, released, pets, tmp_path):
    seen = []
    pulled = ann.pull(
        pets.slug,
        to=tmp_path,
        formats=["coco"],
        with_images=True,
        on_progress=lambda told: seen.append(vars(told).copy()),
    )
    assert pulled.folder == tmp_path / f"{pets.slug}-1"
    coco = json.loads(pulled.path("coco").read_bytes())
    used = {f"by_name/{image['file_name']}" for image in coco["images"]}  # what COCO's readers look for
    kept = {f"images/{path.name}" for path in pulled.image_paths().values()}
    assert len(used) == len(kept) == 3
    assert names_in(pulled.folder) == {"manifest.json", "coco.json", "labels.jsonl", *used, *kept}
    digests = {hashlib.sha256(path.read_bytes()).hexdigest() for path in pulled.image_paths().values()}
    assert digests == set(Image.objects.filter(project=pets).values_list("sha256", flat=True))
    assert (seen[-1]["files"], seen[-1]["of_files"]) == (6, 6)
    files = names_in(pulled.folder) - used
    assert seen[-1]["bytes"] == sum((pulled.folder / name).stat().st_size for name in files)


def test_an_image_erased_since_the_release_is_left_out(ann, owner, released, pets, tmp_path):
    image = Image.objects.filter(project=pets).order_by("pk")[0]
    erasing.erase_image(image=image, reason="Shows a face.", by=owner, now=timezone.now())
    erasing.sweep(now=timezone.now())
    pulled = ann.pull(pets.slug, to=tmp_path, with_images=True)
    assert (pulled.erased(), len(pulled.image_paths()), len(pulled.dataset())) == ({image.pk}, 2, 2)
    assert {path for path, _ in pulled.dataset()} == set(pulled.image_paths().values())


def test_all_formats_come_and_a_second_pull_fetches_no_file_again(weak, owner, released, pets, tmp_path):
    with Client(weak.url, make.token(owner)) as ann:
        pulled = ann.pull(pets.slug, 1, to=tmp_path, formats=["all"])
        assert names_in(pulled.folder) == {row["path"] for row in pulled.manifest["files"]} | {"manifest.json"}
        weak.heard.clear()
        ann.pull(pets.slug, 1, to=tmp_path, formats=["all"])
    assert not [head for head in weak.heard if "/files/" in head]


def test_packed_images_are_unpacked_and_a_second_pull_fetches_none_again(weak, owner, ann, pets, tmp_path):
    answered(pets, 3)
    ann.cut_release(pets.slug, formats=["coco"], splits={"train": 1.0}, images="packed")
    with Client(weak.url, make.token(owner)) as client:
        pulled = client.pull(pets.slug, 1, to=tmp_path, formats=["coco"], with_images=True)
        digests = {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in pulled.image_paths().values()}
        assert set(digests.values()) == set(Image.objects.filter(project=pets).values_list("sha256", flat=True))
        assert len(list((pulled.folder / "by_name").iterdir())) == 3
        assert not (pulled.folder / "images-00000.tar").exists()
        weak.heard.clear()
        client.pull(pets.slug, 1, to=tmp_path, formats=["coco"], with_images=True)
        assert not [head for head in weak.heard if "/files/" in head or "/images/" in head]
        next(iter(pulled.image_paths().values())).unlink()
        client.pull(pets.slug, 1, to=tmp_path, with_images=True)
    assert {path.name for path in pulled.image_paths().values()} == set(digests)


def test_a_shard_that_went_with_an_erased_image_is_pulled_image_by_image(ann, owner, pets, tmp_path, monkeypatch):
    monkeypatch.setattr("crowd.formats.shards.IMAGES", 2)
    answered(pets, 4)
    ann.cut_release(pets.slug, formats=["coco", "webdataset"], images="packed")
    image, *others = Image.objects.filter(project=pets).order_by("pk")
    erasing.erase_image(image=image, reason="Shows a face.", by=owner, now=timezone.now())
    erasing.sweep(now=timezone.now())
    for _ in range(2):
        pulled = ann.pull(pets.slug, to=tmp_path, formats=["all"], with_images=True)
        digests = {hashlib.sha256(path.read_bytes()).hexdigest() for path in pulled.image_paths().values()}
        assert digests == {other.sha256 for other in others}
        assert (pulled.erased(), len(pulled.dataset())) == ({image.pk}, 3)
    assert len(list((pulled.folder / "by_name").iterdir())) == 3
    with pytest.raises(Gone, match="An image in this file was erased"):
        ann.pull(pets.slug, to=tmp_path, formats=["webdataset"])


def test_an_image_that_could_not_be_packed_is_left_out_of_the_data_set(ann, owner, pets, tmp_path):
    answered(pets, 3)
    image = Image.objects.filter(project=pets).order_by("pk")[0]
    storage.store().delete(image.key)
    ann.cut_release(pets.slug, formats=["jsonl"], images="packed")
    for _ in range(2):
        pulled = ann.pull(pets.slug, 1, to=tmp_path, with_images=True)
        assert (pulled.erased(), len(pulled.image_paths()), len(pulled.dataset())) == ({image.pk}, 2, 2)
    assert {path for path, _ in pulled.dataset()} == set(pulled.image_paths().values())


def test_a_shard_that_holds_anything_but_images_is_not_unpacked(tmp_path):
    (tmp_path / "images").mkdir()
    stated = {"format": "images_00000", "path": "images-00000.tar", "sha256": "0" * 64}
    for name in ("images/../../evil", "/etc/evil", "images/.evil", "evil", "images/a/b"):
        with tarfile.open(tmp_path / stated["path"], "w") as shard:
            shard.addfile(tarfile.TarInfo(name))
        with pytest.raises(Corrupt):
            shards.unpack(tmp_path, stated)
    assert list((tmp_path / "images").iterdir()) == []


@pytest.mark.parametrize("awaited", [False, True])
def test_a_download_cut_in_the_middle_goes_on_where_it_broke(weak, owner, released, pets, tmp_path, awaited):
    file = ReleaseFile.objects.get(release=released, format="jsonl")
    weak.hang_up(f"GET /objects/{file.key}", after=1000)

    token = make.token(owner)

    async def pull():
        async with AsyncClient(weak.url, token) as ann:
            await ann.pull(pets.slug, 1, to=tmp_path)

    if awaited:
        asyncio.run(pull())
    else:
        with Client(weak.url, token) as ann:
            ann.pull(pets.slug, 1, to=tmp_path)
    content = (tmp_path / f"{pets.slug}-1" / "labels.jsonl").read_bytes()
    assert hashlib.sha256(content).hexdigest() == file.sha256
    asked = [head.lower() for head in weak.heard if head.startswith(f"GET /objects/{file.key}")]
    first, second = ["range: bytes=" in head for head in asked]
    assert (first, second) == (False, True)
    [begun] = [line for line in asked[1].splitlines() if line.startswith("range:")]
    assert 0 < int(begun.removeprefix("range: bytes=").rstrip("-")) < file.bytes
    assert not any("authorization" in head for head in asked)  # signed addresses need no token


def test_a_pull_that_was_given_up_is_gone_on_with_by_the_next(weak, owner, released, pets, tmp_path):
    file = ReleaseFile.objects.get(release=released, format="jsonl")
    for after in (1000, *[NOTHING] * 20):
        weak.hang_up(f"GET /objects/{file.key}", after=after)
    with (
        Client(weak.url, make.token(owner), patience=1.0) as ann,
        pytest.raises(Unreachable, match="was not answered"),
    ):
        ann.pull(pets.slug, 1, to=tmp_path)
    folder = tmp_path / f"{pets.slug}-1"
    assert "labels.jsonl" not in names_in(folder)  # there whole or not at all
    [part] = folder.glob(".labels.jsonl.*.part")
    assert 0 < part.stat().st_size < file.bytes
    weak.breaks.clear()
    part.write_bytes(b"x" * part.stat().st_size)  # what is there from before is believed no more than what comes
    with Client(weak.url, make.token(owner)) as ann:
        ann.pull(pets.slug, 1, to=tmp_path)
    assert names_in(folder) == {"labels.jsonl", "manifest.json"}
    assert hashlib.sha256((folder / "labels.jsonl").read_bytes()).hexdigest() == file.sha256


def test_a_file_that_is_not_what_its_checksum_says_is_refused_and_thrown_away(ann, released, pets, tmp_path):
    file = ReleaseFile.objects.get(release=released, format="coco")
    good = storage.store().read(file.key)
    storage.store().put(file.key, good.replace(b"cat", b"dog", 1), content_type=file.content_type)
    with pytest.raises(Corrupt, match=r"coco\.json should have sha256"):
        ann.pull(pets.slug, 1, to=tmp_path, formats=["coco"])
    assert names_in(tmp_path / f"{pets.slug}-1") == {"manifest.json"}


def test_a_manifest_that_is_not_the_releases_own_is_refused(ann, released, pets, tmp_path):
    file = ReleaseFile.objects.get(release=released, format="manifest")
    storage.store().put(file.key, storage.store().read(file.key) + b" ", content_type=file.content_type)
    with pytest.raises(Corrupt, match=r"manifest\.json"):
        ann.pull(pets.slug, 1, to=tmp_path)


def test_a_token_that_may_only_read_releases_pulls_images_too(site, owner, released, pets, tmp_path):
    token = accounts.issue_token(user=owner, now=released.created_at, project=pets, scopes=("read:releases",))
    with Client(site, token) as reader:
        assert len(reader.pull(pets.slug, to=tmp_path, with_images=True).image_paths()) == 3


def test_images_of_a_release_are_listed_piece_by_piece(ann, released, pets):
    pages = [ann.call("GET", f"projects/{pets.slug}/releases/1/images/", page_size=2)]
    pages.append(ann.call("GET", pages[0]["next"].partition("/api/v1/")[2]))
    assert [len(page["results"]) for page in pages] == [2, 1]
    assert pages[1]["next"] is None
    with pytest.raises(ClientError, match="since"):
        ann.call("GET", f"projects/{pets.slug}/releases/1/images/", since=5)


def test_what_is_not_there_is_said(ann, released, pets, tmp_path):
    with pytest.raises(ClientError, match=r"no format nonsense; this release has .*coco, .*yolo"):
        ann.pull(pets.slug, to=tmp_path, formats=["nonsense"])
    pulled = ann.pull(pets.slug, to=tmp_path, formats=["csv"])
    with pytest.raises(ClientError, match=r"has no jsonl; pull it with formats=\['jsonl'\]"):
        pulled.to_pandas()
    other = make.project(pets.memberships.get(role="owner").user)
    with pytest.raises(ClientError, match="has no release that is ready"):
        ann.pull(other.slug, to=tmp_path)


def test_a_release_that_is_not_built_is_waited_for_and_no_longer_than_asked(ann, released, pets):
    Release.objects.create(project=pets, number=2, created_by=released.created_by, created_at=released.created_at)
    with pytest.raises(TookTooLong, match="not ready after 0 s"):
        ann.wait_release(pets.slug, 2, timeout=0)
    Release.objects.filter(number=2).update(state="failed", error="no room", finished_at=released.created_at)
    with pytest.raises(Failed, match="no room"):
        ann.wait_release(pets.slug, 2)


def test_a_pulled_release_is_read_as_a_frame_and_as_a_data_set(ann, released, pets, tmp_path):
    pulled = ann.pull(pets.slug, to=tmp_path, with_images=True)
    frame = pulled.to_pandas()
    assert list(frame["answer_scene"]) == ["cat"] * 3
    assert set(frame["name"]) == set(Image.objects.filter(project=pets).values_list("name", flat=True))
    data = pulled.dataset()
    path, label = data[2]
    assert (len(data), label["annotation"]["classifications"]) == (3, {"scene": "cat"})
    assert hashlib.sha256(path.read_bytes()).hexdigest() == label["image"]["sha256"]
    picture, label = pulled.dataset(pictures=True)[0]
    assert picture.size == (label["image"]["width"], label["image"]["height"])
    assert pulled.dataset(transform=lambda _, label: label["task"])[-1] == label["task"] + 2
    assert len(pulled.dataset(split="train")) == 0
    with pytest.raises(IndexError):
        data[3]


def test_a_library_that_is_missing_is_named(ann, released, pets, tmp_path, monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "pandas", None)
    pulled = ann.pull(pets.slug, to=tmp_path)
    with pytest.raises(NeedsPackage, match=r"to_pandas\(\) needs pandas: pip install pandas"):
        pulled.to_pandas()


def test_a_name_that_leads_out_of_the_folder_is_refused(server, tmp_path):
    row = {"format": "manifest", "path": "../../evil", "bytes": 1, "sha256": "0" * 64}
    server.lay_ready(200, {"number": 1, "state": "ready", "files": [row], "manifest_sha256": row["sha256"]})
    with Client(server.url, "t") as api, pytest.raises(Corrupt, match="no name for a file"):
        api.pull("pets", 1, to=tmp_path / "in")
    assert list(tmp_path.iterdir()) == []


def lay_release(server, content: bytes, *, sent: list[bytes]) -> None:
    """A release whose manifest is `content`, and what is sent when it is asked for."""
    row = {"format": "manifest", "path": "manifest.json", "bytes": len(content)}
    row["sha256"] = hashlib.sha256(content).hexdigest()
    server.lay_ready(200, {"number": 1, "state": "ready", "files": [row], "manifest_sha256": row["sha256"]})
    for body in sent:
        server.lay_ready(200, body)


def test_a_site_that_cannot_send_ranges_is_asked_for_the_whole_again(server, tmp_path):
    manifest = b'{"files": []}'
    part = tmp_path / "pets-1" / f".manifest.json.{hashlib.sha256(manifest).hexdigest()[:16]}.part"
    part.parent.mkdir()
    part.write_bytes(manifest[:5])
    lay_release(server, manifest, sent=[manifest])
    with Client(server.url, "t") as api:
        assert api.pull("pets", 1, to=tmp_path, formats=[]).manifest == {"files": []}
    assert server.asked[-1][2]["Range"] == "bytes=5-"
    assert not part.exists()


def test_a_site_that_sends_more_than_it_named_is_not_listened_to(server, tmp_path):
    lay_release(server, b"{}", sent=[b"{}" + b" " * 100_000])
    with Client(server.url, "t") as api, pytest.raises(Corrupt, match="more than the 2 bytes"):
        api.pull("pets", 1, to=tmp_path)
    assert names_in(tmp_path) == set()


def test_a_pulled_release_is_loaded_by_hugging_face(ann, released, pets, tmp_path, monkeypatch):
    monkeypatch.setenv("HF_HOME", str(tmp_path / "cache"))
    loaded = ann.pull(pets.slug, to=tmp_path, formats=["huggingface"], with_images=True).to_huggingface()["train"]
    assert loaded.features["answer_scene"].int2str(loaded[0]["answer_scene"]) == "cat"
    assert loaded[0]["image"].size == (loaded[0]["width"], loaded[0]["height"])
