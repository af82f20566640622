"""When workers who are right elsewhere agree on another answer than the gold one, the gold may be wrong."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import exp, log

from crowd.agreement import proportion_interval

MORE_RIGHT_THAN_WRONG = 0.5
BEST = 0.9  # nobody counts for more: on a hard image the reliable err together
PRIOR = 0.05  # share of known answers that are wrong, before anybody has looked
SURE = 0.95
FEWEST = 3


@dataclass(frozen=True)
class Witness:
    """A worker who answered the gold: their record on other gold, and whether they gave the gold answer here."""

    seen: int
    passed: int
    right: bool

    @property
    def accuracy(self) -> float:
        """Their share of right answers on other gold (the mean under Jeffreys' prior), at most `BEST`."""
        return min((self.passed + 0.5) / (self.seen + 1.0), BEST)


@dataclass(frozen=True)
class Finding:
    """Another answer than the gold one: which witness gave it, how many of how many gave the like, how likely it is."""

    witness: int
    gave: int
    of: int
    probability: float


def trusted(*, seen: int, passed: int) -> bool:
    """Whether a record on gold proves that a worker is more often right than wrong.

    The whole 95 % interval of their accuracy lies above one half: from four of four, or seven of eight, on.
    """
    return proportion_interval(passed, seen)[0] > MORE_RIGHT_THAN_WRONG


def suspect(witnesses: Sequence[Witness], alike: Sequence[Sequence[bool]]) -> Finding | None:
    """The answer that is likelier right than the gold one; None where there is none.

    Two answers compete: the gold one, and the one that the weightiest group of the others agrees on. Each witness
    speaks for the answer they gave with the log-odds of their accuracy, as independent voters do (the one-coin case of
    A. P. Dawid and A. M. Skene, Applied Statistics 28 (1979) 20–28); who gave a third one speaks for neither.

    Parameters
    ----------
    witnesses : sequence of Witness
        Trusted workers only; their order is that of `alike`.
    alike : n x n, bool
        Whether two witnesses gave the same answer; symmetric, true on the diagonal.

    Returns
    -------
    Finding or None
        Where at least three agree, and the odds against the gold answer are 19 to 1 or more though gold is wrong but
        one time in twenty.
    """
    weights = [log(one.accuracy / (1.0 - one.accuracy)) for one in witnesses]
    others = [index for index, one in enumerate(witnesses) if not one.right]
    if len(others) < FEWEST:
        return None
    groups = {index: [other for other in others if alike[index][other]] for index in others}
    chosen = max(others, key=lambda index: (sum(weights[other] for other in groups[index]), -index))
    behind = sum(weights[other] for other in groups[chosen])
    against = sum(weight for weight, one in zip(weights, witnesses, strict=True) if one.right)
    odds = PRIOR / (1.0 - PRIOR) * exp(min(behind - against, 50.0))
    probability = odds / (1.0 + odds)
    if len(groups[chosen]) < FEWEST or probability < SURE:
        return None
    return Finding(witness=chosen, gave=len(groups[chosen]), of=len(witnesses), probability=round(probability, 4))
