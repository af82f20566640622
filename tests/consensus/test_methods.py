"""What holds of every method, and what each is for."""

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crowd.consensus.methods import METHODS, model_from_json
from crowd.consensus.models import STRANGER, posterior, posteriors, reliability
from crowd.consensus.votes import Votes
from tests.consensus.crowds import even, votes

CROWD = st.lists(
    st.tuples(st.integers(0, 5), st.integers(0, 4), st.integers(0, 2)), max_size=30, unique_by=lambda v: v[:2]
)


def of(triples, **kwargs):
    return Votes.of(*zip(*triples, strict=True), **kwargs) if triples else Votes.of([], [], [], **kwargs)


@pytest.mark.parametrize("method", METHODS)
@given(triples=CROWD)
@settings(deadline=None, max_examples=25)
def test_any_votes_give_probabilities_the_same_every_time(method, triples):
    these = of(triples, shape=(6, 5, 3))
    first, second = (posteriors(METHODS[method](these), these) for _ in range(2))
    assert np.array_equal(first, second)
    assert np.isfinite(first).all()
    assert first.sum(axis=1) == pytest.approx(np.ones(6))


@pytest.mark.parametrize("method", METHODS)
@given(triples=CROWD)
@settings(deadline=None, max_examples=25)
def test_a_model_comes_back_from_json_exactly(method, triples):
    model = METHODS[method](of(triples, shape=(6, 5, 3)))
    text = json.dumps(model.to_json())
    back = model_from_json(json.loads(text))
    assert json.dumps(back.to_json()) == text
    for worker in (STRANGER, 0, 4):
        assert np.array_equal(back.table(worker), model.table(worker))
    assert np.array_equal(posterior(back, [(0, 1), (STRANGER, 2)]), posterior(model, [(0, 1), (STRANGER, 2)]))


@pytest.mark.parametrize("method", METHODS)
def test_one_task_alone_has_the_same_posterior_as_among_all(method):
    triples, _ = votes(seed=1, tasks=60, workers=8, answers=4, confusion=even([0.9, 0.8, 0.7, 0.6] * 2, 3))
    these = of(triples)
    model = METHODS[method](these)
    together = posteriors(model, these)
    for task in (0, 17, 59):
        alone = posterior(model, [(worker, label) for each, worker, label in triples if each == task])
        assert alone == pytest.approx(together[task], abs=1e-9)


@pytest.mark.parametrize("method", METHODS)
def test_workers_who_always_agree_are_believed(method):
    these = of([(task, worker, task % 3) for task in range(30) for worker in range(3)])
    chances = posteriors(METHODS[method](these), these)
    assert (chances.argmax(axis=1) == np.arange(30) % 3).all()
    assert chances.max(axis=1).min() > 0.95


@pytest.mark.parametrize("method", METHODS)
def test_gold_is_certain(method):
    these = of([(0, 0, 1), (0, 1, 1), (1, 0, 0)], shape=(2, 2, 3), known={0: 2})
    chances = posteriors(METHODS[method](these), these)
    assert chances[0].tolist() == [0.0, 0.0, 1.0]


@pytest.mark.parametrize("method", sorted(set(METHODS) - {"majority"}))
def test_gold_tells_a_good_worker_from_a_bad_one(method):
    gold = {task: task % 2 for task in range(20)}
    triples = [(task, 0, task % 2) for task in range(20)] + [(task, 1, 1 - task % 2) for task in range(20)]
    model = METHODS[method](of(triples, known=gold))
    assert reliability(model, 0) > 0.65
    assert reliability(model, 1) < 0.6  # some methods know no worker below guessing


@pytest.mark.parametrize("method", ["auto", "dawid_skene"])
def test_five_experts_are_heard_over_six_guessers(method):
    confusion = even([0.97] * 5 + [0.5] * 6, 2)
    triples, truth = votes(seed=3, tasks=300, workers=11, answers=11, confusion=confusion)
    these = of(triples)
    ours = (posteriors(METHODS[method](these), these).argmax(axis=1) == truth).mean()
    plain = (posteriors(METHODS["majority"](these), these).argmax(axis=1) == truth).mean()
    assert ours >= 0.97
    assert plain < ours


def test_majority_is_plurality_and_ties_go_to_the_earlier_class():
    triples = [(0, 0, 1), (0, 1, 1), (0, 2, 0), (1, 0, 2), (1, 1, 1), (2, 0, 0)]
    these = of(triples)
    assert posteriors(METHODS["majority"](these), these).argmax(axis=1).tolist() == [1, 1, 0]
