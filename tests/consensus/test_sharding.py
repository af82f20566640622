"""Answers in shards give what all of them together give."""

import json
from dataclasses import replace

import numpy as np
import pytest

from crowd.consensus import sharding
from crowd.consensus.methods.auto import COIN, POOLED, STEADY, Choice, learn_as
from crowd.consensus.sharding import Confusions, Parameters, Shard, Sums
from crowd.consensus.votes import Votes


def crowd(tasks=600, workers=25, classes=4, gold=40, seed=0):
    rng = np.random.default_rng(seed)
    truth = rng.integers(0, classes, tasks)
    skill = rng.uniform(0.4, 0.95, workers)
    of_tasks, of_workers = np.divmod(np.flatnonzero(rng.random(tasks * workers) < 0.2), workers)
    right = rng.random(len(of_tasks)) < skill[of_workers]
    labels = np.where(right, truth[of_tasks], rng.integers(0, classes, len(of_tasks)))
    known = {task: int(truth[task]) for task in rng.choice(tasks, gold, replace=False).tolist()}
    return Votes.of(of_tasks, of_workers, labels, shape=(tasks, workers, classes), known=known)


@pytest.mark.parametrize("structure", [POOLED, STEADY, COIN, 1, 2, 3])
@pytest.mark.parametrize("number", [1, 2, 7])
def test_however_many_shards_the_model_is_that_of_all_answers_together(structure, number):
    """To rounding: what is kept of counts has three digits, and sums of floats depend on the order of adding."""
    votes = crowd()
    whole = replace(learn_as(votes, Choice(structure)), discount=None)
    model = sharding.learn_here(sharding.parted(votes, number), sharding.structure(structure))
    assert model.prior == pytest.approx(whole.prior, abs=2e-9)
    assert model.crowd == pytest.approx(whole.crowd, abs=2e-9)
    assert model.skills == pytest.approx(whole.skills, abs=2e-6)
    assert model.counts.keys() == whole.counts.keys()
    for worker, counts in whole.counts.items():
        assert model.counts[worker] == pytest.approx(counts, abs=1.1e-3)


@pytest.mark.parametrize("structure", [COIN, 1, 2])
def test_the_parameters_of_a_round_agree_to_twelve_digits_before_anything_is_rounded(structure):
    shape = sharding.structure(structure)
    votes = crowd()
    totals = []
    for number in (1, 7):
        shards = sharding.parted(votes, number)
        first = sharding.total(each.sums(shape, None, None) for each in shards)
        parameters = shape.parameters(first)
        totals.append(sharding.total(each.sums(shape, None, parameters) for each in shards))
    one, many = totals
    assert many.counts == pytest.approx(one.counts, rel=1e-12, abs=1e-12)
    assert many.mass == pytest.approx(one.mass, rel=1e-12)
    assert many.moved == pytest.approx(one.moved, rel=1e-12)


def test_shards_worked_on_elsewhere_give_the_same_to_the_last_bit():
    """Each round elsewhere knows nothing but arrays that were written down, and nothing of the rounds before."""
    votes, shape = crowd(), Confusions(2)
    here = sharding.learn_here(sharding.parted(votes, 5), shape)

    def written(parameters):
        if parameters is None:
            return None
        tables, log_prior = (np.frombuffer(each.tobytes()) for each in (parameters.tables, parameters.log_prior))
        return Parameters(tables.reshape(parameters.tables.shape), log_prior)

    def ask(before, parameters):
        for shard in reversed(sharding.parted(votes, 5)):  # whichever comes first: it is their numbers that count
            fresh = Shard(shard.votes, shard.ranks)
            done.append(fresh.sums(shape, written(before), written(parameters)))
        result: list[Sums] = done[::-1]
        done.clear()
        return result

    done: list[Sums] = []
    elsewhere = sharding.learn(shape, ask)
    assert json.dumps(elsewhere.to_json()) == json.dumps(here.to_json())
