"""What a rule says of a worker: how bad it is, why, and the figures behind it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal

Severity = Literal["note", "warn", "pause"]
RANK: Mapping[str, int] = {"note": 1, "warn": 2, "pause": 3}
_DOUBT: Mapping[str, float] = {"note": 1.5, "warn": 2.0, "pause": 3.0}


@dataclass(frozen=True)
class Finding:
    """One rule's finding.

    Attributes
    ----------
    rule : str
        A name of `crowd.trust.RULES`.
    severity : str
        `note`: only look closer; `warn`: tell the worker; `pause`: give no more work until somebody has looked.
    reason : str
        A sentence for the worker. It names neither an image nor another worker, and quotes nobody's answer.
    figures : mapping
        The numbers behind it, for the owner; `peer` is another worker's key.
    """

    rule: str
    severity: Severity
    reason: str
    figures: Mapping[str, float | str] = field(default_factory=dict)


def worst(findings: Iterable[Finding]) -> Finding | None:
    """The most severe; of equals the first."""
    return max(findings, key=lambda each: RANK[each.severity], default=None)


def doubt(findings: Iterable[Finding]) -> float:
    """How many times as often as others the worker should meet gold: 1 (nothing is held against them) to 3."""
    return max((_DOUBT[each.severity] for each in findings), default=1.0)
