"""Collusion: two accounts make the same mistakes."""

from crowd.trust.evidence import Evidence
from crowd.trust.findings import Finding, Severity
from crowd.trust.tails import at_least

WARN, PAUSE, HOLD = 1e-4, 1e-7, 1e-2
FEWEST, ENOUGH = 5, 8


def collusion(evidence: Evidence, held: Severity | None) -> Finding | None:
    """Another worker gave the same wrong answers more often than the images' difficulty and their own errors explain.

    That two are right together says nothing; that they are wrong together, in the same way, where others are not,
    does. Counted as often as there are other workers to be like.
    """
    tests = [
        (at_least(sum(peer.same), peer.chance) * len(evidence.peers), peer)
        for peer in evidence.peers
        if sum(peer.same) >= FEWEST
    ]
    if not tests:
        return None
    chance, peer = min(tests, key=lambda each: (each[0], each[1].key))
    if chance > (WARN if held is None else HOLD):
        return None
    same, expected = sum(peer.same), sum(peer.chance)
    severity: Severity = "pause" if chance <= PAUSE and same >= ENOUGH else "warn"
    reason = (
        f"{same} mistakes are the very mistakes of one other person, where chance explains about {expected:.0f}. "
        "Everybody must answer for themselves."
    )
    figures: dict[str, float | str] = {
        "same": same,
        "of": len(peer.same),
        "expected": round(expected, 2),
        "peer": peer.key,
        "chance": chance,
    }
    return Finding("collusion", severity, reason, figures)
