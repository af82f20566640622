"""Intervals for proportions seen in few trials."""

from scipy.special import betaincinv


def proportion_interval(successes: float, trials: float, *, level: float = 0.95) -> tuple[float, float]:
    """The Jeffreys interval: where the true proportion lies with probability `level`.

    Quantiles of Beta(successes + 1/2, failures + 1/2), except that the interval reaches 0 where nothing succeeded and
    1 where nothing failed. Chosen over Wald's (absurd at few trials) and Clopper–Pearson's (too wide, so that bad
    workers stay longer): its coverage stays close to `level` on average down to a handful of trials.

    Source: L. D. Brown, T. T. Cai and A. DasGupta, "Interval estimation for a binomial proportion", Statistical
    Science 16 (2001) 101–133.

    Parameters
    ----------
    successes, trials : float
        0 <= successes <= trials; no trial gives (0, 1). Whole numbers, or what weighted trials are worth.
    level : float
        In (0, 1).
    """
    if not 0 <= successes <= trials:
        raise ValueError(f"{successes} of {trials} is not a proportion")
    if trials == 0:
        return (0.0, 1.0)
    tail = (1.0 - level) / 2.0
    a, b = successes + 0.5, trials - successes + 0.5
    low = 0.0 if successes == 0 else float(betaincinv(a, b, tail))
    high = 1.0 if successes == trials else float(betaincinv(a, b, 1.0 - tail))
    return (low, high)
