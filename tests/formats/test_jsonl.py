"""Lines of JSON, which hold everything."""

import json

from hypothesis import given, settings

from crowd.formats import jsonl
from tests.formats.items import everything, item, items, written
from tests.labels import example


@settings(max_examples=100, deadline=None)
@given(release=items())
def test_a_release_reads_back_exactly(release):
    content, report = written("jsonl", release)

    assert list(jsonl.read(content.splitlines())) == release
    assert (report.left_out, report.approximated) == ({}, {})


def test_every_shape_and_answer_reads_back_exactly():
    content, _ = written("jsonl", [everything()])

    assert list(jsonl.read(content.splitlines())) == [everything()]
    assert json.loads(content)["annotation"] == example.ANNOTATION


def test_a_line_is_the_apis_label():
    line = json.loads(written("jsonl", [item(1, by="ruth")])[0])

    assert line == {
        "task": 101,
        "image": {
            "id": 1,
            "name": "image 1.jpg",
            "sha256": "0" * 63 + "1",
            "width": 64,
            "height": 48,
            "url": None,
        },
        "annotation": {"classifications": {}, "objects": []},
        "confidence": 0.97,
        "agreement": 0.875,
        "method": "dawid_skene",
        "guideline": 2,
        "by": "ruth",
        "resolved_at": "2026-03-01T12:01:00.250000Z",
        "lineage": [
            {"assignment": "a7", "worker": "w1", "guideline": 2, "weight": 0.75},
            {"assignment": "b8", "worker": "w2", "guideline": 1, "weight": 0.5},
        ],
        "split": None,
    }


def test_each_item_is_one_line_whatever_its_name():
    from crowd.formats import ImageFacts

    facts = ImageFacts(id=1, name='a\nb\u2028c"d\\', sha256="0" * 64, width=64, height=48)
    content, _ = written("jsonl", [item(1, image=facts), item(2)])

    assert content.count(b"\n") == 2
    assert json.loads(content.split(b"\n")[0])["image"]["name"] == facts.name
