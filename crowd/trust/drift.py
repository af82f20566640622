"""Drift: the work was better earlier."""

import numpy as np
from scipy.stats import hypergeom

from crowd.agreement import proportion_interval
from crowd.trust.evidence import Evidence
from crowd.trust.findings import Finding, Severity

EARLIER = 10
LATER = (5, 8, 13, 20, 32, 50, 80, 125)  # checks since the fall: a scan of few places costs little certainty
WARN, HOLD = 1e-3, 1e-2


def drift(evidence: Evidence, held: Severity | None) -> Finding | None:
    """At some moment the checks began to go worse than chance explains; a pause where those since are below the bar.

    Fisher's exact test between the newest checks, of several numbers, and those before them; the smallest probability
    counts as often as there are numbers tried. A long good record does not hide a fall.
    """
    checks = np.asarray(evidence.checks, dtype=np.int64)
    places = checks.size - np.array([later for later in LATER if later <= checks.size - EARLIER], dtype=np.int64)
    if places.size < 1:
        return None
    right = np.cumsum(checks)
    since = right[-1] - right[places - 1]
    chances = hypergeom.cdf(since, checks.size, right[-1], checks.size - places)
    best = int(chances.argmin())
    if chances[best] * places.size > (WARN if held is None else HOLD):
        return None
    before, after = int(places[best]), int(checks.size - places[best])
    earlier, later = int(right[before - 1]), int(since[best])
    _, high = proportion_interval(later, after)
    reason = (
        f"Of the latest {after} checked answers {later} were right, of the {before} before them {earlier}: "
        "the work was better earlier."
    )
    severity: Severity = "pause" if after >= evidence.min_checks and high < evidence.bar else "warn"
    return Finding("drift", severity, reason, {"later": later, "of": after, "earlier": earlier, "before": before})
