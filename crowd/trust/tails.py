"""How improbable it is that chance alone did it."""

from collections.abc import Sequence

import numpy as np
from scipy.stats import binom

from crowd.agreement import proportion_interval


def beyond(k: int, n: int, *, usual: tuple[int, int], floor: float) -> float:
    """Probability of at least `k` of `n` where as many are usual as `usual` (k, n) shows, or `floor` if that is more.

    1 where the share itself is unremarkable: people differ, so that only a share several times the usual one counts.
    """
    expected = max(proportion_interval(*usual)[1] if usual[1] else floor, floor)
    low, _ = proportion_interval(k, n)
    return float(binom.sf(k - 1, n, expected)) if low >= max(5.0 * expected, 0.2) else 1.0


def at_least(k: int, chances: Sequence[float]) -> float:
    """Probability that at least `k` of independent events of these probabilities happen (Poisson binomial)."""
    spread = np.ones(1)
    for chance in chances:
        spread = np.convolve(spread, [1.0 - chance, chance])
    return float(np.clip(spread[k:].sum(), 0.0, 1.0))
