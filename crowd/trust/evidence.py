"""What the rules read: all that bears on one worker, as plain numbers."""

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from scipy.special import betainc

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Column:
    """A worker's answers to one question, in the order in which they were given.

    `others[i]` are the others' answers about the same image; empty where there is none, and where the worker's own is
    known to be right: then a repetition says nothing against them.
    """

    own: Sequence[Hashable]
    others: Sequence[Sequence[Hashable]]


@dataclass(frozen=True)
class Peer:
    """Another worker who answered some of the same images.

    Attributes
    ----------
    key : str
    matched, near, exact : int
        Objects that both drew of which the peer's came first; how many of them are all but identical; how many have
        the same coordinates to the last digit, some of them between pixels.
    same : sequence of bool
        For each question that the worker is known to have got wrong and the peer answered too: whether the peer gave
        the same wrong answer.
    chance : sequence of float
        How probable that was.
    """

    key: str
    matched: int = 0
    near: int = 0
    exact: int = 0
    same: Sequence[bool] = ()
    chance: Sequence[float] = ()


@dataclass(frozen=True)
class Evidence:
    """What is known of one worker in one project.

    Attributes
    ----------
    bar : float
        The least share of right answers to gold that the project asks for.
    min_checks : int
        Gold answers needed before anybody is judged.
    seen, passed : int
        Answers to gold since an owner last let the worker go on, and how many of them were right.
    checks : sequence of bool
        The newest of these, oldest first.
    seconds, others_seconds : float arrays, shape (n,)
        What the worker and, at the median, others took for the same image; images that two others answered.
    columns : mapping
        The newest answers question by question.
    peers : sequence of Peer
    near, exact : (k, n)
        How many of n objects that two *other* workers both drew are all but identical, and equal to the last digit.
    """

    bar: float
    min_checks: int
    seen: int = 0
    passed: int = 0
    checks: Sequence[bool] = ()
    seconds: Floats = field(default_factory=lambda: np.zeros(0))
    others_seconds: Floats = field(default_factory=lambda: np.zeros(0))
    columns: Mapping[str, Column] = field(default_factory=dict)
    peers: Sequence[Peer] = ()
    near: tuple[int, int] = (0, 0)
    exact: tuple[int, int] = (0, 0)

    @property
    def judged(self) -> bool:
        """Whether there are checks enough to say anything about accuracy."""
        return self.seen >= self.min_checks

    @property
    def chance_below(self) -> float:
        """Probability that the worker's accuracy is below the bar, under Jeffreys' prior."""
        return float(betainc(self.passed + 0.5, self.seen - self.passed + 0.5, self.bar))

    @property
    def proven(self) -> bool:
        """Whether gold shows that the worker is good enough."""
        return self.judged and self.chance_below <= 0.1
