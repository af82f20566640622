"""Agreement label by label: which classes people tell apart, and which they do not."""

from collections.abc import Hashable, Mapping, Sequence
from itertools import combinations


def class_agreement(values: Sequence[Sequence[Hashable | None]]) -> Mapping[Hashable, float]:
    """Specific agreement on each label: if one of two raters gives it, how probably the other one does too.

    Over all pairs of raters inside units: twice the pairs that both give the label, over all labels of that kind in
    pairs. Labels that never come into a pair are left out.

    Parameters
    ----------
    values : raters x units, None where a rater did not label a unit

    Source: D. V. Cicchetti and A. R. Feinstein, "High agreement but low kappa: II. Resolving the paradoxes", Journal of
    Clinical Epidemiology 43 (1990) 551–558, for two raters; the mean over pairs is its usual extension.
    """
    both: dict[Hashable, int] = {}
    given: dict[Hashable, int] = {}
    for unit in zip(*values, strict=True):
        for a, b in combinations([label for label in unit if label is not None], 2):
            given[a] = given.get(a, 0) + 1
            given[b] = given.get(b, 0) + 1
            if a == b:
                both[a] = both.get(a, 0) + 2
    return {label: both.get(label, 0) / number for label, number in given.items()}


def over_time(scores: Sequence[tuple[float, float]], *, window: float) -> tuple[tuple[float, int, float], ...]:
    """Means of scores in windows of time, `(start, number, mean)` in order; windows without a score are left out.

    Parameters
    ----------
    scores : sequence of (time, score)
        Times in any unit, such as seconds since the epoch; scores such as an image's agreement.
    window : float
        Length of a window in the same unit; windows begin at its multiples.
    """
    if window <= 0:
        raise ValueError("a window must have a length")
    found: dict[int, list[float]] = {}
    for when, value in scores:
        found.setdefault(int(when // window), []).append(value)
    return tuple((place * window, len(each), sum(each) / len(each)) for place, each in sorted(found.items()))
