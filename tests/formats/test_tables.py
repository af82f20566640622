"""Parquet and Hugging Face, as pyarrow reads them."""

import io
import json
import zipfile

import pyarrow.parquet as pq
import yaml
from hypothesis import given, settings

from crowd.formats import Meta
from crowd.labels.types import Annotation, LabelledObject
from crowd.labels.writing import annotation_to_json, schema_to_json
from tests.formats.items import NOON, SCHEMA, everything, item, items, many, written
from tests.labels import example


def parquet(release) -> pq.ParquetFile:
    return pq.ParquetFile(io.BytesIO(written("parquet", release)[0]))


def hugging(release, **options) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(written("huggingface", release, **options)[0])) as found:
        return {name: found.read(name) for name in found.namelist()}


def rows(content: bytes) -> list[dict]:
    return pq.read_table(io.BytesIO(content)).to_pylist()


def test_a_row_holds_the_whole_label():
    (row,) = parquet([everything()]).read().to_pylist()

    assert row["image"] == {
        "id": 7, "name": "every shape.png", "sha256": "7" * 64, "width": 30, "height": 20, "url": None,
    }  # fmt: skip
    assert dict(row["answers"]) == {
        "scene": ["outdoor/street"],
        "weather": ["rain", "fog"],
        "weather/rain/strength": ["heavy"],
        "blurred": ["false"],
    }
    first = row["objects"][0] | {"attributes": dict(row["objects"][0]["attributes"])}
    assert first == {
        "label": "car",
        "shape": "box",
        "bbox": [1, 2, 5, 6.5],
        "geometry": "[1,2,5,6.5]",
        "attributes": {"occluded": ["true"], "colour": ["red"]},
        "id": "a",
        "score": 0.5,
    }
    assert row["resolved_at"].isoformat() == "2026-03-01T12:07:00.250000+00:00"
    assert row["lineage"][1] == {"assignment": "b8", "worker": "w2", "guideline": 1, "weight": 0.5}
    assert (row["task"], row["method"], row["by"], row["split"]) == (107, "dawid_skene", None, None)


def test_the_schema_travels_in_the_metadata():
    about = json.loads(parquet([]).schema_arrow.metadata[b"crowd"])

    assert about == {"project": "harbour", "release": 3, "schema": schema_to_json(SCHEMA)}


def test_rows_come_in_groups_of_256():
    found = parquet(many(600))

    assert [found.metadata.row_group(number).num_rows for number in range(found.num_row_groups)] == [256, 256, 88]
    assert found.read(["task"]).column("task").to_pylist() == list(range(101, 701))


@settings(max_examples=50, deadline=None)
@given(release=items())
def test_geometries_and_answers_are_read_back(release):
    found = parquet(release).read().to_pylist()

    for one, row in zip(release, found, strict=True):
        document = annotation_to_json(one.annotation)
        assert [json.loads(each["geometry"]) for each in row["objects"]] == [
            each[shape]
            for each, shape in zip(document["objects"], (o.shape for o in one.annotation.objects), strict=True)
        ]
        assert row["confidence"] == one.confidence
        assert row["resolved_at"] == one.resolved_at
        assert [address for address, _ in row["answers"]] == list(one.annotation.classifications)


def test_questions_are_typed_columns():
    (row,) = rows(hugging([everything()])["data/train-00000-of-00001.parquet"])

    assert row["answer_scene"] == list(SCHEMA.classifications[0].paths()).index("outdoor/street")
    assert row["answer_weather"] == [0, 1]
    assert row["answer_blurred"] is False
    assert row["objects"]["category"] == list(range(9))
    assert row["objects"]["bbox"][0] == [1, 2, 5, 6.5]
    assert json.loads(row["annotation"]) == example.ANNOTATION


def test_a_question_without_an_answer_is_empty():
    (row,) = rows(hugging([item(1)])["data/train-00000-of-00001.parquet"])

    assert [row[f"answer_{name}"] for name in ("scene", "weather", "blurred")] == [None, None, None]
    assert row["objects"] == {"bbox": [], "category": [], "shape": []}


def test_datasets_is_told_the_features():
    content = hugging([item(1)])["data/train-00000-of-00001.parquet"]
    found = pq.ParquetFile(io.BytesIO(content)).schema_arrow
    features = json.loads(found.metadata[b"huggingface"])["info"]["features"]

    assert list(features) == found.names
    assert features["answer_scene"] == {
        "names": ["outdoor", "outdoor/street", "outdoor/field", "indoor"],
        "_type": "ClassLabel",
    }
    assert features["objects"]["category"]["feature"]["names"] == [each.name for each in SCHEMA.objects]


def test_each_split_is_a_file_and_the_card_names_it():
    meta = Meta(project='a "b"', release=2, created_at=NOON, license="cc-by-4.0", note="Notes.")
    files = hugging([item(1), item(2, split="val"), item(3, split="test")], meta=meta)
    card = files["README.md"].decode()
    about = yaml.safe_load(card.split("---")[1])

    assert sorted(files) == [
        "README.md",
        "data/test-00000-of-00001.parquet",
        "data/train-00000-of-00001.parquet",
        "data/validation-00000-of-00001.parquet",
    ]
    assert about["configs"][0]["data_files"] == [
        {"split": "test", "path": "data/test-*.parquet"},
        {"split": "train", "path": "data/train-*.parquet"},
        {"split": "validation", "path": "data/validation-*.parquet"},
    ]
    assert (about["pretty_name"], about["license"]) == ('a "b"', "cc-by-4.0")
    assert card.endswith("Notes.\n")


def test_what_the_guideline_lost_is_kept_in_the_annotation_and_reported():
    old = item(1, Annotation({"gone": True, "scene": "space"}, (LabelledObject("van", "box", (1, 1, 5, 5)),)))
    content, report = written("huggingface", [old])

    assert content
    assert report.labels == 0
    assert sum(report.left_out.values()) == 3
    (row,) = rows(hugging([old])["data/train-00000-of-00001.parquet"])
    assert json.loads(row["annotation"])["objects"][0]["label"] == "van"
