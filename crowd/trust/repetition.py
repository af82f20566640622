"""Repetition: the same answer again and again, whatever the image shows."""

from collections import Counter
from collections.abc import Hashable, Iterator
from itertools import groupby
from math import exp, log

from crowd.trust.evidence import Column, Evidence
from crowd.trust.findings import Finding, Severity

SHORTEST = 5
WARN, PAUSE, HOLD = 1e-6, 1e-10, 1e-4


def repetition(evidence: Evidence, held: Severity | None) -> Finding | None:
    """A run of identical answers that the crowd would not give to the same images.

    How probable each answer was is read off the others' answers to that very image, one more imagined in proportion to
    how often the crowd gives it at all. So a class that nearly every image has, or images that come sorted by class,
    do not trigger it. An upper bound: the probability of the run, times the places where it might begin, times the
    questions looked at.
    """
    found = [
        (chance + log(max(len(column.own), 1) * len(evidence.columns)), length, name)
        for name, column in evidence.columns.items()
        for chance, length in _runs(column)
    ]
    if not found or evidence.proven:
        return None
    chance, length, name = min(found)
    if chance > log(WARN if held is None else HOLD):
        return None
    bad = evidence.judged and evidence.chance_below >= 0.5
    unknown = not evidence.judged and chance <= 2 * log(PAUSE)
    severity: Severity = "pause" if chance <= log(PAUSE) and (bad or unknown) else "warn"
    reason = (
        f"The same answer was given {length} times in a row, to images that are not alike: as others see them, that "
        "hardly ever happens to somebody who looks at each."
    )
    return Finding("repetition", severity, reason, {"length": length, "chance": exp(max(chance, -700.0)), "of": name})


def _runs(column: Column) -> Iterator[tuple[float, int]]:
    """Log probability and length of each run of identical answers."""
    counts: Counter[Hashable] = Counter(answer for each in column.others for answer in each)
    total = sum(counts.values()) + len(counts) + 1
    place = 0
    for answer, run in groupby(column.own):
        length = len(list(run))
        if length >= SHORTEST:
            usual = (counts[answer] + 1) / total
            stretch = [each for each in column.others[place : place + length] if each]
            yield sum(log((list(each).count(answer) + usual) / (len(each) + 1)) for each in stretch), length
        place += length
