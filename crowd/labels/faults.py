"""Everything wrong with a document, gathered by JSON path, so that a person can mend it all at once."""

from collections.abc import Collection, Mapping
from typing import Any

from crowd.errors import Invalid

ROOT = "$"
MAX_FAULTS = 200
OBJECT = (dict, Mapping)  # which nearly always is the first of them, and that is told ten times as fast
_SHOWN = 60


class Faults:
    """Sentences by JSON path; beyond `MAX_FAULTS` they are counted but not kept, so that a reply stays small."""

    def __init__(self) -> None:
        self._by_path: dict[str, list[str]] = {}
        self._count = 0

    def add(self, path: str, sentence: str) -> None:
        """Record that what stands at `path` is wrong."""
        self._count += 1
        if self._count <= MAX_FAULTS:
            self._by_path.setdefault(path or ROOT, []).append(sentence)

    @property
    def count(self) -> int:
        """How many were recorded so far."""
        return self._count

    def raise_if_any(self, *, code: str, thing: str) -> None:
        """Raise `Invalid` with all of them; do nothing where there is none."""
        if not self._count:
            return
        if self._count > MAX_FAULTS:
            self._by_path.setdefault(ROOT, []).append(f"{self._count - MAX_FAULTS} more faults are not listed")
        path, fault = next((path, faults[0]) for path, faults in self._by_path.items())
        count = self._count
        told = f"The {thing} has {count} {'fault' if count == 1 else 'faults'}; the first is at {path}: {fault}."
        raise Invalid(told, code=code, errors=self._by_path)


def shown(value: object) -> str:
    """`value` fit to be quoted in a sentence or a path: short, one line, encodable; containers only by their kind."""
    if isinstance(value, str):
        clipped = value if len(value) <= _SHOWN else value[: _SHOWN - 1] + "…"
        return "".join(letter if letter.isprintable() else "\ufffd" for letter in clipped)
    return kind(value)


def kind(value: object) -> str:
    """What JSON calls the kind of `value`."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true or false"
    for types, word in (
        ((int, float), "a number"),
        (str, "a string"),
        ((list, tuple), "a list"),
        (Mapping, "an object"),
    ):
        if isinstance(value, types):
            return word
    return "something JSON does not have"


def child(path: str, key: str) -> str:
    """The path of member `key` of the object at `path`."""
    return f"{path}.{shown(key)}" if path else shown(key)


def members(faults: Faults, path: str, data: object, *, known: Collection[str]) -> Mapping[str, Any] | None:
    """The object at `path`, with every member not in `known` refused by name; None where it is no object at all."""
    if not isinstance(data, OBJECT):
        faults.add(path, f"must be an object, not {kind(data)}")
        return None
    for key in data:
        if key not in known:
            names = ", ".join(known)
            faults.add(child(path, str(key)), f"is unknown here; known are {names}")
    return data


def sequence(faults: Faults, path: str, data: object, *, limit: int) -> list[Any]:
    """The list at `path`; empty, and a fault, where it is no list or longer than `limit`."""
    if not isinstance(data, list | tuple):
        faults.add(path, f"must be a list, not {kind(data)}")
    elif len(data) > limit:
        faults.add(path, f"has {len(data)} entries; at most {limit} are allowed")
    else:
        return list(data)
    return []
