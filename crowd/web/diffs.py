"""Differences between guideline versions in words."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

_ONE_SIDED = ("added", "removed")
_MOVED = ("renamed", "merged", "split")
_KINDS = {"+": "add", "-": "del", " ": "same", "@": "gap"}
_HEADING = 2


@dataclass(frozen=True)
class Change:
    """One change of the schema."""

    kind: str
    text: str


def changes_of(schema: Mapping[str, Sequence[Mapping[str, Any]]]) -> list[Change]:
    """Return each change as a word and a sentence, the heaviest first."""
    found = [Change(kind, f"{entry['what']} {entry['address']}") for kind in _ONE_SIDED for entry in schema[kind]]
    for kind in _MOVED:
        found += [
            Change(kind, f"{entry['what']} {', '.join(entry['old'])} → {', '.join(entry['new'])}")
            for entry in schema[kind]
        ]
    found += [
        Change(
            "changed",
            f"{entry['facet'].replace('_', ' ')} of {entry['what']} {entry['address']}: "
            f"{_shown(entry['before'])} → {_shown(entry['after'])}",
        )
        for entry in schema["changed"]
    ]
    return found


def _shown(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "nothing" if value in ("", None, [], ()) else str(value)


def lines_of(unified: Iterable[str]) -> list[tuple[str, str]]:
    """Return a unified difference as (kind, line), without its two heading lines."""
    return [(_KINDS.get(line[:1], "same"), line) for line in list(unified)[_HEADING:]]
