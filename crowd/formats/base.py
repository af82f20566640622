"""What writers are given and what they answer."""

import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, BinaryIO, Final, Protocol

from crowd.labels.types import Annotation, LabelledObject, Schema

# made once: `json.dumps` makes one for each call that asks for anything but the defaults
_ENCODER: Final = json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":"))


@dataclass(frozen=True, slots=True)
class ImageFacts:
    """One image; width and height as people see it. `url` only where there is a lasting one."""

    id: int
    name: str
    sha256: str
    width: int
    height: int
    url: str | None = None


@dataclass(frozen=True, slots=True)
class LineageStep:
    """One answer that a label came from; `worker` is a pseudonym, `weight` what the method made of the answer."""

    assignment: int | str
    worker: str
    guideline: int
    weight: float


@dataclass(frozen=True, slots=True)
class ReleaseItem:
    """One resolved task: its image, its label and how that came about.

    `picture` reads the image's file, where the release packs images into its files.
    """

    task: int
    image: ImageFacts
    annotation: Annotation
    confidence: float | None
    agreement: float | None
    method: str
    guideline: int
    by: str | None
    resolved_at: datetime
    lineage: tuple[LineageStep, ...] = ()
    split: str | None = None
    picture: Callable[[], bytes] | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Meta:
    """What a file says of itself."""

    project: str
    release: int
    created_at: datetime | None = None
    note: str = ""
    license: str = ""


@dataclass(frozen=True, slots=True)
class Report:
    """What a file holds, and what its format could not say, as sentences with how often.

    `approximated` is there in another form (a hole as pixels, a turned box as its corners); `left_out` is not there for
    readers of that format, though perhaps beside its own fields. `next` is where another file of the same kind goes on.
    """

    images: int
    labels: int
    approximated: Mapping[str, int] = field(default_factory=dict)
    left_out: Mapping[str, int] = field(default_factory=dict)
    next: int | None = None


class Write(Protocol):
    """Write the items to `sink`, an empty binary file, and tell what became of them."""

    def __call__(self, items: Iterable[ReleaseItem], *, schema: Schema, sink: BinaryIO, meta: Meta) -> Report:
        """See the class."""


@dataclass(frozen=True, slots=True)
class Writer:
    """One format: the file's name in the release, its type, and the function that writes it."""

    name: str
    filename: str
    content_type: str
    write: Write


class Tally:
    """The counts of a report while they grow."""

    def __init__(self) -> None:
        self.images = 0
        self.labels = 0
        self.approximated: Counter[str] = Counter()
        self.left_out: Counter[str] = Counter()

    def counted(self, items: Iterable[ReleaseItem]) -> Iterator[ReleaseItem]:
        """Yield the items, counting images."""
        for item in items:
            self.images += 1
            yield item

    def lose(self, each: LabelledObject) -> None:
        """Count what a format has no place for beside an object's shape and class: its own name and its score."""
        if each.id is not None:
            self.left_out["an object's own id"] += 1
        if each.score is not None:
            self.left_out["an object's score"] += 1

    def report(self) -> Report:
        """Return what was counted, in a fixed order."""
        return Report(
            images=self.images,
            labels=self.labels,
            approximated=dict(sorted(self.approximated.items())),
            left_out=dict(sorted(self.left_out.items())),
        )


def to_json(value: Any) -> str:
    """Return compact JSON, in the order of the dictionary's keys; never NaN, which is no JSON."""
    return _ENCODER.encode(value)


def timestamp(moment: datetime) -> str:
    """Return ISO 8601 in UTC, as the API writes it."""
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


def lineage_to_json(item: ReleaseItem) -> list[dict[str, Any]]:
    """Return the answers that the label came from, as the API writes them."""
    return [
        {"assignment": step.assignment, "worker": step.worker, "guideline": step.guideline, "weight": step.weight}
        for step in item.lineage
    ]


def provenance(item: ReleaseItem) -> dict[str, Any]:
    """Return how the label came about, as the API writes it."""
    return {
        "confidence": item.confidence,
        "agreement": item.agreement,
        "method": item.method,
        "guideline": item.guideline,
        "by": item.by,
        "resolved_at": timestamp(item.resolved_at),
        "lineage": lineage_to_json(item),
    }
