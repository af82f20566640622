"""What an owner may choose of a release: which labels, in which splits, with what beside them, in which files."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import isfinite
from typing import Any, Final

from crowd.errors import Invalid

SETTLED_BY: Final = ("consensus", "adjudication", "gold")
INCLUDE: Final = ("answers", "soft_labels")
IMAGES: Final = ("reference", "packed")
MOST_SPLITS: Final = 10
_KEYS: Final = frozenset({"filters", "splits", "include", "formats", "images"})
_FILTERS: Final = frozenset({"min_confidence", "classes", "guidelines", "settled_by"})


@dataclass(frozen=True, slots=True)
class Filters:
    """Which labels a release holds; what is empty keeps all.

    `classes` are classes of objects, or answers as `question/path` (which means everything below it too). Objects of
    other classes are left out, and so is an image that then has nothing of what was asked for.
    """

    min_confidence: float = 0.0
    classes: tuple[str, ...] = ()
    guidelines: tuple[int, ...] = ()
    settled_by: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Splits:
    """Shares by name, adding up to 1; images that agree in the metadata `group_by` stay together."""

    fractions: Mapping[str, float] = field(default_factory=dict)
    group_by: str = ""
    stratify: bool = True


@dataclass(frozen=True, slots=True)
class Options:
    """All of it; `formats` empty for `crowd.formats.BY_DEFAULT`.

    `images` are named by their SHA-256 (`reference`), or lie in the release as they came (`packed`). Links to them are
    no part of a release, as they expire: whoever may pull it is given fresh ones at any time.
    """

    filters: Filters = field(default_factory=Filters)
    splits: Splits = field(default_factory=Splits)
    include: tuple[str, ...] = ()
    formats: tuple[str, ...] = ()
    images: str = "reference"

    def to_json(self) -> dict[str, Any]:
        """Return what `parse` reads, without what was not chosen."""
        filters = {
            "min_confidence": self.filters.min_confidence,
            "classes": list(self.filters.classes),
            "guidelines": list(self.filters.guidelines),
            "settled_by": list(self.filters.settled_by),
        }
        found: dict[str, Any] = {}
        if kept := {name: value for name, value in filters.items() if value}:
            found["filters"] = kept
        if self.splits.fractions:
            found["splits"] = {
                "fractions": dict(self.splits.fractions),
                "group_by": self.splits.group_by,
                "stratify": self.splits.stratify,
            }
        if self.include:
            found["include"] = list(self.include)
        if self.formats:
            found["formats"] = list(self.formats)
        if self.images != "reference":
            found["images"] = self.images
        return found


class _Reader:
    """Reads one document and keeps every fault with its path."""

    def __init__(self) -> None:
        self.errors: dict[str, list[str]] = {}

    def fault(self, path: str, text: str) -> None:
        self.errors.setdefault(path, []).append(text)

    def mapping(self, value: object, path: str, keys: frozenset[str]) -> Mapping[str, Any]:
        if value is None:
            return {}
        if not isinstance(value, dict):
            self.fault(path, "Give an object.")
            return {}
        for key in value.keys() - keys:
            self.fault(f"{path}.{key}".lstrip("."), f"Not known here. Known are {', '.join(sorted(keys))}.")
        return value

    def names(self, value: object, path: str, known: Sequence[str] | None = None) -> tuple[str, ...]:
        if value is None:
            return ()
        if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
            self.fault(path, "Give a list of names.")
            return ()
        for each in value:
            if known is not None and each not in known:
                self.fault(path, f"{each[:100]!r} is none of {', '.join(known)}.")
        return tuple(sorted(set(value)))

    def one(self, value: object, path: str, known: Sequence[str]) -> str:
        if not isinstance(value, str) or value not in known:
            self.fault(path, f"Give one of {', '.join(known)}.")
            return known[0]
        return value

    def numbers(self, value: object, path: str) -> tuple[int, ...]:
        if value is None:
            return ()
        if not isinstance(value, list) or not all(type(each) is int and 0 < each < 2**31 for each in value):
            self.fault(path, "Give a list of version numbers.")
            return ()
        return tuple(sorted(set(value)))

    def share(self, value: object, path: str) -> float:
        if isinstance(value, bool) or not isinstance(value, int | float) or not isfinite(value) or not 0 <= value <= 1:
            self.fault(path, "Give a number from 0 to 1.")
            return 0.0
        return float(value)


def parse(document: object, *, formats: Sequence[str]) -> Options:
    """Return what was chosen; raise `Invalid` with every fault by its path.

    Parameters
    ----------
    document
        Parsed JSON: `{"filters": {"min_confidence", "classes", "guidelines", "settled_by"}, "splits": {"fractions",
        "group_by", "stratify"}, "include": [...], "formats": [...],
        "images": "reference" | "packed"}`, each part optional.
    formats
        The names that `formats` may choose from.
    """
    reader = _Reader()
    given = reader.mapping(document, "", _KEYS)
    filters = reader.mapping(given.get("filters"), "filters", _FILTERS)
    options = Options(
        filters=Filters(
            min_confidence=reader.share(filters.get("min_confidence", 0), "filters.min_confidence"),
            classes=reader.names(filters.get("classes"), "filters.classes"),
            guidelines=reader.numbers(filters.get("guidelines"), "filters.guidelines"),
            settled_by=reader.names(filters.get("settled_by"), "filters.settled_by", SETTLED_BY),
        ),
        splits=_splits(given.get("splits"), reader),
        include=reader.names(given.get("include"), "include", INCLUDE),
        formats=reader.names(given.get("formats"), "formats", formats),
        images=reader.one(given.get("images", "reference"), "images", IMAGES),
    )
    if reader.errors:
        raise Invalid("This cannot be released as it was asked for.", errors=reader.errors)
    return options


def _splits(value: object, reader: _Reader) -> Splits:
    given = reader.mapping(value, "splits", frozenset({"fractions", "group_by", "stratify"}))
    if not given:
        return Splits()
    group_by, stratify = given.get("group_by", ""), given.get("stratify", True)
    if not isinstance(group_by, str):
        reader.fault("splits.group_by", "Give the name of a metadata field.")
        group_by = ""
    if not isinstance(stratify, bool):
        reader.fault("splits.stratify", "Give true or false.")
        stratify = True
    return Splits(_fractions(given.get("fractions"), reader), group_by, stratify)


def _fractions(value: object, reader: _Reader) -> dict[str, float]:
    path = "splits.fractions"
    if not isinstance(value, dict) or not 1 <= len(value) <= MOST_SPLITS:
        reader.fault(path, 'Give shares by name, such as {"train": 0.8, "val": 0.1, "test": 0.1}.')
        return {}
    found = {name: reader.share(share, f"{path}.{name}") for name, share in value.items()}
    for name in found:
        if not (name.isascii() and name.isidentifier() and len(name) <= 20):
            reader.fault(path, f"{name[:100]!r} cannot name a folder: use up to 20 letters, digits and underscores.")
    if abs(sum(found.values()) - 1) > 1e-6 and not any(each.startswith(path) for each in reader.errors):
        reader.fault(path, f"The shares add up to {sum(found.values()):g}, not to 1.")
    return found
