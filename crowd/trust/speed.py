"""Speed: answers in less time than the task needs."""

import numpy as np

from crowd.agreement import proportion_interval
from crowd.trust.evidence import Evidence
from crowd.trust.findings import Finding, Severity

ANSWERS = 30
UNCHECKED = 100  # answers after which no gold is waited for
FAST = 0.25
LEVEL = 0.99


def speed(evidence: Evidence, held: Severity | None) -> Finding | None:
    """Most answers took less than a quarter of what others, at the median, took for the same image.

    Image by image, so that easy images are nobody's fault. To be quick is no fault either: whoever is proven good is
    left alone, a pause needs gold answers that say the same, and before anything is known the worker is only checked
    more often.
    """
    number = evidence.seconds.size
    if number < ANSWERS or evidence.proven:
        return None
    ratios = evidence.seconds / np.maximum(evidence.others_seconds, 1e-9)
    fast = int((ratios < FAST).sum())
    if proportion_interval(fast, number, level=LEVEL)[0] <= (0.5 if held is None else 0.35):
        return None
    severity: Severity = "warn"
    if evidence.judged and evidence.chance_below >= 0.9:
        severity = "pause"
    elif evidence.seen < 2 * evidence.min_checks and number < UNCHECKED:
        severity = "note"
    usual = float(np.median(ratios))
    reason = (
        f"{fast} of the latest {number} answers took less than a quarter of the time that others need for the same "
        f"images; typically {usual:.0%} of it."
    )
    return Finding("speed", severity, reason, {"fast": fast, "of": int(number), "ratio": round(usual, 3)})
