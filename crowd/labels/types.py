"""What label schemas and annotations are made of: frozen dataclasses, valid where they came through the parsers.

**Paths.** Options nest; an answer is the names from the outermost option inwards, joined by `/`. Every node can be
chosen, not only leaves: who cannot tell a street from a field may still say `outdoor`, and consensus falls back to it.

**Addresses.** Anything that can be answered has one: a question's name; `question/option/.../attribute` for a question
attached to an option; inside an object's `attributes` the same, from the attribute's name on. An option's attribute is
answered under its address beside the question, `{"weather": ["rain"], "weather/rain/strength": "heavy"}`, and only
where that option is chosen. Hence an option's attributes and its own options never share a name.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal

Kind = Literal["binary", "single", "multiple"]
KINDS: tuple[Kind, ...] = ("binary", "single", "multiple")
Value = bool | str | tuple[str, ...]  # binary, single, multiple (paths, in the schema's order)


@dataclass(frozen=True)
class Option:
    """One choice of a question, perhaps with finer choices below it and questions of its own."""

    name: str
    options: "tuple[Option, ...]" = ()
    description: str = ""
    color: str = ""
    hotkey: str = ""
    attributes: "tuple[Classification, ...]" = ()


@dataclass(frozen=True)
class Classification:
    """One question: about the image, about an object (an attribute), or about a chosen option.

    `required` means that a finished annotation answers it: for `multiple`, with at least one path.
    """

    name: str
    kind: Kind
    required: bool = False
    options: tuple[Option, ...] = ()
    description: str = ""
    hotkey: str = ""

    @cached_property
    def by_path(self) -> Mapping[str, Option]:
        """Every option by its path, parents before their children, in the schema's order."""
        return dict(_walk(self.options, ""))

    @cached_property
    def order(self) -> Mapping[str, int]:
        """The place of every path in the schema's order."""
        return {path: place for place, path in enumerate(self.by_path)}

    def paths(self) -> tuple[str, ...]:
        """Every path that can be chosen, inner nodes too, parents first; none for a binary question."""
        return tuple(self.by_path)

    def leaves(self) -> tuple[str, ...]:
        """The paths with nothing finer below them."""
        return tuple(path for path, option in self.by_path.items() if not option.options)


def _walk(options: tuple[Option, ...], above: str) -> Iterator[tuple[str, Option]]:
    for option in options:
        path = f"{above}/{option.name}" if above else option.name
        yield path, option
        yield from _walk(option.options, path)


@dataclass(frozen=True)
class ObjectClass:
    """A class of things to be marked in the image, each by one shape.

    `min_side` is in pixels, 0 for no limit. `stuff` marks a class without instances. `keypoints`, `skeleton` (pairs
    of indices into them) and `sigmas` (one each, or none) belong to the shape `keypoints` alone.
    """

    name: str
    shape: str
    min_side: float = 0
    stuff: bool = False
    keypoints: tuple[str, ...] = ()
    skeleton: tuple[tuple[int, int], ...] = ()
    sigmas: tuple[float, ...] = ()
    attributes: tuple[Classification, ...] = ()
    color: str = ""
    hotkey: str = ""
    description: str = ""


@dataclass(frozen=True)
class Schema:
    """All questions about the image, and all classes of objects, of one guideline version."""

    classifications: tuple[Classification, ...] = ()
    objects: tuple[ObjectClass, ...] = ()

    @cached_property
    def _classifications(self) -> Mapping[str, Classification]:
        return {each.name: each for each in self.classifications}

    @cached_property
    def _objects(self) -> Mapping[str, ObjectClass]:
        return {each.name: each for each in self.objects}

    @cached_property
    def nodes(self) -> "Mapping[tuple[Space, str], Node]":
        """Everything with an address, by its space (a question and a class may share a name) and the address."""
        found: dict[tuple[Space, str], Node] = {}
        for question in self.classifications:
            _add_question(found, "classifications", question.name, question)
        for each in self.objects:
            found["objects", each.name] = each
            for attribute in each.attributes:
                _add_question(found, "objects", f"{each.name}/{attribute.name}", attribute)
        return found

    def classification(self, name: str) -> Classification | None:
        """The question of this name; None where there is none."""
        return self._classifications.get(name)

    def object_class(self, name: str) -> ObjectClass | None:
        """The class of objects of this name; None where there is none."""
        return self._objects.get(name)


Space = Literal["classifications", "objects"]
Node = ObjectClass | Classification | Option


def _add_question(found: dict[tuple[Space, str], Node], space: Space, address: str, question: Classification) -> None:
    found[space, address] = question
    for path, option in question.by_path.items():
        found[space, f"{address}/{path}"] = option
        for attribute in option.attributes:
            _add_question(found, space, f"{address}/{path}/{attribute.name}", attribute)


def attached(question: Classification, address: str, answer: object) -> Iterator[tuple[str, Classification]]:
    """The questions that `answer` opens, with their addresses: those of its options and of all options above them."""
    chosen = (answer,) if isinstance(answer, str) else answer if isinstance(answer, tuple) else ()
    seen: set[str] = set()
    for path in chosen:
        names = str(path).split("/")
        for depth in range(1, len(names) + 1):
            above = "/".join(names[:depth])
            option = question.by_path.get(above)
            if option is not None and above not in seen:
                seen.add(above)
                for attribute in option.attributes:
                    yield f"{address}/{above}/{attribute.name}", attribute


@dataclass(frozen=True)
class LabelledObject:
    """One thing marked in the image.

    `geometry` is what the document gives under the shape's name: numbers as they were sent, in nested tuples, or a
    `Mask`. `attributes` holds answers by address (see `crowd.labels.types`).
    """

    label: str
    shape: str
    geometry: Any
    attributes: Mapping[str, Value] = field(default_factory=dict)
    id: str | None = None
    score: float | None = None


@dataclass(frozen=True)
class Annotation:
    """Answers by address, in the schema's order, and the objects, in the document's order."""

    classifications: Mapping[str, Value] = field(default_factory=dict)
    objects: tuple[LabelledObject, ...] = ()
