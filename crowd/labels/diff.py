"""What changed between two schemas, in meaning: not lines, but classes, questions, options and what is said of each."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any, Literal

from crowd.labels.renames import Key, Renames, resolve_renames, same_kind
from crowd.labels.types import Classification, Node, ObjectClass, Schema, Space

What = Literal["class", "question", "option"]

# what makes old answers mean something else, or not fit any more; the rest (descriptions, colours, keys) is for the eye
_MEANINGFUL = ("shape", "kind", "required", "min_side", "stuff", "keypoints")
_FACETS = (*_MEANINGFUL, "skeleton", "sigmas", "description", "color", "hotkey")


@dataclass(frozen=True)
class Entry:
    """A class, question or option that only one of the schemas has; `space` is `classifications` or `objects`."""

    what: What
    space: Space
    address: str


@dataclass(frozen=True)
class Moved:
    """Old addresses and the new ones they became: one to one renamed, several to one merged, one to several split."""

    what: What
    space: Space
    old: tuple[str, ...]
    new: tuple[str, ...]


@dataclass(frozen=True)
class Changed:
    """One property of something both schemas have; `address` is the new one."""

    what: What
    space: Space
    address: str
    facet: str
    before: Any
    after: Any


@dataclass(frozen=True)
class SchemaDiff:
    """All changes, in the order of the schemas; below an added or removed thing, what it contains is listed too."""

    added: tuple[Entry, ...] = ()
    removed: tuple[Entry, ...] = ()
    renamed: tuple[Moved, ...] = ()
    merged: tuple[Moved, ...] = ()
    split: tuple[Moved, ...] = ()
    changed: tuple[Changed, ...] = ()

    @property
    def is_empty(self) -> bool:
        """Whether the two schemas say the same (but for the order of things)."""
        return not any(getattr(self, each.name) for each in fields(self))

    @property
    def shape_changed(self) -> tuple[Changed, ...]:
        """Classes marked by another shape than before."""
        return self._facet("shape")

    @property
    def kind_changed(self) -> tuple[Changed, ...]:
        """Questions answered in another way than before."""
        return self._facet("kind")

    @property
    def options_added(self) -> tuple[str, ...]:
        """Addresses of new options."""
        return tuple(entry.address for entry in self.added if entry.what == "option")

    @property
    def options_removed(self) -> tuple[str, ...]:
        """Addresses of options that are gone."""
        return tuple(entry.address for entry in self.removed if entry.what == "option")

    @property
    def affected(self) -> tuple[str, ...]:
        """Old and new names of classes and questions whose earlier answers may now mean something else, sorted.

        Added options count (an earlier answer may have been the second best); renames and what is for the eye alone
        do not.
        """
        addresses = [entry.address for entry in (*self.added, *self.removed)]
        addresses += [address for moved in (*self.merged, *self.split) for address in (*moved.old, *moved.new)]
        addresses += [change.address for change in self.changed if change.facet in _MEANINGFUL]
        return tuple(sorted({address.split("/")[0] for address in addresses}))

    def _facet(self, facet: str) -> tuple[Changed, ...]:
        return tuple(change for change in self.changed if change.facet == facet)

    def to_json(self) -> dict[str, Any]:
        """The changes as a document: lists under added, removed, renamed, merged, split and changed."""
        return {each.name: [_plain(entry) for entry in getattr(self, each.name)] for each in fields(self)}


def _plain(entry: Entry | Moved | Changed) -> dict[str, Any]:
    return {each.name: _listed(getattr(entry, each.name)) for each in fields(entry)}


def _listed(value: Any) -> Any:
    return [_listed(each) for each in value] if isinstance(value, tuple) else value


def diff(
    old: Schema,
    new: Schema,
    *,
    renames: Mapping[str, str] | None = None,
    splits: Mapping[str, Sequence[str]] | None = None,
) -> SchemaDiff:
    """What changed from `old` to `new`, told which things were renamed, merged or split.

    Parameters
    ----------
    renames : old address to new address (see `crowd.labels.renames`); two olds with one new are a merge, as is an old
    with
        a new that the old schema had already
    splits : old address to the new addresses it was divided into

    Raises
    ------
    Invalid
        With code `invalid_rename` where a rename fits neither schema.
    """
    moves = resolve_renames(old=old, new=new, renames=renames or {})
    divided = {before: tuple(after) for before, after in (splits or {}).items()}
    origin = _origins(old, new, moves, divided)
    merged, renamed = _moved(new, origin)
    split = [Moved(_what(old.nodes[key]), key[0], (key[1],), divided[key[1]]) for key in old.nodes if key[1] in divided]
    reached = {key for keys in origin.values() for key in keys}
    gone = [key for key in old.nodes if key not in reached and key[1] not in divided]
    came = {address for addresses in divided.values() for address in addresses}
    return SchemaDiff(
        added=tuple(
            Entry(_what(node), *key) for key, node in new.nodes.items() if key not in origin and key[1] not in came
        ),
        removed=tuple(Entry(_what(old.nodes[key]), *key) for key in gone),
        renamed=tuple(renamed),
        merged=tuple(merged),
        split=tuple(split),
        changed=tuple(
            change for key, keys in origin.items() for change in _changes(old.nodes[keys[0]], new.nodes[key], key)
        ),
    )


def _origins(old: Schema, new: Schema, moves: Renames, divided: Mapping[str, tuple[str, ...]]) -> dict[Key, list[Key]]:
    """For each address of the new schema, in its order, the old ones that became it."""
    found: dict[Key, list[Key]] = {}
    for (space, address), node in old.nodes.items():
        key = (space, moves.new_address(space, address))
        if same_kind(node, new.nodes.get(key)) and address not in divided:
            found.setdefault(key, []).append((space, address))
    return {key: found[key] for key in new.nodes if key in found}


def _moved(new: Schema, origin: Mapping[Key, list[Key]]) -> tuple[list[Moved], list[Moved]]:
    merged: list[Moved] = []
    renamed: list[Moved] = []
    for key, keys in origin.items():
        moved = Moved(_what(new.nodes[key]), key[0], tuple(address for _, address in keys), (key[1],))
        if len(keys) > 1:
            merged.append(moved)
        elif keys[0] != key and _own_name(keys[0]) != _own_name(key):
            renamed.append(moved)
    return merged, renamed


def _own_name(key: Key) -> str:
    return key[1].rpartition("/")[2]


def _what(node: Node) -> What:
    if isinstance(node, ObjectClass):
        return "class"
    return "question" if isinstance(node, Classification) else "option"


def _changes(before: Node, after: Node, key: Key) -> list[Changed]:
    return [
        Changed(_what(after), key[0], key[1], facet, getattr(before, facet), getattr(after, facet))
        for facet in _FACETS
        if hasattr(after, facet) and getattr(before, facet) != getattr(after, facet)
    ]
