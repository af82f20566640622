"""The share of wrong labels in a data set, from the sample of it that reviewers have looked at."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from crowd.agreement import proportion_interval


@dataclass(frozen=True)
class Looked:
    """A label that a reviewer has looked at: whether it was wrong, and with what probability it was drawn."""

    wrong: bool
    probability: float
    category: str = ""


@dataclass(frozen=True)
class ErrorRate:
    """The share of wrong labels.

    Attributes
    ----------
    rate : float or None
        The estimate, 0 to 1; None where nobody has looked at any.
    interval : (low, high)
        Where the share lies with the probability asked for; (0, 1) where nobody has looked.
    reviewed : int
        How many labels were looked at.
    wrong : float
        How many of all labels are wrong by the same estimate (`horvitz_thompson`).
    """

    rate: float | None
    interval: tuple[float, float]
    reviewed: int
    wrong: float


def horvitz_thompson(values: Iterable[float], probabilities: Iterable[float]) -> float:
    """The total of a quantity over everybody, from those drawn: each counts for as many as 1 / its probability.

    Unbiased whatever the quantity and the probabilities, as long as none is 0 (D. G. Horvitz and D. J. Thompson, "A
    generalization of sampling without replacement from a finite universe", JASA 47 (1952) 663-685).
    """
    return sum(value / chance for value, chance in zip(values, probabilities, strict=True))


def error_rate(looked: Sequence[Looked], *, drawn: int | None = None, level: float = 0.95) -> ErrorRate:
    """The share of wrong labels among all that had a chance of being drawn.

    Parameters
    ----------
    looked : sequence of Looked
        Drawn independently of one another, each with its own probability in (0, 1].
    drawn : int, optional
        How many were drawn, where not all have been looked at yet: those that were are taken for a fair part of them.
    level : float
        In (0, 1), of the interval.

    Returns
    -------
    ErrorRate
        The ratio of the Horvitz-Thompson totals of the wrong ones and of all (Hájek's form: unbiased up to terms of
        order 1 / n, and never above 1). The interval is Jeffreys' for as many equal draws as these are worth: Kish's
        effective number (Σw)² / Σw², each draw counted the less the likelier it was, so that whoever has looked at
        everything knows.
    """
    if not looked:
        return ErrorRate(None, (0.0, 1.0), 0, 0.0)
    answered = min(len(looked) / drawn, 1.0) if drawn else 1.0
    chances = [each.probability * answered for each in looked]
    weights = [1.0 / chance for chance in chances]
    wrong = horvitz_thompson((float(each.wrong) for each in looked), chances)
    total = sum(weights)
    rate = min(wrong / total, 1.0)
    spread = sum(weight**2 * (1.0 - chance) for weight, chance in zip(weights, chances, strict=True))
    if spread <= 0:
        return ErrorRate(rate, (rate, rate), len(looked), wrong)
    worth = total**2 / spread
    return ErrorRate(rate, proportion_interval(rate * worth, worth, level=level), len(looked), wrong)


def by_category(
    looked: Sequence[Looked], *, drawn: Mapping[str, int] | None = None, level: float = 0.95
) -> dict[str, ErrorRate]:
    """The share of wrong labels of each class, in the order of their names; each class is a sample of its own."""
    found: dict[str, list[Looked]] = defaultdict(list)
    for each in looked:
        found[each.category].append(each)
    return {name: error_rate(found[name], drawn=(drawn or {}).get(name), level=level) for name in sorted(found)}
