"""What is believed of one worker, with how sure one can be of it."""

import numpy as np
import pytest

from crowd.consensus import fit
from crowd.consensus.profiles import object_profile, question_profile
from crowd.labels.schema import parse_schema
from crowd.labels.types import LabelledObject
from tests.consensus.crowds import classified, drawn

QUESTION = parse_schema(
    {"classifications": [{"name": "q", "kind": "single", "required": True, "options": [{"name": "a"}, {"name": "b"}]}]}
)
BOXES = parse_schema({"objects": [{"name": "car", "shape": "box"}, {"name": "van", "shape": "box"}]})


def asked(tasks, method="auto"):
    """Three who are right, and one who says a to a quarter of what is b."""
    answers = []
    for task in range(tasks):
        truth = "ab"[task % 2]
        answers += [classified(f"t{task:03}", worker, q=truth) for worker in ("amy", "bo", "cy")]
        answers.append(classified(f"t{task:03}", "dee", q="a" if task % 8 == 1 else truth))
    return fit(answers, schema=QUESTION, method=method)


@pytest.mark.parametrize("method", ["auto", "dawid_skene", "one_coin", "majority", "glad", "mace"])
def test_every_figure_lies_in_its_interval_and_every_row_adds_up(method):
    learnt = asked(40, method)
    for worker in (*learnt.workers, "nobody knows"):
        for row in question_profile(learnt, "q", worker).confusion.values():
            assert sum(each.value for each in row.values()) == pytest.approx(1.0, abs=1e-6)
            assert all(0.0 <= each.low <= each.value <= each.high <= 1.0 for each in row.values())


def test_a_bias_towards_one_class_is_seen_and_more_answers_make_it_surer():
    few, many = (question_profile(asked(tasks), "q", "dee").confusion["b"]["a"] for tasks in (40, 400))
    assert many.low < 0.25 < many.high
    assert many.high - many.low < few.high - few.low
    right = question_profile(asked(400), "q", "amy").confusion["b"]["a"]
    assert right.high < many.low


def test_misses_additions_confusion_and_localisation_of_boxes():
    rng = np.random.default_rng(0)
    answers = []
    for task in range(120):
        label = ("car", "van")[task % 2]
        for worker in ("amy", "bo", "cy", "dee"):
            x, y = (30 + rng.normal(0, 3.0 if worker == "cy" else 0.3, 2)).tolist()
            said = "car" if worker == "dee" and task % 4 == 1 else label
            objects = [LabelledObject(said, "box", (x, y, 30.0, 30.0))]
            if worker == "bo" and task % 4 == 0:
                objects = []  # misses every other car
            if worker == "dee" and task % 3 == 0:
                objects.append(LabelledObject("car", "box", (80.0, 80.0, 15.0, 15.0)))
            answers.append(drawn(f"t{task:03}", worker, *objects))
    learnt = fit(answers, schema=BOXES, method="auto")
    amy, bo, cy, dee = (object_profile(learnt, "box", worker) for worker in ("amy", "bo", "cy", "dee"))
    assert bo.misses["car"].low > amy.misses["car"].high
    assert bo.misses["car"].value > 2 * bo.misses["van"].value
    assert dee.false_add.low > amy.false_add.high
    assert dee.confusion["van"]["car"].low > amy.confusion["van"]["car"].high
    assert cy.localisation["car"].low > amy.localisation["car"].high
