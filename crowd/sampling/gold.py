"""How often to serve gold: more to newcomers and to the doubtful, less as certainty grows, never none."""

from crowd.agreement import proportion_interval

LEAST_SHARE = 0.2  # of the base rate: the sure are still checked, or standing would rest on old news for ever
NEWCOMER_FACTOR = 4.0
MOST = 0.5  # work gets done even while somebody is being tested


def gold_probability(base: float, *, seen: int, passed: int, min_checks: int, doubt: float = 1.0) -> float:
    """Probability that the next task given to a worker is a gold one.

    Parameters
    ----------
    base : float
        The project's gold rate, 0 to 1; at 0 there is no gold.
    seen, passed : int
        Gold tasks the worker has answered, and answered well.
    min_checks : int
        Checks below which the worker is a newcomer.
    doubt : float
        How many times as often as its evidence asks for the worker is checked, 1 or more.

    Returns
    -------
    float
        `base` times a factor: 4 for a newcomer without any check, falling to 1 at `min_checks`; from there on the
        width of the Jeffreys interval of the worker's accuracy relative to its width for a perfect record of
        `min_checks`, so that uncertainty raises it and evidence lowers it down to 0.2; all that times `doubt`. Never
        above one half, unless `base` itself is.
    """
    if base <= 0:
        return 0.0
    if seen < min_checks:
        factor = NEWCOMER_FACTOR - (NEWCOMER_FACTOR - 1.0) * seen / min_checks
    else:
        reference = _width(min_checks, min_checks)
        factor = max(LEAST_SHARE, _width(passed, seen) / reference)
    return min(max(MOST, base), base * factor * doubt, 1.0)


def _width(passed: int, seen: int) -> float:
    low, high = proportion_interval(passed, seen)
    return high - low
