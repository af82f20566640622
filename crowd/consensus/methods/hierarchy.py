"""Workers drawn from the crowd: one skill each, then a confusion of their own as far as their answers bear it out.

The model. A task's truth is one of `subtypes` states of its class; with more than one, tasks of a class may differ in
what is said of them (easy ones and misleading ones), which makes the workers' answers depend on each other given the
class. In state s the crowd gives label l with probability `crowd[s, l]`. A worker's habits are the crowd's with the
odds of a right answer multiplied by the worker's skill; the worker's own rows are Dirichlet around these habits. All
are learnt by expectation maximisation from the shares of votes, the crowd's rows pulled towards a right answer in
six of seven, and those of subtypes towards those of their class.

Sources: A. P. Dawid and A. M. Skene (1979) for confusion matrices; H.-C. Kim and Z. Ghahramani, "Bayesian classifier
combination" (AISTATS 2012) for Dirichlet priors and dependence; Y. Li, B. Rubinstein and T. Cohn, "Exploiting worker
correlation for label aggregation in crowdsourcing" (ICML 2019) for subtypes; skills as habits between one coin and a
full matrix are ours.
"""

import numpy as np

from crowd.consensus.counted import CountedModel, habits
from crowd.consensus.discounts import Discount
from crowd.consensus.methods.dawid_skene import start
from crowd.consensus.votes import Floats, Ints, Votes, softmax

STRENGTH = 4.0  # answers that a worker's habits weigh against the worker's own rows
SKILL_ANSWERS = 10.0  # answers of average skill behind each worker's skill
CROWD_ANSWERS = 10.0  # imagined answers behind each row of the crowd's
CROWD_RIGHT = 0.86  # of them right: three who agree on yes or no are then believed at nine in ten
ROUNDS = 60
TOLERANCE = 2e-5  # mean change of a task's probabilities at which learning ends


def learn(votes: Votes, *, subtypes: int = 1, strength: float = STRENGTH) -> CountedModel:
    """The model learnt; with no votes, what is true of crowds in general.

    `strength` is how many answers a worker's habits weigh against the worker's own rows.
    """
    class_of = np.repeat(np.arange(votes.class_count), subtypes)
    states = votes.clamped(parted(start(votes), subtypes), class_of)
    answered = ((votes.shares.sum(axis=1) > 0) | (votes.known >= 0)).astype(np.float64)
    for _ in range(ROUNDS if len(votes) else 0):
        scores = votes.evidence(tables(votes.counts(states), class_of, strength)) + np.log(prior(answered @ states))
        before, states = states, votes.clamped(softmax(scores), class_of)
        if np.abs(before - states).sum() < TOLERANCE * len(states):
            break
    return model(votes.counts(states), prior(answered @ states), class_of, strength)


def model(counts: Floats, prior: Floats, class_of: Ints, strength: float = STRENGTH) -> CountedModel:
    """The model, from how often each worker is expected to have given each label in each state."""
    crowd = _crowd(counts, class_of)
    return CountedModel.learnt(
        prior=prior,
        crowd=crowd,
        strength=strength,
        counts=counts,
        skills=_skills(counts, crowd, class_of),
        class_of=class_of,
        discount=Discount(),
    )


def tables(counts: Floats, class_of: Ints, strength: float = STRENGTH) -> Floats:
    """`log P(label | state, worker)`, shape (workers, states, classes)."""
    crowd = _crowd(counts, class_of)
    own = counts + strength * habits(crowd, class_of, _skills(counts, crowd, class_of))
    own /= own.sum(axis=2, keepdims=True)
    return np.asarray(np.log(own, out=own))


def prior(mass: Floats) -> Floats:
    """`P(state)`, from how many tasks are expected to be in each."""
    return np.asarray((mass + 1.0) / (mass + 1.0).sum())


def ranked(agreed: Floats) -> Floats:
    """Each task's rank among all by the share of its most frequent answer, 0 to 1, equal ones alike: shape (tasks,)."""
    ordered = np.sort(agreed)
    ranks = (np.searchsorted(ordered, agreed, side="left") + np.searchsorted(ordered, agreed, side="right") - 1) / 2
    return np.asarray(ranks / max(len(agreed), 1))


def parted(shares: Floats, subtypes: int, ranks: Floats | None = None) -> Floats:
    """Shares of votes, each class parted softly into subtypes by the tasks' ranks: shape (tasks, states)."""
    if subtypes == 1:
        return shares
    ranks = ranked(shares.max(axis=1)) if ranks is None else ranks
    centres = (np.arange(subtypes) + 0.5) / subtypes
    near = np.exp(-0.5 * ((ranks[:, None] - centres) * 2 * subtypes) ** 2)
    near /= near.sum(axis=1, keepdims=True)
    return np.asarray((shares[:, :, None] * near[:, None, :]).reshape(len(shares), -1))


def _crowd(counts: Floats, class_of: Ints) -> Floats:
    """How people answer in each state, shape (states, classes)."""
    classes = counts.shape[2]
    wrong = (1 - CROWD_RIGHT) / max(classes - 1, 1)
    imagined = np.full((classes, classes), wrong) + (CROWD_RIGHT - wrong) * np.eye(classes)
    total = counts.sum(axis=0)
    if len(class_of) > classes:
        of_class = total.reshape(classes, -1, classes).sum(axis=1) + CROWD_ANSWERS * imagined
        imagined = (of_class / of_class.sum(axis=1, keepdims=True))[class_of]
    total = total + CROWD_ANSWERS * imagined
    return np.asarray(total / total.sum(axis=1, keepdims=True))


def _skills(counts: Floats, crowd: Floats, class_of: Ints) -> Floats:
    """Each worker's odds of a right answer relative to those of the crowd at the same states, shape (workers,)."""
    states = np.arange(len(class_of))
    rate = crowd[states, class_of]
    faced = counts.sum(axis=2)
    right = counts[:, states, class_of].sum(axis=1)
    expected = faced @ rate
    total = faced.sum(axis=1)
    mean = min(expected.sum() / total.sum(), 0.999) if total.sum() > 0 else CROWD_RIGHT
    hits = (right + SKILL_ANSWERS * mean) / (expected + SKILL_ANSWERS * mean)
    errors = (np.maximum(total - right, 0.0) + SKILL_ANSWERS * (1 - mean)) / (
        np.maximum(total - expected, 0.0) + SKILL_ANSWERS * (1 - mean)
    )
    return np.asarray(np.clip(hits / np.maximum(errors, 1e-6), 1e-3, 1e3))
