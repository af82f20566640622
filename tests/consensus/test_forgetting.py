"""What a worker was like long ago is forgotten slowly; what they said then still counts in full."""

import numpy as np
import pytest

from crowd.consensus import Answer, fit, resolve
from crowd.consensus.answers import HALF_LIFE
from crowd.consensus.votes import Votes
from crowd.labels.schema import parse_schema
from crowd.labels.types import Annotation

SCHEMA = parse_schema(
    {"classifications": [{"name": "q", "kind": "single", "required": True, "options": [{"name": "a"}, {"name": "b"}]}]}
)


def crowd(forgets):
    """Three who are mostly right, and one who was for the first half and then began to guess."""
    rng = np.random.default_rng(0)
    answers = []
    for task in range(300):
        truth = "ab"[task % 2]
        age = 4 * HALF_LIFE if task < 150 and forgets else 0
        for worker, right in (("amy", 0.9), ("bo", 0.9), ("cy", 0.9), ("tired", 0.95 if task < 150 else 0.5)):
            said = truth if rng.random() < right else "ba"[task % 2]
            answers.append(Answer(f"t{task:03}", worker, Annotation({"q": said}, ()), 10, 10, age))
    return answers


@pytest.mark.parametrize("method", ["auto", "dawid_skene", "one_coin"])
def test_who_has_begun_to_guess_soon_weighs_less(method):
    once, now = (fit(crowd(forgets), schema=SCHEMA, method=method).weight("tired") for forgets in (False, True))
    assert once > 0.65
    assert now < once - 0.08


def test_an_old_answer_counts_in_full_for_its_own_task():
    learnt = fit(crowd(forgets=True), schema=SCHEMA, method="auto")
    answers = crowd(forgets=True)[:4]
    young = [Answer(each.task, each.worker, each.annotation, 10, 10) for each in answers]
    assert resolve(answers, schema=SCHEMA, fit=learnt) == resolve(young, schema=SCHEMA, fit=learnt)


def test_a_data_set_without_times_forgets_nothing():
    votes = Votes.of([0, 0, 1], [0, 1, 0], [1, 0, 1])
    states = np.array([[0.25, 0.75], [0.5, 0.5]])
    weighed = Votes.of([0, 0, 1], [0, 1, 0], [1, 0, 1], weights=[1.0, 1.0, 1.0])
    half = Votes.of([0, 0, 1], [0, 1, 0], [1, 0, 1], weights=[0.5, 1.0, 1.0])
    assert (votes.counts(states) == weighed.counts(states)).all()
    assert half.counts(states)[0].tolist() == [[0.0, 0.625], [0.0, 0.875]]
    assert (half.evidence(np.ones((2, 2, 2))) == votes.evidence(np.ones((2, 2, 2)))).all()
