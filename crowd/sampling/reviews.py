"""Which settled images reviewers look at all the same: drawn by lot, each with a chance that is known."""

import hashlib

MOST = 4.0  # times as often as the rate says, the most that anything is drawn
BARELY_SETTLED, RARE, NEWCOMER = 2.0, 2.0, 2.0
ENOUGH = 30  # drawn of a class, answers of a worker: from there on they are drawn like the rest


def lot(seed: str, key: int) -> float:
    """The lot of a task, in [0, 1): the same for the same seed and task, and independent of everything else.

    The first 53 bits of SHA-256 of both, so that whoever knows the seed may draw again, and nobody else can tell.
    """
    digest = hashlib.sha256(f"{seed}:{key}".encode()).digest()
    return (int.from_bytes(digest[:8], "big") >> 11) / 2.0**53


def chance(rate: float, *, confidence: float, target: float, of_class: int = ENOUGH, of_worker: int = ENOUGH) -> float:
    """The probability with which a settled task is drawn; it is drawn where its `lot` is below.

    Parameters
    ----------
    rate : float
        The share of the settled tasks to be looked at, 0 to 1.
    confidence : float
        Of the task's label, 0 to 1.
    target : float
        The confidence from which labels are settled; just there they are drawn twice as often as sure ones.
    of_class, of_worker : int
        How many of its class were drawn before, and how many answers the newest of its workers has given; below
        `ENOUGH` it is drawn twice as often, so that no class and no newcomer stays unseen.

    Returns
    -------
    float
        1 - (1 - rate)^f where f is the product of these factors, from 1 to `MOST`: about f times the rate where that is
        small, and certain where the rate is 1.
    """
    sure = 1.0 if target >= 1.0 else min(max((confidence - target) / (1.0 - target), 0.0), 1.0)
    factor = BARELY_SETTLED - (BARELY_SETTLED - 1.0) * sure
    factor *= RARE if of_class < ENOUGH else 1.0
    factor *= NEWCOMER if of_worker < ENOUGH else 1.0
    return float(1.0 - (1.0 - rate) ** min(factor, MOST))


def most(rate: float) -> float:
    """The greatest `chance` that anything has at a rate: whatever has a lot above it need not be looked into."""
    return float(1.0 - (1.0 - rate) ** MOST)
