"""How long an answer took, as far as the clock bears it out."""

from collections.abc import Mapping, Sequence

import numpy as np

from crowd.trust.evidence import Floats

BLOCK = 20


def credible_seconds(seconds: Floats, leased: Floats, submitted: Floats) -> Floats:
    """The seconds that a worker's client claims, scaled down where they do not fit into the time that passed.

    Twenty answers in a row cannot have taken longer, all together, than from the first of their leases to the last of
    their answers. One by one they may: what was done without a connection is handed in all at once.

    Parameters
    ----------
    seconds, leased, submitted : float arrays, shape (n,)
        One worker's answers in the order in which they were handed in; moments in seconds since any epoch.
    """
    result = seconds.astype(np.float64).copy()
    for start in range(0, seconds.size, BLOCK):
        block = slice(start, start + BLOCK)
        claimed = float(seconds[block].sum())
        passed = max(float(submitted[block].max() - leased[block].min()), 0.0)
        if claimed > passed:
            result[block] *= passed / claimed
    return result


def compared(own: Mapping[str, float], others: Mapping[str, Sequence[float]]) -> tuple[Floats, Floats]:
    """A worker's seconds and the median of the others', image by image, where two others answered."""
    shared = [task for task in own if len(others.get(task, ())) >= 2]
    return (
        np.array([own[task] for task in shared], dtype=np.float64),
        np.array([float(np.median(others[task])) for task in shared], dtype=np.float64),
    )
