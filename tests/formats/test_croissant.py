"""croissant.json, read by MLCommons' own reader."""

import hashlib
import json
import warnings
from pathlib import Path
from typing import Any

import pytest

from crowd.formats import WRITERS, croissant
from tests.formats.items import META, everything, many, written

FORMATS = ("coco", "csv", "jsonl", "parquet")


@pytest.fixture
def release(tmp_path: Path) -> Path:
    """A release on disk, as somebody has downloaded it."""
    described = []
    for name in FORMATS:
        data, _ = written(name, [everything(), *many(3)])
        writer = WRITERS[name]
        (tmp_path / writer.filename).write_bytes(data)
        digest = hashlib.sha256(data).hexdigest()
        described.append(croissant.Described(name, writer.filename, len(data), digest, writer.content_type))
    (tmp_path / croissant.FILENAME).write_bytes(croissant.document(described, meta=META))
    return tmp_path


def opened(release: Path) -> Any:
    """The data set as the reader has it; it warns of what is only recommended."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import mlcroissant

        return mlcroissant.Dataset(jsonld=str(release / croissant.FILENAME))


def records(release: Path, name: str) -> list[dict[str, Any]]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return [
            {key.partition("/")[2]: value.decode() if isinstance(value, bytes) else value for key, value in one.items()}
            for one in opened(release).records(name)
        ]


def test_the_reader_finds_no_error_and_every_file_with_its_checksum(release: Path) -> None:
    found = opened(release).metadata
    assert list(found.ctx.issues.errors) == []
    assert (found.name, str(found.version)) == ("harbour-3", "3.0.0")
    files = {one.id: (one.sha256, one.content_url) for one in found.distribution}
    assert files == {
        path.name: (hashlib.sha256(path.read_bytes()).hexdigest(), path.name)
        for path in release.iterdir()
        if path.name != croissant.FILENAME
    }


def test_the_reader_loads_images_and_labels_by_column(release: Path) -> None:
    lines = [json.loads(line) for line in (release / "labels.jsonl").read_bytes().splitlines()]
    images = records(release, "images")
    assert [one["task"] for one in images] == [one["task"] for one in lines]
    assert [one["method"] for one in images] == [one["method"] for one in lines]
    assert images[0].keys() == {
        "task", "confidence", "agreement", "method", "guideline", "by", "resolved_at", "split"
    }  # fmt: skip
    labels = records(release, "labels")
    drawn = sum(len(one["annotation"]["objects"]) for one in lines)
    assert sum(one["kind"] == "object" for one in labels) == drawn
    assert {one["task"] for one in labels} == {one["task"] for one in lines}


def test_the_same_release_gives_the_same_bytes_and_another_gives_others() -> None:
    one = croissant.Described("csv", "labels.csv", 3, "0" * 64, "text/csv; charset=utf-8")
    other = croissant.Described("csv", "labels.csv", 3, "1" * 64, "text/csv; charset=utf-8")
    assert croissant.document([one], meta=META) == croissant.document(iter([one]), meta=META)
    assert croissant.document([one], meta=META) != croissant.document([other], meta=META)
    assert [each["@id"] for each in json.loads(croissant.document([one], meta=META))["recordSet"]] == ["labels"]
