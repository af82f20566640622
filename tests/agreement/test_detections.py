"""Detections judged as COCO judges, and average precision: against sums by hand and against pycocotools."""

import math
import random
from typing import Any

import numpy as np
import pytest
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval

from crowd.agreement import proportion_interval
from crowd.agreement.detections import (
    Tally,
    average_precision,
    average_precision_interval,
    detections,
    f1_interval,
)
from crowd.labels.annotation import parse_annotation
from crowd.labels.schema import parse_schema

SCHEMA = parse_schema({"objects": [{"name": "car", "shape": "box"}, {"name": "van", "shape": "box"}]})
SIZE = (200, 200)


def document(*objects: tuple[str, list[float], float | None]) -> Any:
    entries = [
        {"label": label, "box": box} | ({} if score is None else {"score": score}) for label, box, score in objects
    ]
    return parse_annotation({"objects": entries}, schema=SCHEMA, width=SIZE[0], height=SIZE[1])


def judged(said: Any, truth: Any, *thresholds: float) -> list[tuple[str, float, tuple[bool, ...]]]:
    found = detections(said, truth, schema=SCHEMA, image_size=SIZE, thresholds=thresholds or (0.5,), sure=0.7)
    return [(one.label, one.score, one.right) for one in found]


def test_the_surest_takes_the_object_and_its_double_is_wrong() -> None:
    truth = document(("car", [10, 10, 20, 20], None))
    said = document(("car", [10, 10, 20, 19], 0.4), ("car", [10, 10, 20, 20], 0.9), ("van", [10, 10, 20, 20], 0.8))
    assert judged(said, truth) == [("car", 0.9, (True,)), ("car", 0.4, (False,)), ("van", 0.8, (False,))]


def test_a_higher_threshold_asks_for_more_and_a_missing_score_is_the_documents() -> None:
    truth = document(("car", [10, 10, 20, 20], None))
    assert judged(document(("car", [10, 10, 20, 13], None)), truth, 0.5, 0.75) == [("car", 0.7, (True, False))]
    assert judged(document(("car", [10, 10, 20, 13], None)), document()) == [("car", 0.7, (False,))]


def test_average_precision_by_hand() -> None:
    tallies = [Tally(0.9, 1, 1), Tally(0.8, 1, 0), Tally(0.7, 1, 1)]
    assert average_precision(tallies, truths=2) == pytest.approx(0.5 * 1 + 0.5 * 2 / 3)
    assert average_precision(tallies, truths=4) == pytest.approx(0.25 + 0.25 * 2 / 3)
    assert average_precision([], truths=3) == average_precision(tallies, truths=0) == 0.0
    assert average_precision([Tally(0.9, 3, 2)], truths=2) == pytest.approx(2 / 3)


def test_average_precision_is_that_of_pycocotools_on_drawn_scenes() -> None:
    rng = random.Random(3)
    images, truths, found, tallies, total = [], [], [], [], 0
    for image in range(1, 41):
        images.append({"id": image, "width": 200, "height": 200})
        boxes = [[rng.uniform(0, 120), rng.uniform(0, 120), rng.uniform(20, 60), rng.uniform(20, 60)] for _ in range(4)]
        said = []
        for x, y, w, h in boxes:
            if rng.random() < 0.8:
                moved = [x + rng.uniform(-8, 8), y + rng.uniform(-8, 8), w, h]
                said.append(("car", [max(moved[0], 0), max(moved[1], 0), w, h], rng.random()))
        said.append(("car", [rng.uniform(0, 100), rng.uniform(0, 100), 30, 30], rng.random() * 0.6))
        truth = document(*(("car", box, None) for box in boxes))
        total += len(boxes)
        for one in detections(document(*said), truth, schema=SCHEMA, image_size=SIZE, thresholds=[0.5]):
            tallies.append(Tally(one.score, 1, int(one.right[0])))
        for box in boxes:
            area = box[2] * box[3]
            truths.append(
                {"id": len(truths) + 1, "image_id": image, "category_id": 1, "bbox": box, "area": area, "iscrowd": 0}
            )
        found += [{"image_id": image, "category_id": 1, "bbox": box, "score": score} for _, box, score in said]
    gold = COCO()
    gold.dataset = {"images": images, "annotations": truths, "categories": [{"id": 1, "name": "car"}]}
    gold.createIndex()
    judge = COCOeval(gold, gold.loadRes(found), "bbox")
    judge.params.iouThrs = np.array([0.5])
    judge.params.recThrs = np.linspace(0, 1, 10001)  # all points, not 101
    judge.evaluate()
    judge.accumulate()
    theirs = float(judge.eval["precision"][0, :, 0, 0, 2].mean())
    assert average_precision(tallies, truths=total) == pytest.approx(theirs, abs=0.002)


def test_an_interval_covers_the_truth_about_as_often_as_it_says() -> None:
    rng = random.Random(5)
    chance, rounds, hits = 0.8, 200, 0
    long_run = average_precision(
        [Tally(score / 20, 1000, round(1000 * chance)) for score in range(20)], truths=round(20_000 * chance / 0.9)
    )
    for _ in range(rounds):
        groups: dict[int, tuple[list[Tally], int]] = {key: ([], 0) for key in range(10)}
        for _image in range(200):
            key = rng.randrange(10)
            right = rng.random() < chance
            tallies, truths = groups[key]
            tallies.append(Tally(rng.randrange(20) / 20, 1, int(right)))
            missed = int(rng.random() < chance / 0.9 - chance)
            groups[key] = (tallies, truths + int(right) + missed)
        _, low, high = average_precision_interval(groups)
        hits += low <= long_run <= high
    assert 0.85 <= hits / rounds <= 1.0
    assert average_precision_interval({0: ([Tally(0.5, 1, 1)], 1)}) == (1.0, 0.0, 1.0)


def test_f1_and_its_interval_follow_from_a_proportion() -> None:
    value, low, high = f1_interval(right=6, said=8, true=7)
    assert value == pytest.approx(2 * 6 / 15)
    least, most = proportion_interval(6, 9)
    assert (low, high) == (pytest.approx(2 * least / (1 + least)), pytest.approx(2 * most / (1 + most)))
    assert low < value < high
    assert f1_interval(0, 0, 0) == (0.0, 0.0, 1.0)
    assert math.isclose(f1_interval(5, 5, 5)[0], 1.0)
