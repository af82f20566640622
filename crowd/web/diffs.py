"""Differences between guideline versions in words."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

_ONE_SIDED = ("added", "removed")
_MOVED = ("renamed", "merged", "split")
_KINDS = {"+": "add", "-": "del", " ": "same", "@": "gap"}
_HEADING = 2
# what `crowd.labels.diff` says, for the reader's language
SAID = (
    gettext_noop("added"),
    gettext_noop("removed"),
    gettext_noop("renamed"),
    gettext_noop("merged"),
    gettext_noop("split"),
    gettext_noop("changed"),
    gettext_noop("class"),
    gettext_noop("question"),
    gettext_noop("option"),
    gettext_noop("shape"),
    gettext_noop("kind"),
    gettext_noop("required"),
    gettext_noop("min side"),
    gettext_noop("stuff"),
    gettext_noop("keypoints"),
    gettext_noop("skeleton"),
    gettext_noop("sigmas"),
    gettext_noop("description"),
    gettext_noop("color"),
    gettext_noop("hotkey"),
)


@dataclass(frozen=True)
class Change:
    """One change of the schema."""

    kind: str
    text: str

    @property
    def word(self) -> str:
        """What happened, in the reader's language."""
        return _(self.kind)


def changes_of(schema: Mapping[str, Sequence[Mapping[str, Any]]]) -> list[Change]:
    """Return each change as a word and a sentence, the heaviest first."""
    found = [Change(kind, f"{_what(entry)} {entry['address']}") for kind in _ONE_SIDED for entry in schema[kind]]
    for kind in _MOVED:
        found += [
            Change(kind, f"{_what(entry)} {', '.join(entry['old'])} → {', '.join(entry['new'])}")
            for entry in schema[kind]
        ]
    found += [
        Change(
            "changed",
            f"{_of(entry)}: {_shown(entry['before'])} → {_shown(entry['after'])}",
        )
        for entry in schema["changed"]
    ]
    return found


def _what(entry: Mapping[str, Any]) -> str:
    what = entry["what"]
    return _(what)


def _of(entry: Mapping[str, Any]) -> str:
    facet = entry["facet"].replace("_", " ")
    told = {"facet": _(facet), "what": _what(entry), "address": entry["address"]}
    return _("%(facet)s of %(what)s %(address)s") % told


def _shown(value: object) -> str:
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    return _("nothing") if value in ("", None, [], ()) else str(value)


def lines_of(unified: Iterable[str]) -> list[tuple[str, str]]:
    """Return a unified difference as (kind, line), without its two heading lines."""
    return [(_KINDS.get(line[:1], "same"), line) for line in list(unified)[_HEADING:]]
