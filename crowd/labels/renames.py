"""Old names to new ones between two schemas: what a guideline's author says was renamed or merged.

A rename maps an address of the old schema to one of the new: `{"car": "vehicle"}` for a class or a question,
`{"scene/outdoor": "scene/outside"}` for an option, `{"car/hidden": "car/occluded"}` for an attribute. Whatever lies
below moves along. Two old addresses with one new address are a merge. As people think in options, an option's path
alone will do, too (`{"cat": "feline"}`), where no class or question has that name; it then counts in every question
that has the option.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from crowd.labels.faults import Faults, child
from crowd.labels.types import Node, Option, Schema, Space

SPACES: tuple[Space, ...] = ("classifications", "objects")
Key = tuple[Space, str]


@dataclass(frozen=True)
class Renames:
    """Checked renames, by space and old address."""

    by_key: Mapping[Key, str]

    def new_address(self, space: Space, address: str) -> str:
        """Where `address` went: by the rename of it, or else of the nearest thing above it, or else where it was."""
        names = address.split("/")
        for depth in range(len(names), 0, -1):
            new = self.by_key.get((space, "/".join(names[:depth])))
            if new is not None:
                return "/".join([new, *names[depth:]])
        return address


def resolve_renames(*, old: Schema, new: Schema, renames: Mapping[str, str]) -> Renames:
    """The renames by space and address; raises `Invalid` (code `invalid_rename`) for one that fits neither schema."""
    faults = Faults()
    by_key: dict[Key, str] = {}
    for before, after in renames.items():
        keys = dict(_meant(old, before, after))
        fitting = {
            key: address for key, address in keys.items() if same_kind(old.nodes[key], new.nodes.get((key[0], address)))
        }
        if not keys:
            faults.add(child("rename", before), "is neither a class, a question nor an option of the old schema")
        elif not fitting:
            faults.add(child("rename", before), f"becomes “{after}”, which is nothing of its kind in the new schema")
        by_key |= fitting
    faults.raise_if_any(code="invalid_rename", thing="rename")
    return Renames(by_key)


def same_kind(first: Node | None, second: Node | None) -> bool:
    """Whether both are classes, both questions, or both options."""
    return first is not None and type(first) is type(second)


def _meant(old: Schema, before: str, after: str) -> Iterator[tuple[Key, str]]:
    exact = [(space, before) for space in SPACES if (space, before) in old.nodes]
    if exact:
        yield from ((key, after) for key in exact)
        return
    for (space, address), node in old.nodes.items():
        if isinstance(node, Option) and address.endswith(f"/{before}"):
            yield (space, address), address.removesuffix(before) + after
