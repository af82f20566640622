"""Copies: outlines that somebody else drew before."""

from crowd.trust.evidence import Evidence, Peer
from crowd.trust.findings import Finding, Severity
from crowd.trust.tails import beyond

NEAR_FLOOR, EXACT_FLOOR = 0.01, 0.001
WARN, PAUSE, HOLD = 1e-6, 1e-9, 1e-4
FEWEST, ENOUGH = 5, 10


def copies(evidence: Evidence, held: Severity | None) -> Finding | None:
    """More outlines than chance explains are all but identical to one other worker's, who drew them first.

    What is usual is measured on pairs of other workers, so that tools that snap to a grid or tiny objects, which make
    everybody's outlines alike, accuse nobody. Counted as often as there are other workers to be like.
    """
    tests = [(_chance(evidence, peer) * len(evidence.peers), peer) for peer in evidence.peers if peer.near >= FEWEST]
    if not tests:
        return None
    chance, peer = min(tests, key=lambda each: (each[0], each[1].key))
    if chance > (WARN if held is None else HOLD):
        return None
    severity: Severity = "pause" if chance <= PAUSE and peer.near >= ENOUGH else "warn"
    reason = (
        f"{peer.near} of {peer.matched} outlines are all but identical to outlines that somebody else drew before. "
        "That does not happen to people who draw for themselves."
    )
    figures: dict[str, float | str] = {
        "near": peer.near,
        "of": peer.matched,
        "exact": peer.exact,
        "peer": peer.key,
        "chance": chance,
    }
    return Finding("copies", severity, reason, figures)


def _chance(evidence: Evidence, peer: Peer) -> float:
    return min(
        beyond(peer.near, peer.matched, usual=evidence.near, floor=NEAR_FLOOR),
        beyond(peer.exact, peer.matched, usual=evidence.exact, floor=EXACT_FLOOR),
    )
