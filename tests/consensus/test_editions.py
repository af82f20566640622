"""The arithmetic of this edition, pinned: what it makes of fixed answers, to nine digits."""

import hashlib
import json
from pathlib import Path

import numpy as np
import pytest

from crowd.consensus import METHODS, Answer, fit, resolve
from crowd.consensus.aggregating import merge_labels
from crowd.consensus.version import VERSION
from crowd.labels.annotation import annotation_to_json, parse_annotation
from crowd.labels.schema import parse_schema

PINNED = json.loads((Path(__file__).parent / "edition.json").read_text())
BUMP = (
    "Consensus now comes to another result. If that is meant, raise crowd.consensus.version.VERSION and pin what this "
    "edition makes: python -m tests.consensus.test_editions. If it is not meant, it is a mistake."
)
SCHEMA = {
    "classifications": [
        {"name": "scene", "kind": "single", "options": [{"name": "street"}, {"name": "field"}, {"name": "indoor"}]},
        {"name": "weather", "kind": "multiple", "options": [{"name": "rain"}, {"name": "fog"}]},
    ],
    "objects": [
        {"name": "car", "shape": "box", "attributes": [{"name": "parked", "kind": "binary"}]},
        {"name": "van", "shape": "box"},
        {"name": "lane", "shape": "polyline"},
        {"name": "cell", "shape": "polygon"},
        {"name": "spot", "shape": "point"},
    ],
}


def rows(seed=7):
    """120 tasks of four classes, five answers each of 15 people from good to guessing; every tenth task is gold."""
    rng = np.random.default_rng(seed)
    truth = rng.choice(4, size=120, p=[0.4, 0.3, 0.2, 0.1])
    skill = np.linspace(0.95, 0.3, 15)
    said = [
        (f"t{task:03}", f"w{worker:02}", "abcd"[truth[task] if rng.random() < skill[worker] else rng.integers(4)])
        for task in range(120)
        for worker in rng.choice(15, size=5, replace=False)
    ]
    return said, {f"t{task:03}": "abcd"[truth[task]] for task in range(0, 120, 10)}


def documents(seed=7):
    """Twelve images by four people who miss, shift and confuse what is on them."""
    rng = np.random.default_rng(seed)
    for image in range(12):
        for worker in range(4):
            shift = rng.normal(0, 1.0 + worker, size=(6, 2)).round(2)
            objects = [
                {"label": "van" if rng.random() < 0.2 else "car", "box": [20.0, 20.0, 30.0, 20.0]},
                {"label": "van", "box": [100.0, 60.0, 40.0, 25.0]},
                {"label": "lane", "polyline": [[10.0, 150.0], [100.0, 140.0], [180.0, 120.0]]},
                {"label": "cell", "polygon": [[[60.0, 100.0], [90.0, 100.0], [90.0, 125.0], [60.0, 125.0]]]},
                {"label": "spot", "point": [150.0, 30.0]},
            ]
            for each, (x, y) in zip(objects, shift.tolist(), strict=False):
                _move(each, x, y)
            if objects[0]["label"] == "car":
                objects[0]["attributes"] = {"parked": bool(rng.random() < 0.8)}
            kept = [each for each in objects if rng.random() < 0.9]
            scene = ("street", "field", "indoor")[image % 3 if rng.random() < 0.8 else int(rng.integers(3))]
            weather = [name for name in ("rain", "fog") if rng.random() < 0.4]
            yield f"i{image}", f"w{worker}", {"classifications": {"scene": scene, "weather": weather}, "objects": kept}


def _move(each, x, y):
    if "box" in each:
        each["box"][0] += x
        each["box"][1] += y
    elif "point" in each:
        each["point"] = [each["point"][0] + x, each["point"][1] + y]
    else:
        rings = each["polygon"] if "polygon" in each else [each["polyline"]]
        for ring in rings:
            ring[:] = [[a + x, b + y] for a, b in ring]


def digest(value):
    """A short digest of a document whose numbers are rounded to nine digits."""
    return hashlib.sha256(json.dumps(_rounded(value), sort_keys=True).encode()).hexdigest()[:16]


def _rounded(value):
    if isinstance(value, float):
        return round(value, 9) + 0.0
    if isinstance(value, dict):
        return {key: _rounded(each) for key, each in value.items()}
    return [_rounded(each) for each in value] if isinstance(value, list | tuple) else value


def labels_digest(method):
    answers, gold = rows()
    merged = [merge_labels(answers, method=method, gold=known) for known in (None, gold)]
    return digest([[each.rows, each.workers] for each in merged])


def documents_digest(method):
    schema = parse_schema(SCHEMA)
    answers = [
        Answer(image, worker, parse_annotation(document, schema=schema, width=200, height=160), 200, 160)
        for image, worker, document in documents()
    ]
    learnt = fit(answers, schema=schema, method=method)
    merged = []
    for image in sorted({each.task for each in answers}):
        one = resolve([each for each in answers if each.task == image], schema=schema, fit=learnt)
        merged.append([annotation_to_json(one.annotation), one.confidence, dict(one.weights), one.gain, one.agreement])
    return digest(merged)


def test_the_pinned_edition_is_this_one():
    assert PINNED["edition"] == VERSION, BUMP


@pytest.mark.parametrize("method", METHODS)
def test_labels_come_to_what_this_edition_makes_of_them(method):
    assert labels_digest(method) == PINNED["labels"][method], BUMP


@pytest.mark.parametrize("method", ["auto", "majority"])
def test_documents_come_to_what_this_edition_makes_of_them(method):
    assert documents_digest(method) == PINNED["documents"][method], BUMP


if __name__ == "__main__":
    pinned = {
        "edition": VERSION,
        "labels": {method: labels_digest(method) for method in METHODS},
        "documents": {method: documents_digest(method) for method in ("auto", "majority")},
    }
    (Path(__file__).parent / "edition.json").write_text(json.dumps(pinned, indent=2) + "\n")
