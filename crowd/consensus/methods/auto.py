"""Our default: of several structures for the workers' errors, the one that answers held out of the learning ask for.

No structure is best for every crowd, and the answers tell which to take. A fifth of them at a time is hidden and
predicted from the rest.

- Each worker's confusion (`hierarchy`) is where the choice starts.
- A coin for each worker (`one_coin`) takes its place where hidden answers name its consensus significantly more often,
  or more often at all if confusions do not predict them significantly better: from few answers a task, confusions
  cannot be told from the truth, and classes drift away from what people call by their names.
- Subtypes of classes take its place where they predict hidden answers significantly better *and* hidden answers name
  their consensus at least as often; the second condition guards against the same drift.
"""

from dataclasses import replace

import numpy as np

from crowd.consensus.counted import CountedModel
from crowd.consensus.methods.hierarchy import learn
from crowd.consensus.methods.one_coin import one_coin
from crowd.consensus.models import by_class, discounted
from crowd.consensus.votes import Floats, Ints, Votes, softmax

COIN, PLAIN = 0, 1  # structures; those above have so many subtypes a class
SUBTYPES = (2, 3)
FEWEST_CHECKS = 10  # answers a class beyond the first to each task, or to gold: with fewer, confusions cannot be learnt
FEWEST_ANSWERS = 200  # below this subtypes could not be told apart
MOST_ANSWERS = 30_000  # answers the choice is made on; of more, evenly spread tasks
_FOLDS = 5
_SIGNIFICANT = 2.0  # standard errors


def auto(votes: Votes) -> CountedModel:
    """The model learnt with the chosen structure; with no votes, what is true of crowds in general."""
    return learn_as(votes, choose(votes))


def learn_as(votes: Votes, structure: int) -> CountedModel:
    """The model learnt with the given structure; confidence allows for workers erring together."""
    if structure == COIN:
        return replace(one_coin(votes), correlated=True)
    return learn(votes, subtypes=structure)


def choose(votes: Votes) -> int:
    """The structure that the hidden answers ask for."""
    if len(votes) == 0 or votes.class_count < 2:
        return PLAIN
    if _checks(votes) < FEWEST_CHECKS * votes.class_count:
        return COIN
    sample = votes.every(-(-len(votes) // MOST_ANSWERS))
    likelihood, hits = _hidden(sample, PLAIN)
    coin, coin_hits = _hidden(sample, COIN)
    drift, gain = _standing(coin_hits - hits), _standing(likelihood - coin)
    if drift > _SIGNIFICANT or (drift > 0 and gain < _SIGNIFICANT):
        return COIN
    chosen = PLAIN
    for subtypes in SUBTYPES if len(votes) >= FEWEST_ANSWERS else ():
        richer, richer_hits = _hidden(sample, subtypes)
        better = _standing(richer - likelihood) > (_SIGNIFICANT if chosen == PLAIN else 0.0)
        if better and richer_hits.sum() >= hits.sum():
            chosen, likelihood, hits = subtypes, richer, richer_hits
    return chosen


def _checks(votes: Votes) -> float:
    """How many answers can be checked against another one, or against gold."""
    answers = votes.shares.sum(axis=1)
    return float(np.where(votes.known >= 0, answers, np.maximum(answers - 1, 0)).sum())


def _standing(differences: Floats) -> float:
    """A sum of differences in its standard errors; 0 where all are equal."""
    error = float(differences.std()) * np.sqrt(len(differences))
    return float(differences.sum()) / error if error > 0 else 0.0


def _hidden(votes: Votes, structure: int) -> tuple[Floats, Floats]:
    """Of each answer, hidden: its log probability given the rest, and whether it names the consensus of the rest."""
    folds = _folds(votes)
    likelihood, hits = np.zeros(len(votes)), np.zeros(len(votes))
    for fold in range(_FOLDS):
        hidden = folds == fold
        rest = votes.those(~hidden)
        model = learn_as(rest, structure)
        tables = np.stack([model.table(worker) for worker in range(votes.worker_count)])
        raw = softmax(rest.evidence(tables) + model.log_prior)
        classes = by_class(raw, model.class_of, model.class_count)
        honest = discounted(classes) / np.maximum(classes, 1e-300)
        states = rest.clamped(raw * honest[:, model.class_of], model.class_of)[votes.tasks[hidden]]
        said = np.exp(tables[votes.workers[hidden], :, votes.labels[hidden]])
        likelihood[hidden] = np.log((states * said).sum(axis=1) + 1e-12)
        consensus = by_class(states, model.class_of, model.class_count).argmax(axis=1)
        hits[hidden] = consensus == votes.labels[hidden]
    return likelihood, hits


def _folds(votes: Votes) -> Ints:
    """A fold for each answer, those of one task spread over all."""
    order = np.argsort(votes.tasks, kind="stable")
    first = np.searchsorted(votes.tasks[order], np.arange(votes.task_count))
    place = np.empty(len(votes), dtype=np.int64)
    place[order] = np.arange(len(votes)) - first[votes.tasks[order]]
    return np.asarray((place + votes.tasks) % _FOLDS)
