"""Which structure the answers ask for, and what that buys."""

import numpy as np
import pytest

from crowd.consensus.methods import METHODS
from crowd.consensus.methods.auto import COIN, PLAIN, POOLED, STEADY, choose
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
    assert choose(these).structure in (COIN, STEADY)
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


def test_people_who_all_confuse_alike_share_one_confusion():
    near = np.exp(-0.5 * ((np.arange(7)[None, :] - np.arange(7)[:, None]) / 1.2) ** 2)
    near /= near.sum(axis=1, keepdims=True)
    ours, theirs = [], []
    for seed in range(3):
        triples, truth = votes(seed=seed, tasks=300, workers=60, answers=6, confusion=np.stack([near] * 60))
        these = of(triples, shape=(300, 60, 7))
        assert choose(these).structure == POOLED
        ours.append(accuracy("auto", these, truth))
        theirs.append(accuracy("dawid_skene", these, truth))
    assert np.mean(ours) > np.mean(theirs)


def test_from_few_answers_a_worker_skill_is_mostly_luck():
    gains = []
    for seed in range(4):
        rng = np.random.default_rng(seed)
        triples, truth = votes(
            seed=seed, tasks=200, workers=250, answers=5, confusion=even(rng.uniform(0.65, 0.8, 250), 2)
        )
        these = of(triples, shape=(200, 250, 2))
        gains.append(accuracy("auto", these, truth) - accuracy("majority", these, truth))
    assert np.mean(gains) > -0.01


def simulated(kind, seed):
    """Votes and truth of a crowd of one kind."""
    rng = np.random.default_rng(seed)
    if kind == "unbalanced":
        crowd = np.stack(
            [
                [[a, 1 - a], [1 - b, b]]
                for a, b in zip(rng.uniform(0.8, 0.99, 40), rng.uniform(0.3, 0.8, 40), strict=True)
            ]
        )
        made = votes(seed=seed, tasks=500, workers=40, answers=5, confusion=crowd, prior=[0.85, 0.15])
    elif kind == "sparse":
        made = votes(seed=seed, tasks=700, workers=50, answers=2, confusion=even(rng.uniform(0.5, 0.95, 50), 8))
    elif kind == "graded":
        steps = np.arange(5)[None, :] - np.arange(5)[:, None]
        near = np.stack([np.exp(-0.5 * (steps / width) ** 2) for width in rng.uniform(0.5, 1.6, 80)])
        made = votes(seed=seed, tasks=400, workers=80, answers=6, confusion=near / near.sum(axis=2, keepdims=True))
    elif kind == "many workers":
        made = votes(seed=seed, tasks=300, workers=400, answers=6, confusion=even(rng.uniform(0.4, 0.95, 400), 5))
    elif kind == "few workers":
        rows = np.stack([[rng.dirichlet(np.ones(3) + 4 * np.eye(3)[k]) for k in range(3)] for _ in range(6)])
        made = votes(seed=seed, tasks=700, workers=6, answers=4, confusion=rows)
    else:
        skills = np.concatenate([rng.uniform(0.6, 0.9, 32), np.full(8, 0.15)])
        made = votes(seed=seed, tasks=400, workers=40, answers=5, confusion=even(skills, 3))
    triples, truth = made
    return of(triples, shape=(len(truth), int(max(w for _, w, _ in triples)) + 1, 1 + int(truth.max()))), truth


@pytest.mark.parametrize("kind", ["unbalanced", "sparse", "graded", "many workers", "few workers", "adversaries"])
def test_on_no_kind_of_crowd_it_is_a_point_worse_than_the_best_method(kind):
    reached = {method: [] for method in ("auto", "majority", "dawid_skene", "one_coin", "glad", "mace")}
    for seed in range(3):
        these, truth = simulated(kind, seed)
        for method, each in reached.items():
            each.append(accuracy(method, these, truth))
    means = {method: np.mean(each) for method, each in reached.items()}
    assert means["auto"] >= max(means.values()) - 0.01, means
