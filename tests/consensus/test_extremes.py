"""Crowds at the edges: every method stays sensible, and `auto` more than that."""

import time

import numpy as np
import pytest

from crowd.consensus.methods import METHODS
from crowd.consensus.models import posterior, posteriors, reliability
from crowd.consensus.question_models import QuestionModel
from crowd.consensus.votes import Votes
from tests.consensus.crowds import even, votes

OVERFITTED = "dawid_skene"  # as published, it learns whole confusions from any number of answers


def of(triples, shape, **kwargs):
    return Votes.of(*zip(*triples, strict=True), shape=shape, **kwargs)


def merged(method, these):
    """Probabilities of each class, which are such, and the model."""
    model = METHODS[method](these)
    chances = posteriors(model, these)
    assert chances.shape == (these.task_count, these.class_count)
    assert np.isfinite(chances).all()
    assert chances.sum(axis=1) == pytest.approx(np.ones(these.task_count))
    return chances, model


@pytest.mark.parametrize("method", METHODS)
def test_one_answer_a_task_is_the_answer(method):
    triples, _ = votes(seed=1, tasks=200, workers=9, answers=1, confusion=even([0.8] * 9, 3))
    chances, _ = merged(method, of(triples, (200, 9, 3)))
    said = np.array([label for *_, label in triples])
    agree = (chances.argmax(axis=1) == said).mean()
    assert agree == 1.0 if method not in ("dawid_skene", "mace") else agree > 0.5  # both may distrust a worker


@pytest.mark.parametrize("method", METHODS)
def test_fifty_answers_a_task_find_the_truth_without_running_over(method):
    triples, truth = votes(seed=2, tasks=60, workers=60, answers=50, confusion=even([0.6] * 60, 4))
    chances, _ = merged(method, of(triples, (60, 60, 4)))
    assert (chances.argmax(axis=1) == truth).mean() > 0.98


@pytest.mark.parametrize("method", METHODS)
def test_two_hundred_classes(method):
    triples, truth = votes(seed=3, tasks=300, workers=12, answers=3, confusion=even([0.8] * 12, 200))
    chances, _ = merged(method, of(triples, (300, 12, 200)))
    if method != OVERFITTED:
        assert (chances.argmax(axis=1) == truth).mean() > 0.85


@pytest.mark.parametrize("method", METHODS)
def test_workers_with_one_answer_each(method):
    triples, truth = votes(seed=4, tasks=150, workers=1, answers=1, confusion=even([1.0], 3))
    rng = np.random.default_rng(4)
    said = [(task, 5 * task + n, int(k if rng.random() < 0.8 else rng.integers(3))) for task, k in enumerate(truth)
            for n in range(5)]  # fmt: skip
    assert len(triples) == 150
    chances, _ = merged(method, of(said, (150, 750, 3)))
    if method != OVERFITTED:
        assert (chances.argmax(axis=1) == truth).mean() > 0.85


@pytest.mark.parametrize("method", METHODS)
def test_one_worker_alone_is_believed(method):
    said = [(task, 0, task % 3) for task in range(40)]
    chances, _ = merged(method, of(said, (40, 1, 3)))
    assert (chances.argmax(axis=1) == np.arange(40) % 3).all()


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("shape", [(3, 2, 4), (3, 0, 4), (2, 2, 1), (0, 0, 0)])
def test_no_answers_leave_everything_open(method, shape):
    these = Votes.of([], [], [], shape=shape)
    model = METHODS[method](these)
    if shape[2]:
        assert posteriors(model, these) == pytest.approx(np.full((shape[0], shape[2]), 1 / shape[2]), abs=0.01)


@pytest.mark.parametrize("method", METHODS)
def test_where_all_is_gold_all_is_certain_and_workers_are_what_gold_says(method):
    triples, truth = votes(seed=5, tasks=90, workers=3, answers=3, confusion=even([0.95, 0.7, 0.4], 3))
    chances, model = merged(method, of(triples, (90, 3, 3), known=dict(enumerate(truth.tolist()))))
    assert (chances == np.eye(3)[truth]).all()
    rates = [reliability(model, worker) for worker in range(3)]
    assert rates == sorted(rates, reverse=True)


def test_gold_on_tasks_that_nobody_answered_changes_nothing_that_was():
    triples, _ = votes(seed=6, tasks=50, workers=6, answers=3, confusion=even([0.8] * 6, 2))
    chances, _ = merged("auto", of(triples, (60, 6, 2), known={55: 1}))
    assert chances[55].tolist() == [0.0, 1.0]


def test_one_class_is_certain():
    chances, _ = merged("auto", of([(0, 0, 0), (1, 1, 0)], (2, 2, 1)))
    assert (chances == 1).all()


def test_one_task_is_resolved_within_two_milliseconds():
    triples, _ = votes(seed=7, tasks=400, workers=40, answers=5, confusion=even([0.8] * 40, 10))
    names = tuple("abcdefghij")
    model = QuestionModel.learn(
        [(t, w, names[k]) for t, w, k in triples], classes=names, method="auto", shape=(400, 40)
    )
    answers = [(worker, names[worker % 3]) for worker in range(7)]
    taken = []
    for _ in range(50):
        began = time.perf_counter()
        model.gain(model.chances(answers), len(answers))
        taken.append(time.perf_counter() - began)
    assert sorted(taken)[25] < 0.002
    among = posterior(model.model, [(worker, worker % 3) for worker in range(7)])
    assert list(model.chances(answers).values()) == pytest.approx(among.tolist())
