"""A release is taken only when every file of it is what it should be."""

import hashlib
import json

import pytest

from crowd.client import Release
from crowd.demo import releases

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


def read(tmp_path, *, files, images=2):
    described = [
        {"format": name, "path": path, "bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()}
        for name, (path, data) in files.items()
    ]
    for path, data in files.values():
        (tmp_path / path).write_bytes(data)
    release = {"number": 1, "images": images, "annotations": 1, "files": described}
    return releases.read(Release(tmp_path), release=release)


def test_a_good_release_is_on_disk_and_can_be_read(tmp_path):
    found = read(tmp_path, files=contents())
    assert found.boxes == {"a" * 64: ((1.0, 2.0, 3.0, 4.0),), "b" * 64: ()}
    assert sorted(found.labels) == sorted(IMAGES)
    assert [file.path.name for file in found.files] == ["coco.json", "labels.csv", "labels.jsonl"]


def test_a_missing_format_is_refused(tmp_path):
    files = contents()
    del files["jsonl"]
    with pytest.raises(releases.ReleaseError, match="no jsonl file"):
        read(tmp_path, files=files)


def test_files_with_fewer_images_than_stated_are_refused(tmp_path):
    with pytest.raises(releases.ReleaseError, match="says 3 images; JSONL has 2, COCO 2, CSV 2"):
        read(tmp_path, files=contents(), images=3)


def test_files_about_different_images_are_refused(tmp_path):
    files = contents() | {"coco": ("coco.json", json.dumps(coco({"a" * 64: []})).encode())}
    with pytest.raises(releases.ReleaseError, match="COCO 1"):
        read(tmp_path, files=files)
