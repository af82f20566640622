"""What one more answer is worth depends on who is left to give it."""

import numpy as np
import pytest

from crowd.consensus import fit, resolve
from crowd.labels.schema import parse_schema
from crowd.labels.types import LabelledObject
from tests.consensus.crowds import classified, drawn

SCHEMA = parse_schema(
    {"classifications": [{"name": "q", "kind": "single", "required": True, "options": [{"name": "a"}, {"name": "b"}]}]}
)
BOXES = parse_schema({"objects": [{"name": "car", "shape": "box"}]})
SPAM = ("s1", "s2", "s3", "s4", "s5")


def test_after_many_guesses_a_good_worker_is_worth_asking_all_the_same():
    rng = np.random.default_rng(0)
    answers, gold = [], {}
    for task in range(200):
        truth = "ab"[task % 2]
        gold[f"t{task}"] = classified("", "", q=truth).annotation
        answers += [classified(f"t{task}", worker, q=truth) for worker in ("amy", "bo")]
        answers += [classified(f"t{task}", worker, q="ab"[int(rng.integers(2))]) for worker in SPAM]
    learnt = fit(answers, schema=SCHEMA, method="auto", gold=gold)
    torn = [classified("new", worker, q=said) for worker, said in (("s1", "a"), ("s2", "b"), ("s3", "a"))]
    by_anybody, by_good, by_spam = (
        resolve(torn, schema=SCHEMA, fit=each) for each in (learnt, learnt.asking(["amy", "bo"]), learnt.asking(SPAM))
    )
    assert by_good.gain > by_anybody.gain > by_spam.gain
    assert by_good.annotation == by_spam.annotation == by_anybody.annotation
    assert by_good.confidence == by_spam.confidence == by_anybody.confidence


@pytest.mark.parametrize("asked", [(), ("nobody knows",)])
def test_with_nobody_to_name_it_is_the_mean_of_all_answers(asked):
    learnt = fit([drawn("t", "a"), drawn("t", "b")], schema=BOXES, method="auto")
    answers = [drawn("u", "a", LabelledObject("car", "box", (1.0, 1.0, 9.0, 9.0))), drawn("u", "b")]
    assert resolve(answers, schema=BOXES, fit=learnt.asking(asked)) == resolve(answers, schema=BOXES, fit=learnt)
