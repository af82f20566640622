"""Confidence that allows for workers who err together: what the discount does, and how it is learnt."""

import json
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crowd.consensus.discounts import Discount
from crowd.consensus.methods import METHODS, model_from_json
from crowd.consensus.methods.auto import choose
from crowd.consensus.models import posteriors
from crowd.consensus.votes import Votes
from tests.consensus.crowds import even, votes

DISCOUNTS = st.builds(Discount, st.floats(0, 1), st.floats(0.2, 20), st.floats(-1, 4))
CHANCES = st.lists(st.floats(0.001, 1), min_size=3, max_size=3).map(lambda raw: np.array([raw]) / sum(raw))


def wandering(seed, *, alpha, classes=4, tasks=500, answers=8, right=0.75):
    """Votes and truth where each task has habits of its own: Dirichlet around the crowd's, the closer the larger."""
    rng = np.random.default_rng(seed)
    truth = rng.integers(0, classes, tasks)
    row = np.full((classes, classes), (1 - right) / (classes - 1)) + (right - (1 - right) / (classes - 1)) * np.eye(
        classes
    )
    said = [
        rng.choice(classes, size=answers, p=row[k] if alpha is None else rng.dirichlet(alpha * row[k])) for k in truth
    ]
    workers = [rng.choice(25, size=answers, replace=False) for _ in truth]
    columns = np.repeat(np.arange(tasks), answers), np.concatenate(workers), np.concatenate(said)
    return Votes.of(*columns, shape=(tasks, 25, classes)), truth


def misled(seed, *, share, tasks=600):
    """Everybody takes some of the tasks for another class: no answer shows which."""
    rng = np.random.default_rng(seed)
    truth = rng.integers(0, 3, tasks)
    looks = np.where(rng.random(tasks) < share, (truth + 1) % 3, truth)
    triples, _ = votes(seed=seed, tasks=tasks, workers=20, answers=6, confusion=even([0.8] * 20, 3))
    workers = np.array([worker for _, worker, _ in triples])
    told = np.repeat(looks, 6)
    said = np.where(rng.random(len(told)) < 0.8, told, rng.integers(0, 3, len(told)))
    return Votes.of(np.repeat(np.arange(tasks), 6), workers, said, shape=(tasks, 20, 3)), truth


def gap(these, truth, tested=slice(None)):
    """Mean confidence of the consensus, less how often it is right."""
    chances = posteriors(METHODS["auto"](these), these)[tested]
    return float(chances.max(axis=1).mean() - (chances.argmax(axis=1) == truth[tested]).mean())


def until_agreed(these):
    """Of each task, no more answers once one class is two ahead."""
    kept = np.zeros(len(these), dtype=bool)
    shares = np.zeros((these.task_count, these.class_count))
    for place, (task, label) in enumerate(zip(these.tasks.tolist(), these.labels.tolist(), strict=True)):
        second, first = np.sort(shares[task])[-2:]
        if first - second < 2:
            kept[place] = True
            shares[task, label] += 1
    return these.those(kept)


@given(DISCOUNTS, CHANCES, st.integers(0, 50))
def test_the_best_class_stays_the_best_and_the_others_keep_their_proportions(discount, chances, answers):
    after = discount.applied(chances, answers)
    assert after.sum() == pytest.approx(1)
    assert after[0, chances.argmax()] == pytest.approx(after.max())
    others = np.arange(3) != chances.argmax()
    assert after[0, others] / after[0, others].sum() == pytest.approx(chances[0, others] / chances[0, others].sum())


def test_of_one_answer_nothing_is_taken_and_of_many_the_more():
    sure = np.array([[0.99, 0.01]])
    assert Discount().applied(sure, 1) == pytest.approx(sure)
    found = [Discount().applied(sure, answers)[0, 0] for answers in (1, 3, 9)]
    assert sorted(found, reverse=True) == found
    assert Discount().applied(np.ones((2, 1)), [1, 2]).tolist() == [[1.0], [1.0]]


def test_three_who_agree_are_believed_at_nine_in_ten_before_anything_is_known():
    nothing = Votes.of([], [], [], shape=(1, 0, 2))
    model = METHODS["auto"](nothing)
    three = replace(nothing, tasks=np.zeros(3, int), workers=np.arange(3), labels=np.ones(3, int), worker_count=3)
    assert 0.9 < posteriors(model, three)[0, 1] < 0.98


@pytest.mark.parametrize("classes", [2, 4])
def test_tasks_with_habits_of_their_own_are_discounted_the_more_they_have(classes):
    divisors = [choose(wandering(1, alpha=alpha, classes=classes)[0]).discount.divisor for alpha in (None, 12, 3)]
    assert divisors[0] < 1.6
    assert divisors[0] < divisors[1] < divisors[2]


@pytest.mark.parametrize(("alpha", "furthest"), [(None, 0.1), (12, 0.1), (5, 0.1)])
def test_confidence_is_near_how_often_it_is_right_whatever_the_dependence(alpha, furthest):
    assert abs(np.mean([gap(*wandering(seed, alpha=alpha)) for seed in range(3)])) < furthest


@pytest.mark.parametrize(("alpha", "classes"), [(2.0, 2), (2.0, 4), (6.0, 2), (None, 2), (None, 4)])
def test_that_asking_stopped_once_people_agreed_does_not_pass_for_dependence(alpha, classes):
    these, _ = wandering(3, alpha=alpha, classes=classes)
    asked = until_agreed(these)
    assert len(asked) < 0.6 * len(these)
    assert choose(asked).discount.divisor < choose(these).discount.divisor + 0.1


def test_gold_shows_what_all_get_wrong_alike():
    gold = np.arange(600) % 15 == 0
    blind, told = [], []
    for seed in (2, 3, 4):
        these, truth = misled(seed, share=0.3)
        blind.append(gap(these, truth, ~gold))
        told.append(gap(replace(these, known=np.where(gold, truth, -1)), truth, ~gold))
    assert np.mean(blind) > 0.15
    assert abs(np.mean(told)) < 0.08


def test_gold_that_the_consensus_gets_right_takes_nothing_away():
    these, truth = misled(3, share=0.0)
    known = np.where(np.arange(600) % 10 == 0, truth, -1)
    assert choose(replace(these, known=known)).discount.divisor <= choose(these).discount.divisor


def test_the_discount_is_part_of_the_model_and_one_of_the_first_edition_is_still_read():
    these, _ = wandering(4, alpha=6, tasks=100)
    model = METHODS["auto"](these)
    document = json.loads(json.dumps(model.to_json()))
    assert model_from_json(document).discount == model.discount
    del document["discount"]
    assert model_from_json({**document, "correlated": True}).discount == Discount()
    assert model_from_json({**document, "correlated": False}).discount is None


def test_an_answer_is_worth_less_the_more_there_are():
    worth = Discount(divisor=2.0).worth([0, 3, 10])
    assert (np.diff(worth) < 0).all()
    assert (worth > 0).all()
    assert float(Discount(shared=0.0).worth(4)) == 1.0
