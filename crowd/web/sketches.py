"""An answer as a small drawing over its picture, and as words beside it."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from crowd.geometry import cuboids, rotated_boxes


@dataclass(frozen=True)
class Mark:
    """One outline: an SVG element and its attributes' values, in the image's pixels."""

    kind: str
    points: str = ""
    x: float = 0
    y: float = 0
    rx: float = 0
    ry: float = 0
    turn: float = 0


def marks_of(document: Mapping[str, Any]) -> list[Mark]:
    """Return the outlines of a document's objects; masks have none."""
    return [mark for item in document.get("objects", []) for mark in _marks(item)]


def words_of(document: Mapping[str, Any]) -> str:
    """Return the answers in one line, and how many objects of each class there are."""
    said = [f"{name}: {_word(value)}" for name, value in document.get("classifications", {}).items()]
    counts = Counter(item["label"] for item in document.get("objects", []))
    return ", ".join([*said, *(f"{count} × {label}" for label, count in counts.items())]) or _("nothing")


def _word(value: Any) -> str:
    if isinstance(value, list):
        return _(" and ").join(value) or _("none")
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    return str(value)


def _marks(item: Mapping[str, Any]) -> Iterator[Mark]:
    if "box" in item:
        x, y, width, height = item["box"]
        yield _ring([(x, y), (x + width, y), (x + width, y + height), (x, y + height)])
    elif "rotated_box" in item:
        yield _ring(rotated_boxes.corners([item["rotated_box"]])[0].tolist())
    elif "polygon" in item:
        yield from (_ring(ring) for ring in item["polygon"])
    elif "cuboid" in item:
        yield _ring(cuboids.silhouette(item["cuboid"]).tolist())
    elif "polyline" in item:
        yield Mark("line", points=_points(item["polyline"]))
    elif "ellipse" in item:
        x, y, rx, ry, turn = item["ellipse"]
        yield Mark("ellipse", x=x, y=y, rx=rx, ry=ry, turn=turn)
    elif "point" in item or "keypoints" in item:
        spots = [item["point"]] if "point" in item else [spot[:2] for spot in item["keypoints"] if spot[2]]
        yield from (Mark("line", points=_points([spot, spot])) for spot in spots)


def _ring(corners: Any) -> Mark:
    return Mark("ring", points=_points(corners))


def _points(corners: Any) -> str:
    return " ".join(f"{x:.1f},{y:.1f}" for x, y in corners)
