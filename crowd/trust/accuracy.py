"""Accuracy on gold: provably below the project's bar."""

from math import sqrt

from crowd.agreement import proportion_interval
from crowd.trust.evidence import Evidence
from crowd.trust.findings import Finding, Severity

PAUSE, WARN = 0.05, 0.10  # what lies outside the interval, at the first judgement
NOTE = 0.8
CLEAR = 0.2


def accuracy(evidence: Evidence, held: Severity | None) -> Finding | None:
    """The whole credible interval of the accuracy is below the bar, not only the average.

    The interval (Jeffreys') has 95 % at the first judgement and more later, 1 - 0.05 sqrt(first / seen): who is judged
    after every check would otherwise be below the bar once by bad luck. What is held against somebody is let go when
    they are clearly above the bar, with probability 0.8.
    """
    if not evidence.judged:
        return None
    seen, passed = evidence.seen, evidence.passed
    patience = sqrt(evidence.min_checks / seen)
    low, high = proportion_interval(passed, seen, level=1.0 - PAUSE * patience)
    severity: Severity | None = None
    if high < evidence.bar:
        severity = "pause"
    elif proportion_interval(passed, seen, level=1.0 - WARN * patience)[1] < evidence.bar:
        severity = "warn"
    elif held is not None and evidence.chance_below > CLEAR:
        severity = "note" if held == "note" else "warn"
    elif evidence.chance_below >= NOTE:
        severity = "note"
    if severity is None:
        return None
    reason = (
        f"{passed} of {seen} answers to checked images were right. The true share is very likely between "
        f"{low:.0%} and {high:.0%}, and this project asks for {evidence.bar:.0%}."
    )
    return Finding("accuracy", severity, reason, {"passed": passed, "seen": seen, "low": low, "high": high})
