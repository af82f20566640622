"""What a guideline's author says became of labels: renamed, merged or divided, read from outside and checked.

A merge maps a new address to the old ones that were joined in it; it is the same as a rename of each. A division maps
an old address to `"ask"`, where only people can tell, or to a rule: `{"by": question, "into": {answer: new address},
"otherwise"?: new address}`. For a class the question is one of its attributes; for an option it is another question
about the same image or object. What the rule does not say is asked again.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from crowd.labels.answers_migration import Split
from crowd.labels.faults import Faults, child, kind, shown
from crowd.labels.renames import SPACES, Key, resolve_renames, same_kind
from crowd.labels.types import Classification, ObjectClass, Option, Schema

ASK = "ask"


@dataclass(frozen=True)
class Moves:
    """Checked: old addresses to new ones (two with one target are a merge), and the rules of what was divided."""

    renames: Mapping[str, str] = field(default_factory=dict)
    splits: Mapping[str, Split] = field(default_factory=dict)
    divided: tuple[str, ...] = ()  # what was divided, as answers speak of it: an option by its path alone


def parse_moves(
    *, old: Schema, new: Schema, rename: object = None, merge: object = None, split: object = None
) -> Moves:
    """What the three documents say; raises `Invalid` (code `invalid_rename`) naming every fault by its path."""
    faults = Faults()
    renames = dict(_renames(faults, rename))
    for after, before in _merges(faults, merge):
        if renames.setdefault(before, after) != after:
            faults.add(child("merge", after), f"“{shown(before)}” is also renamed to “{shown(renames[before])}”")
    splits: dict[str, Split] = {}
    for address, rule in _members(faults, "split", split):
        if address in renames:
            faults.add(child("split", address), f"is also renamed to “{shown(renames[address])}”")
        else:
            splits |= _split(faults, old, new, address, rule)
    faults.raise_if_any(code="invalid_rename", thing="change of labels")
    resolve_renames(old=old, new=new, renames=renames)
    return Moves(renames, splits, tuple(dict.fromkeys(_spoken(old, address) for address in splits)))


def _members(faults: Faults, path: str, data: object) -> Iterator[tuple[str, Any]]:
    if data is None:
        return
    if not isinstance(data, Mapping):
        faults.add(path, f"must be an object, not {kind(data)}")
        return
    yield from ((str(key), value) for key, value in data.items())


def _renames(faults: Faults, data: object) -> Iterator[tuple[str, str]]:
    for before, after in _members(faults, "rename", data):
        if isinstance(after, str):
            yield before, after
        else:
            faults.add(child("rename", before), f"must be a string, not {kind(after)}")


def _merges(faults: Faults, data: object) -> Iterator[tuple[str, str]]:
    for after, joined in _members(faults, "merge", data):
        if not isinstance(joined, list | tuple) or not all(isinstance(before, str) for before in joined):
            faults.add(child("merge", after), "must be a list of old addresses")
            continue
        yield from ((after, before) for before in joined if before != after)


def _split(faults: Faults, old: Schema, new: Schema, address: str, rule: object) -> dict[str, Split]:
    """The rule under the old address in full: an option's path alone will do where it is no class or question."""
    at = child("split", address)
    keys = [key for key in old.nodes if key[1] == address] or [
        key for key, node in old.nodes.items() if isinstance(node, Option) and key[1].endswith(f"/{address}")
    ]
    keys = [key for key in keys if not isinstance(old.nodes[key], Classification)]
    if not keys:
        faults.add(at, "is neither a class nor an option of the old schema")
        return {}
    return {key[1]: _rule(faults, at, old, new, key, rule) for key in keys}


def _rule(faults: Faults, at: str, old: Schema, new: Schema, key: Key, rule: object) -> Split:
    if rule == ASK:
        return Split(by="", into={})
    if (
        not isinstance(rule, Mapping)
        or not isinstance(rule.get("by"), str)
        or not isinstance(rule.get("into"), Mapping)
    ):
        faults.add(at, "must be “ask”, or an object with “by” (a question) and “into” (its answers to new labels)")
        return Split(by="", into={})
    for name in rule:
        if name not in ("by", "into", "otherwise"):
            faults.add(child(at, str(name)), "is unknown here; known are by, into, otherwise")
    question = _question(old, key, rule["by"])
    if question is None:
        faults.add(child(at, "by"), f"“{shown(rule['by'])}” is no question that is asked beside it in the old schema")
    into = {str(answer): _target(faults, child(child(at, "into"), str(answer)), old, new, key, went)
            for answer, went in rule["into"].items()}  # fmt: skip
    known = ("true", "false") if question and question.kind == "binary" else tuple(question.by_path) if question else ()
    for answer in into:
        if question is not None and answer not in known:
            faults.add(child(child(at, "into"), answer), f"is no answer to {question.name}")
    other = rule.get("otherwise")
    return Split(
        by=rule["by"],
        into=into,
        otherwise=None if other is None else _target(faults, child(at, "otherwise"), old, new, key, other),
    )


def _question(old: Schema, key: Key, name: str) -> Classification | None:
    """The question of that name beside the answer: of the object, or of the image."""
    space, address = key
    prefix = f"{address.split('/')[0]}/" if space == "objects" else ""
    found = old.nodes.get((space, prefix + name))
    return found if isinstance(found, Classification) else None


def _target(faults: Faults, at: str, old: Schema, new: Schema, key: Key, went: object) -> str:
    """The new address in full, of the same kind as what was divided."""
    space, address = key
    node = old.nodes[key]
    if isinstance(went, str):
        candidates: list[str] = [went, *(_beside(old, key, went) if isinstance(node, Option) else ())]
        fitting = [one for one in candidates if same_kind(node, new.nodes.get((space, one)))]
        if fitting:
            return fitting[0]
    what = "class" if isinstance(node, ObjectClass) else "option"
    faults.add(at, f"“{shown(went)}” is no {what} of the new schema")
    return address


def _spoken(old: Schema, address: str) -> str:
    names = address.split("/")
    for depth in range(len(names) - 1, 0, -1):
        if any(isinstance(old.nodes.get((space, "/".join(names[:depth]))), Classification) for space in SPACES):
            return "/".join(names[depth:])
    return address


def _beside(old: Schema, key: Key, path: str) -> Iterator[str]:
    """The addresses that an option's path alone may mean: below the question that the divided option answers."""
    space, address = key
    names = address.split("/")
    for depth in range(len(names) - 1, 0, -1):
        above = "/".join(names[:depth])
        if isinstance(old.nodes.get((space, above)), Classification):
            yield f"{above}/{path}"
            return
