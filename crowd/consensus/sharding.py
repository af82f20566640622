"""One question learnt from answers in shards, giving what all of them together give.

The tasks are parted into shards, a task's answers staying together. In each round every shard works out the
probabilities of its own tasks under the newest parameters and hands on sums: how often each worker is expected to have
given each label in each state, and the mass of each state. All shards' sums, added up in the shards' order, give the
next parameters. Nothing of a single task leaves its shard, and sums are only as large as the worker models.

Wherever the shards are worked on, the result is the same to the last bit, as it depends on how the tasks are parted and
on nothing else. Learnt from one shard and from many, parameters agree to about 1e-12: sums of floating-point numbers
depend on the order of adding.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from functools import reduce
from typing import Protocol

import numpy as np

from crowd.consensus.counted import CountedModel
from crowd.consensus.methods import hierarchy
from crowd.consensus.methods.auto import COIN, POOLED, POOLED_STRENGTH, STEADY, STEADY_RIGHT, STEADY_WRONG
from crowd.consensus.methods.coin import coin_model, even, sorted_prior
from crowd.consensus.methods.dawid_skene import start
from crowd.consensus.methods.one_coin import PRIOR_RIGHT, PRIOR_WRONG, ROUNDS, TOLERANCE
from crowd.consensus.votes import Floats, Ints, Votes, softmax


@dataclass(frozen=True, eq=False)
class Parameters:
    """What the next round works with: `log P(label | state, worker)` and `log P(state)`.

    Attributes
    ----------
    tables : ndarray, shape (workers, states, classes)
    log_prior : ndarray, shape (states,)
    """

    tables: Floats
    log_prior: Floats


@dataclass(frozen=True, eq=False)
class Sums:
    """What one shard's tasks, or those of several, come to.

    Attributes
    ----------
    counts : ndarray, shape (workers, states, classes)
        Expected number of times each worker gave each label in each state.
    mass : ndarray, shape (states,)
        Expected number of tasks in each state, those that nobody has answered left out.
    moved : float
        By how much the tasks' probabilities have changed since the round before, in all.
    tasks : int
    """

    counts: Floats
    mass: Floats
    moved: float
    tasks: int

    def __add__(self, other: "Sums") -> "Sums":
        return Sums(
            self.counts + other.counts, self.mass + other.mass, self.moved + other.moved, self.tasks + other.tasks
        )


class Structure(Protocol):
    """How workers err; what `learn` needs to know of it."""

    @property
    def rounds(self) -> int:
        """After so many learning ends in any case."""

    @property
    def tolerance(self) -> float:
        """Mean change of a task's probabilities at which it ends."""

    def start(self, votes: Votes, ranks: Floats) -> Floats:
        """Where learning starts: shape (tasks, states). `ranks`: each task's agreement among all tasks, 0 to 1."""

    def parameters(self, sums: Sums) -> Parameters:
        """The parameters most probable given the sums."""

    def class_of(self, classes: int) -> Ints:
        """The class of each state."""

    def model(self, before: Sums, last: Sums) -> CountedModel:
        """The model, from the sums of the last two rounds."""


@dataclass(frozen=True)
class Confusions:
    """The structure of `hierarchy`, with so many subtypes a class."""

    subtypes: int = 1
    strength: float = hierarchy.STRENGTH
    rounds: int = hierarchy.ROUNDS
    tolerance: float = hierarchy.TOLERANCE

    def start(self, votes: Votes, ranks: Floats) -> Floats:
        """See `Structure`."""
        return hierarchy.parted(start(votes), self.subtypes, ranks)

    def class_of(self, classes: int) -> Ints:
        """See `Structure`."""
        return np.repeat(np.arange(classes), self.subtypes)

    def parameters(self, sums: Sums) -> Parameters:
        """See `Structure`."""
        tables = hierarchy.tables(sums.counts, self.class_of(sums.counts.shape[2]), self.strength)
        return Parameters(tables, np.log(hierarchy.prior(sums.mass)))

    def model(self, before: Sums, last: Sums) -> CountedModel:  # noqa: ARG002 -- the last round says it all
        """See `Structure`."""
        class_of = self.class_of(last.counts.shape[2])
        return hierarchy.model(last.counts, hierarchy.prior(last.mass), class_of, self.strength)


@dataclass(frozen=True)
class Coins:
    """The structure of `one_coin`."""

    right: float = PRIOR_RIGHT
    wrong: float = PRIOR_WRONG
    rounds: int = ROUNDS
    tolerance: float = TOLERANCE

    def start(self, votes: Votes, ranks: Floats) -> Floats:  # noqa: ARG002 -- all tasks start alike
        """See `Structure`."""
        return start(votes)

    def class_of(self, classes: int) -> Ints:
        """See `Structure`."""
        return np.arange(classes)

    def parameters(self, sums: Sums) -> Parameters:
        """See `Structure`."""
        classes = sums.counts.shape[2]
        accuracies, _ = self._accuracies(sums)
        tables = np.log(even(accuracies, classes))
        return Parameters(tables, np.zeros(classes))

    def model(self, before: Sums, last: Sums) -> CountedModel:  # noqa: ARG002 -- what the last round was worked out by
        """See `Structure`."""
        accuracies, answers = self._accuracies(before)
        mean = float((accuracies * answers).sum() / answers.sum())
        return coin_model(accuracy=mean, accuracies=accuracies, prior=sorted_prior(before.counts.shape[2]))

    def _accuracies(self, sums: Sums) -> tuple[Floats, Floats]:
        """Each worker's share of right answers, pulled towards the imagined ones, and how many they gave."""
        hits = np.trace(sums.counts, axis1=1, axis2=2)
        answers = sums.counts.sum(axis=(1, 2))
        return (hits + self.right) / (answers + self.right + self.wrong), answers


def structure(number: int) -> Structure:
    """The structure that `auto` knows by this number."""
    if number in (COIN, STEADY):
        return Coins() if number == COIN else Coins(STEADY_RIGHT, STEADY_WRONG)
    return Confusions(strength=POOLED_STRENGTH) if number == POOLED else Confusions(number)


@dataclass
class Shard:
    """Some of the tasks with all their answers; workers and classes are numbered as everywhere."""

    votes: Votes
    ranks: Floats = field(default_factory=lambda: np.zeros(0))
    _last: tuple[Parameters | None, Floats] | None = field(default=None, repr=False)  # to save working it out again

    def states(self, shape: Structure, parameters: Parameters | None) -> Floats:
        """Probability of each state of each task; under no parameters where learning starts."""
        if self._last is not None and self._last[0] is parameters:
            return self._last[1]
        class_of = shape.class_of(self.votes.class_count)
        if parameters is None:
            raw = shape.start(self.votes, self.ranks)
        else:
            raw = softmax(self.votes.evidence(parameters.tables) + parameters.log_prior)
        states = self.votes.clamped(raw, class_of)
        self._last = (parameters, states)
        return states

    def sums(self, shape: Structure, before: Parameters | None, parameters: Parameters | None) -> Sums:
        """What the shard's tasks come to under `parameters`, those of the round before having been `before`."""
        earlier = self.states(shape, before) if parameters is not None else None
        states = self.states(shape, parameters)
        votes = self.votes
        answered = ((votes.shares.sum(axis=1) > 0) | (votes.known >= 0)).astype(np.float64)
        moved = float("inf") if earlier is None else float(np.abs(earlier - states).sum())
        return Sums(votes.counts(states), answered @ states, moved, votes.task_count)


Ask = Callable[[Parameters | None, Parameters | None], Iterable[Sums]]  # all shards' sums, in the shards' order


def learn(shape: Structure, ask: Ask) -> CountedModel:
    """The model learnt by asking all shards round by round."""
    before: Parameters | None = None
    parameters: Parameters | None = None
    earlier = last = total(ask(None, None))
    for step in range(shape.rounds + 1):
        outcome = advance(shape, step, earlier, last)
        if isinstance(outcome, CountedModel):
            return outcome
        before, parameters = parameters, outcome
        earlier, last = last, total(ask(before, parameters))
    raise AssertionError("the last round ends it")


def advance(shape: Structure, step: int, earlier: Sums, last: Sums) -> Parameters | CountedModel:
    """What follows from the sums of a step and of the one before: parameters for the next one, or at last the model.

    Step 0 is where learning starts, and has none before.
    """
    if step and (step == shape.rounds or last.moved < shape.tolerance * last.tasks):
        return shape.model(earlier, last)
    return shape.parameters(last)


def total(sums: Iterable[Sums]) -> Sums:
    """All shards' sums, added up in their order."""
    return reduce(Sums.__add__, sums)


def learn_here(shards: Sequence[Shard], shape: Structure) -> CountedModel:
    """The model learnt from shards that are all at hand."""
    return learn(shape, lambda before, parameters: [each.sums(shape, before, parameters) for each in shards])


def parted(votes: Votes, number: int) -> list[Shard]:
    """The tasks in so many shards of neighbours, as even as may be."""
    ends = np.linspace(0, votes.task_count, number + 1).astype(np.int64)
    ranks = hierarchy.ranked(agreed(votes))
    shards = []
    for first, last in zip(ends[:-1].tolist(), ends[1:].tolist(), strict=True):
        kept = votes.those((votes.tasks >= first) & (votes.tasks < last))
        mine = replace(kept, tasks=kept.tasks - first, task_count=last - first, known=votes.known[first:last])
        shards.append(Shard(mine, ranks[first:last]))
    return shards


def agreed(votes: Votes) -> Floats:
    """The share of each task's most frequent answer, by which tasks are ranked: shape (tasks,)."""
    return np.asarray(start(votes).max(axis=1))
