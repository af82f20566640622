"""A release is taken only when every file of it is what it should be."""

import hashlib
import json

import pytest

from crowd.demo import releases
from crowd.demo.client import Api

IMAGES = {"a" * 64: [[1.0, 2.0, 3.0, 4.0]], "b" * 64: []}


def coco(images=IMAGES):
    numbered = list(enumerate(images, start=1))
    boxes = [(number, box) for number, sha256 in numbered for box in images[sha256]]
    return {
        "categories": [{"id": 1, "name": "digit"}],
        "images": [{"id": number, "file_name": "x", "crowd": {"sha256": sha256}} for number, sha256 in numbered],
        "annotations": [
            {"id": place, "image_id": number, "category_id": 1, "bbox": box, "area": 12.0, "iscrowd": 0}
            for place, (number, box) in enumerate(boxes, start=1)
        ],
    }


def contents():
    return {
        "coco": ("coco.json", json.dumps(coco()).encode()),
        "csv": ("labels.csv", "".join(f"{sha256}\r\n" for sha256 in ("sha256", *IMAGES)).encode()),
        "jsonl": ("labels.jsonl", "".join(json.dumps({"image": {"sha256": one}}) + "\n" for one in IMAGES).encode()),
    }


def described(files):
    return [
        {"format": name, "path": path, "bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()}
        for name, (path, data) in files.items()
    ]


def download(server, tmp_path, *, files, manifest=None, images=2, sent=None):
    listed = {"files": described(files)} if manifest is None else manifest
    complete = {**files, "manifest": ("manifest.json", json.dumps(listed).encode())}
    for name, (_, data) in complete.items():
        server.lay_ready(200, (sent or {}).get(name, data))
    release = {
        "number": 1,
        "images": images,
        "annotations": 1,
        "files": described(complete),
        "manifest_sha256": described(complete)[-1]["sha256"],
    }
    with Api(server.url, "secret", patience=2.0) as api:
        return releases.download(api, project="digits", release=release, folder=tmp_path / "release-1")


def test_a_good_release_is_on_disk_and_can_be_read(server, tmp_path):
    found = download(server, tmp_path, files=contents())
    assert found.boxes == {"a" * 64: ((1.0, 2.0, 3.0, 4.0),), "b" * 64: ()}
    assert sorted(found.labels) == sorted(IMAGES)
    assert [file.path.name for file in found.files] == ["coco.json", "labels.csv", "labels.jsonl", "manifest.json"]
    assert (tmp_path / "release-1" / "coco.json").read_bytes() == contents()["coco"][1]


def test_a_file_that_arrives_changed_is_refused(server, tmp_path):
    with pytest.raises(releases.ReleaseError, match=r"labels\.csv should have .* bytes and sha256"):
        download(server, tmp_path, files=contents(), sent={"csv": b"something else"})


def test_a_manifest_that_does_not_know_a_file_is_refused(server, tmp_path):
    listed = {"files": described(contents())[1:]}
    with pytest.raises(releases.ReleaseError, match=r"differ in: coco\.json"):
        download(server, tmp_path, files=contents(), manifest=listed)


def test_a_missing_format_is_refused(server, tmp_path):
    files = contents()
    del files["jsonl"]
    with pytest.raises(releases.ReleaseError, match="no jsonl file"):
        download(server, tmp_path, files=files)


def test_files_with_fewer_images_than_stated_are_refused(server, tmp_path):
    with pytest.raises(releases.ReleaseError, match="says 3 images; JSONL has 2, COCO 2, CSV 2"):
        download(server, tmp_path, files=contents(), images=3)


def test_files_about_different_images_are_refused(server, tmp_path):
    files = contents() | {"coco": ("coco.json", json.dumps(coco({"a" * 64: []})).encode())}
    with pytest.raises(releases.ReleaseError, match="COCO 1"):
        download(server, tmp_path, files=files)
