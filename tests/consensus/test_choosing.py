"""Which structure the answers ask for, and what that buys."""

import numpy as np
import pytest

from crowd.consensus.methods import METHODS
from crowd.consensus.methods.auto import COIN, PLAIN, choose
from crowd.consensus.methods.hierarchy import learn
from crowd.consensus.models import posteriors
from crowd.consensus.votes import Votes
from tests.consensus.crowds import even, votes


def of(triples, **kwargs):
    return Votes.of(*zip(*triples, strict=True), **kwargs)


def accuracy(method, these, truth):
    return (posteriors(METHODS[method](these), these).argmax(axis=1) == truth).mean()


def misled(seed):
    """A crowd of 30 for which every fifth task is misleading: on it, most people give the wrong one of two classes."""
    rng = np.random.default_rng(seed)
    triples, truth = [], rng.random(1500) < 0.25
    hard = rng.random(1500) < 0.3
    for task in range(1500):
        right = 0.42 if hard[task] and not truth[task] else 0.92 if not truth[task] else 0.62
        for worker in rng.choice(30, size=5, replace=False):
            said = truth[task] if rng.random() < right else not truth[task]
            triples.append((task, int(worker), int(said)))
    return of(triples), truth.astype(int)


def test_one_answer_a_task_is_taken_as_it_is():
    triples, _ = votes(seed=1, tasks=400, workers=10, answers=1, confusion=even([0.8] * 10, 3), prior=[0.8, 0.1, 0.1])
    these = of(triples)
    assert choose(these).structure == COIN
    assert (posteriors(METHODS["auto"](these), these).argmax(axis=1) == [label for *_, label in triples]).all()


def test_workers_with_habits_of_their_own_need_confusions():
    rng = np.random.default_rng(3)
    habits = np.stack([0.6 * np.eye(4) + 0.4 * rng.dirichlet(np.full(4, 0.3), size=4) for _ in range(20)])
    triples, _ = votes(seed=2, tasks=500, workers=20, answers=6, confusion=habits)
    assert choose(of(triples)).structure == PLAIN


def test_from_two_answers_a_task_classes_do_not_drift():
    crowd = even(np.linspace(0.55, 0.85, 30), 2)
    gains = []
    for seed in range(4):
        triples, truth = votes(seed=seed, tasks=500, workers=30, answers=2, confusion=crowd)
        these = of(triples)
        gains.append(accuracy("auto", these, truth) - accuracy("majority", these, truth))
    assert np.mean(gains) > 0
    assert min(gains) > -0.08


@pytest.mark.parametrize("classes", [2, 5])
def test_it_is_not_worse_than_majority_or_dawid_and_skene_on_crowds_of_either_kind(classes):
    rng = np.random.default_rng(classes)
    confusions = even(np.linspace(0.45, 0.95, 25), classes)
    biased = np.stack([rng.dirichlet(np.ones(classes) + 6 * np.eye(classes)[k], size=1)[0] for k in range(classes)])
    confusions[::3] = biased
    triples, truth = votes(seed=9, tasks=600, workers=25, answers=5, confusion=confusions)
    these = of(triples)
    best = max(accuracy(method, these, truth) for method in ("majority", "dawid_skene", "one_coin"))
    assert accuracy("auto", these, truth) >= best - 0.01


def test_the_choice_does_not_depend_on_the_order_of_answers():
    these, _ = misled(4)
    order = np.random.default_rng(0).permutation(len(these))
    shuffled = Votes.of(these.tasks[order], these.workers[order], these.labels[order], shape=(1500, 30, 2))
    assert np.allclose(posteriors(learn(these), these), posteriors(learn(shuffled), shuffled))


def test_confidence_is_calibrated_where_workers_err_together():
    these, truth = misled(5)
    chances = posteriors(METHODS["auto"](these), these)
    ours = abs(chances.max(axis=1).mean() - (chances.argmax(axis=1) == truth).mean())
    published = posteriors(METHODS["dawid_skene"](these), these)
    theirs = abs(published.max(axis=1).mean() - (published.argmax(axis=1) == truth).mean())
    assert ours < theirs
