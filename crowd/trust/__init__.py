"""Whether a worker can be trusted: rules that find what is wrong, each with its reason and its false alarms counted.

A rule takes the `Evidence` on one worker and what it held against them before, and returns a `Finding` or None. What
it held before it holds on to a little longer, so that nobody goes to and fro at the limit.
"""

from collections.abc import Callable, Collection, Mapping

from crowd.trust.accuracy import accuracy
from crowd.trust.collusion import collusion
from crowd.trust.copies import copies
from crowd.trust.drift import drift
from crowd.trust.evidence import Column, Evidence, Peer
from crowd.trust.findings import RANK, Finding, Severity, doubt, worst
from crowd.trust.gathering import Answer, Shown, gather
from crowd.trust.repetition import repetition
from crowd.trust.speed import speed

Rule = Callable[[Evidence, Severity | None], Finding | None]

RULES: Mapping[str, Rule] = {
    "accuracy": accuracy,
    "drift": drift,
    "speed": speed,
    "repetition": repetition,
    "copies": copies,
    "collusion": collusion,
}
ON_GOLD = ("accuracy", "drift")  # the rules that need nothing but the worker's own gold answers

__all__ = [
    "ON_GOLD",
    "RANK",
    "RULES",
    "Answer",
    "Column",
    "Evidence",
    "Finding",
    "Peer",
    "Rule",
    "Severity",
    "Shown",
    "doubt",
    "examine",
    "gather",
    "worst",
]


def examine(
    evidence: Evidence, *, held: Mapping[str, Severity] | None = None, rules: Collection[str] = tuple(RULES)
) -> tuple[Finding, ...]:
    """What the rules find, the most severe first; `held` says what each one held against the worker before."""
    before = held or {}
    found = [finding for name in rules if (finding := RULES[name](evidence, before.get(name))) is not None]
    return tuple(sorted(found, key=lambda each: -RANK[each.severity]))
