"""How exactly people draw, class by class."""

import json

import numpy as np
import pytest

from crowd.consensus import Answer, fit
from crowd.consensus.answers import HALF_LIFE
from crowd.consensus.localisation import PRIOR_ERROR, PRIOR_OBJECTS, Localisation
from crowd.labels.schema import parse_schema
from crowd.labels.types import Annotation, LabelledObject

AMY, BO, STRANGER = 0, 1, -1


def drawn(worker, label, error, number, weight=1.0):
    return [(worker, label, error, weight)] * number


def test_nobody_has_drawn_anything():
    nothing = Localisation.learn([])
    assert (nothing.error, nothing.precision(AMY, "car")) == (PRIOR_ERROR, 1.0)


def test_the_worked_example():
    """Six imagined objects of 0.2 and four of 0.1: (6 * 0.04 + 4 * 0.01) / 10 = 0.028, whose root is 0.167332."""
    assert Localisation.learn(drawn(AMY, "car", 0.1, 4)).error == pytest.approx(0.167332, abs=1e-6)


def test_a_worker_may_be_exact_in_one_class_and_careless_in_another():
    learnt = Localisation.learn(
        [
            *drawn(AMY, "car", 0.02, 200),
            *drawn(AMY, "van", 0.2, 200),
            *drawn(BO, "car", 0.1, 200),
            *drawn(BO, "van", 0.1, 200),
        ]
    )
    assert learnt.precision(AMY, "car") > 10 * learnt.precision(BO, "car")
    assert learnt.precision(AMY, "van") < learnt.precision(BO, "van")


def test_whoever_is_given_the_small_things_is_not_taken_for_careless():
    learnt = Localisation.learn(
        [
            *drawn(AMY, "coin", 0.3, 300),
            *drawn(2, "coin", 0.3, 300),
            *drawn(BO, "lorry", 0.03, 300),
            *drawn(3, "lorry", 0.03, 300),
        ]
    )
    assert learnt.factor(AMY, "coin") == pytest.approx(learnt.factor(BO, "lorry"), abs=0.2)
    assert learnt.factor(AMY, "lorry") == pytest.approx(1.0, abs=0.2)  # never drawn by them: from what else they drew


def test_a_class_hardly_drawn_follows_the_worker_and_a_worker_hardly_known_the_crowd():
    learnt = Localisation.learn(
        [
            *drawn(AMY, "car", 0.02, 300),
            *drawn(AMY, "van", 0.2, 1),
            *drawn(BO, "car", 0.2, 300),
            *drawn(2, "car", 0.2, 1),
        ]
    )
    assert learnt.factor(AMY, "van") < 0.7
    assert 0.8 < learnt.factor(2, "car") < 1.3
    assert learnt.factor(STRANGER, "car") == 1.0


def test_its_interval_narrows_with_what_was_drawn():
    def width(number):
        low, high = Localisation.learn(drawn(AMY, "car", 0.1, number)).interval(AMY, "car")
        return high / low

    assert width(1000) < width(100) < width(10) < width(0)
    assert width(1000) == pytest.approx(np.exp(2 * 1.96 / np.sqrt(2 * (1000 + PRIOR_OBJECTS))), rel=1e-3)


def test_it_comes_back_from_json():
    learnt = Localisation.learn([*drawn(AMY, "car", 0.05, 9), *drawn(AMY, "van", 0.3, 3), *drawn(BO, "car", 0.2, 7)])
    text = json.dumps(learnt.to_json())
    assert json.dumps(Localisation.from_json(json.loads(text)).to_json()) == text


def test_what_a_worker_drew_long_ago_tells_less_of_them():
    schema = parse_schema({"objects": [{"name": "car", "shape": "box"}]})
    rng = np.random.default_rng(0)
    answers = []
    for task in range(60):
        for worker in ("amy", "bo", "cy"):
            sloppy = worker == "amy" and task < 30
            x, y = (30 + rng.normal(0, 4.0 if sloppy else 0.5, 2)).tolist()
            one = Annotation({}, (LabelledObject("car", "box", (x, y, 40.0, 40.0)),))
            age = 4 * HALF_LIFE if task < 30 else 0
            answers.append((task, worker, one, age))

    def factor(forgets):
        given = [Answer(f"t{t:02}", w, a, 100, 100, age if forgets else 0) for t, w, a, age in answers]
        learnt = fit(given, schema=schema, method="auto")
        return learnt.objects["box"].localisation.factor(learnt.place("amy"), "car")

    assert factor(forgets=True) < 0.9 * factor(forgets=False)


def test_an_answer_tells_half_as_much_after_a_half_life():
    empty = Annotation({}, ())
    assert [Answer("t", "w", empty, 1, 1, age).weight for age in (0, HALF_LIFE, 2 * HALF_LIFE)] == [1.0, 0.5, 0.25]
