"""Which images train, which validate, which test: drawn once, alike in each stratum, never torn apart by group."""

import hashlib
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

_WHOLE: Final = ""  # the stratum that all units are in


@dataclass(frozen=True, slots=True)
class Unit:
    """One image: its key, the group it must stay with, and what it is an example of (`labels`, perhaps none)."""

    key: int
    group: str
    labels: frozenset[str] = frozenset()


def strata(units: Iterable[Unit]) -> dict[int, str]:
    """Return each unit's stratum: the rarest of its labels, the first by name among equals; none for one without.

    The rarest, as common ones are spread well by chance: the greedy heart of iterative stratification (Sechidis,
    Tsoumakas and Vlahavas, On the stratification of multi-label data, ECML PKDD 2011).
    """
    listed = list(units)
    often = Counter(label for unit in listed for label in unit.labels)
    return {unit.key: min(unit.labels, key=lambda label: (often[label], label), default=_WHOLE) for unit in listed}


def assign(
    units: Iterable[Unit], *, fractions: Mapping[str, float], kept: Mapping[int, str], seed: str, stratify: bool = True
) -> dict[int, str]:
    """Return the split of every unit's key.

    A unit in `kept` stays where it was, as long as that split is still asked for, and so does its whole group (the
    split that most of the group has; the first by name among equals). Each other group goes where its stratum lacks
    most, then where the whole does; groups come in an order drawn from `seed`, so that the same units, `kept` and seed
    give the same splits whatever order they are given in.

    Parameters
    ----------
    units
        Images; those of one `group` get one split.
    fractions
        Shares by split, at least one, each from 0 to 1, adding up to 1.
    kept
        Splits drawn before, by key.
    seed
        What the order is drawn from.
    stratify
        Whether each stratum is spread alike; otherwise only the whole is.
    """
    listed = sorted(units, key=lambda unit: unit.key)
    stratum_of = strata(listed) if stratify else dict.fromkeys((unit.key for unit in listed), _WHOLE)
    groups: dict[str, list[Unit]] = defaultdict(list)
    for unit in listed:
        groups[unit.group].append(unit)
    plan = _Plan(fractions, Counter(stratum_of.values()), len(listed))
    found: dict[int, str] = {}
    open_: list[tuple[str, list[Unit]]] = []
    for name, members in groups.items():
        had = Counter(kept[unit.key] for unit in members if kept.get(unit.key) in fractions)
        if had:
            split = min(had, key=lambda each: (-had[each], each))
            found.update(dict.fromkeys((unit.key for unit in members), split))
            plan.count(split, Counter(stratum_of[unit.key] for unit in members))
        else:
            open_.append((name, members))
    # the largest first: they are the hardest to place
    for _, members in sorted(open_, key=lambda each: (-len(each[1]), _draw(seed, each[0]), each[0])):
        within = Counter(stratum_of[unit.key] for unit in members)
        split = plan.best(within)
        plan.count(split, within)
        found.update(dict.fromkeys((unit.key for unit in members), split))
    return found


class _Plan:
    """How many of each stratum each split should have, and has."""

    def __init__(self, fractions: Mapping[str, float], sizes: Mapping[str, int], total: int) -> None:
        self._names = [name for name, share in fractions.items() if share > 0]
        self._lack = {(name, stratum): fractions[name] * n for name in self._names for stratum, n in sizes.items()}
        self._whole = {name: fractions[name] * total for name in self._names}

    def best(self, within: Mapping[str, int]) -> str:
        """Return the split that lacks most of what a group brings."""
        main = min(within, key=lambda stratum: (-within[stratum], stratum))
        place = {name: i for i, name in enumerate(self._names)}
        return min(self._names, key=lambda name: (-self._lack[name, main], -self._whole[name], place[name]))

    def count(self, split: str, within: Mapping[str, int]) -> None:
        """Note that a group went there."""
        if split not in self._whole:
            return
        for stratum, number in within.items():
            self._lack[split, stratum] -= number
            self._whole[split] -= number


def _draw(seed: str, group: str) -> bytes:
    return hashlib.blake2b(f"{seed}\0{group}".encode(), digest_size=8).digest()
