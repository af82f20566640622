"""Our default: the hierarchical model, with as many subtypes a class as held-out answers ask for.

No structure is best for every crowd, and the answers tell which to take. A fifth of the answers at a time is hidden and
predicted from the rest. A richer model is taken only if it predicts them significantly better *and* its consensus is
what the hidden answers say at least as often: a model may well explain answers better with classes that no longer
mean what people call them, and then its consensus drifts away from fresh answers.
"""

import numpy as np

from crowd.consensus.counted import CountedModel
from crowd.consensus.methods.hierarchy import learn
from crowd.consensus.models import by_class
from crowd.consensus.votes import Floats, Ints, Votes, softmax

SUBTYPES = (2, 3)  # candidates beside the plain model
FEWEST_ANSWERS = 200  # below this the plain model is taken: subtypes could not be told apart anyway
MOST_ANSWERS = 60_000  # answers the choice is made on; of more, evenly spread tasks
_FOLDS = 5
_SIGNIFICANT = 2.0  # standard errors by which hidden answers must be predicted better


def auto(votes: Votes) -> CountedModel:
    """The model learnt with the chosen number of subtypes; with no votes, what is true of crowds in general."""
    return learn(votes, subtypes=choose(votes))


def choose(votes: Votes) -> int:
    """How many subtypes a class the hidden answers ask for."""
    if len(votes) < FEWEST_ANSWERS or votes.class_count < 2:
        return 1
    sample = _sample(votes)
    plain_likelihood, plain_hits = _hidden(sample, 1)
    best, best_gain = 1, 0.0
    for subtypes in SUBTYPES:
        likelihood, hits = _hidden(sample, subtypes)
        gain = likelihood - plain_likelihood
        error = float(gain.std()) * np.sqrt(len(gain))
        better = gain.sum() > max(_SIGNIFICANT * error, best_gain)
        if better and hits.sum() >= plain_hits.sum():
            best, best_gain = subtypes, float(gain.sum())
    return best


def _sample(votes: Votes) -> Votes:
    step = -(-len(votes) // MOST_ANSWERS)
    return votes if step == 1 else votes.those(votes.tasks % step == 0)


def _hidden(votes: Votes, subtypes: int) -> tuple[Floats, Floats]:
    """Of each answer, hidden: its log probability given the rest, and whether it names the consensus of the rest."""
    folds = _folds(votes)
    likelihood, hits = np.zeros(len(votes)), np.zeros(len(votes))
    for fold in range(_FOLDS):
        hidden = folds == fold
        rest = votes.those(~hidden)
        model = learn(rest, subtypes=subtypes)
        tables = np.stack([model.table(worker) for worker in range(votes.worker_count)])
        states = rest.clamped(softmax(rest.evidence(tables) + model.log_prior), model.class_of)[votes.tasks[hidden]]
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
