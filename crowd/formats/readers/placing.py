"""Objects of existing sets as a guideline has them: in the shape of their class, in pixels of the image."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np

from crowd import geometry
from crowd.errors import Invalid
from crowd.formats.fitting import every_question
from crowd.formats.outlines import patch
from crowd.geometry import masks
from crowd.labels.types import ObjectClass, Schema

_SKEW: Final = 0.02  # of a side, by which four corners may miss a rectangle: six decimals of a share are not exact
AT_LEAST: Final = 10**8
TIMES: Final = 64
MANY: Final = "iscrowd"  # COCO's field for a region of many, and the attribute that says so


@dataclass
class Canvas:
    """One image: width and height in pixels, and whether shapes are in shares of these.

    `left` is how many pixels outlines may still be painted on: a text of many outlines is built to take for ever.
    """

    size: tuple[int, int]
    relative: bool
    left: int = field(init=False)

    def __post_init__(self) -> None:
        self.left = AT_LEAST + TIMES * self.size[0] * self.size[1]


def placed(drawn: Mapping[str, Any], *, schema: Schema, canvas: Canvas) -> tuple[dict[str, Any], list[tuple[str, str]]]:
    """Return an object of an annotation document, and what of it is not carried, each as code and sentence.

    `drawn` is a `crowd.formats.readers.sets.Drawn` as a dictionary. Raises Invalid (`unknown_class`, `other_shape`,
    `crowd_region`, `bad_shape`) where the object cannot be carried at all.
    """
    label, shapes = drawn["label"], drawn["shapes"]
    known = schema.object_class(label)
    if known is None:
        names = ", ".join(each.name for each in schema.objects[:20]) or "none"
        raise Invalid(f"The guideline has no class {label[:80]!r}; it has: {names}.", code="unknown_class")
    if canvas.relative:
        shapes = _scaled(shapes, known, canvas)
    if known.shape not in shapes:
        given = " or ".join(sorted(drawn["shapes"]))
        raise Invalid(f"{label} is a {known.shape} in the guideline; here it is a {given}.", code="other_shape")
    attributes, faults = _attributes(drawn, known)
    found: dict[str, Any] = {"label": label, known.shape: shapes[known.shape]}
    if attributes:
        found["attributes"] = attributes
    return found | {name: drawn[name] for name in ("id", "score") if drawn.get(name) is not None}, faults


def answered(answers: Mapping[str, Any], *, schema: Schema) -> tuple[dict[str, Any], list[tuple[str, str]]]:
    """Return the answers about an image that the guideline asks for, and what is not carried."""
    known = every_question(schema.classifications)
    faults = [("unknown_question", f"The guideline has no question {each[:80]!r}.") for each in answers.keys() - known]
    return {address: value for address, value in answers.items() if address in known}, sorted(faults)


def _attributes(drawn: Mapping[str, Any], known: ObjectClass) -> tuple[dict[str, Any], list[tuple[str, str]]]:
    asked = every_question(known.attributes)
    flags = drawn.get("flags", {})
    if flags.get(MANY) and MANY not in asked:
        raise Invalid(f"A region of many {known.name}, not one object.", code="crowd_region")
    given = drawn.get("attributes", {})
    found = {name: value for name, value in flags.items() if name in asked and asked[name].question.kind == "binary"}
    found |= {name: value for name, value in given.items() if name in asked}
    lost = sorted(given.keys() - asked.keys())
    return found, [("unknown_attribute", f"{known.name} has no attribute {each[:80]!r}.") for each in lost]


def _scaled(shapes: Mapping[str, Any], known: ObjectClass, canvas: Canvas) -> dict[str, Any]:
    """Return the shape that the class has, if these shares of an image come to it, in pixels kept inside the image."""
    width, height = canvas.size
    if known.shape == "box" and "box" in shapes:
        x, y, across, down = shapes["box"]
        left, top = max(0.0, x * width), max(0.0, y * height)
        right, bottom = min(float(width), (x + across) * width), min(float(height), (y + down) * height)
        return {"box": [left, top, right - left, bottom - top]}
    if known.shape == "keypoints" and "keypoints" in shapes:
        points = [[x * width, y * height, int(v)] for x, y, v in shapes["keypoints"]]
        count = len(known.keypoints)  # a class with fewer than others is filled up
        return {"keypoints": points[:count] if not any(v for *_, v in points[count:]) else points}
    rings = [[[x * width, y * height] for x, y in ring] for ring in shapes.get("polygon", ())]
    if known.shape == "polygon" and rings:
        return {"polygon": rings}
    if known.shape == "mask" and rings:
        return {"mask": _painted(rings, canvas)}
    if known.shape == "rotated_box" and len(rings) == 1 and (turned := _turned(rings[0])):
        return {"rotated_box": turned}
    return {}


def _painted(rings: list[list[list[float]]], canvas: Canvas) -> dict[str, Any]:
    width, height = canvas.size
    left, top, right, bottom = geometry.bounds("polygon", rings)
    if left < -width or top < -height or right > 2 * width or bottom > 2 * height:
        raise Invalid("An outline leads far out of the image.", code="bad_shape")
    canvas.left -= math.ceil(right - left) * math.ceil(bottom - top)
    if canvas.left < 0:
        raise Invalid("The outlines of this image together cover far more than it.", code="bad_shape")
    x, y, inside = patch("polygon", rings, height=height, width=width)
    mask = masks.placed(inside, left=x, top=y, height=height, width=width)
    return {"size": [height, width], "counts": mask.counts}


def _turned(corners: Sequence[Sequence[float]]) -> list[float] | None:
    """Return the turned box that has these corners, in order; None where they are no rectangle's."""
    if len(corners) != 4:
        return None
    first, second, third, fourth = np.asarray(corners, dtype=np.float64)
    across = ((second - first) + (third - fourth)) / 2
    down = ((fourth - first) + (third - second)) / 2
    width, height = float(np.hypot(*across)), float(np.hypot(*down))
    askew = float(np.hypot(*(first + third - second - fourth)))
    if askew > _SKEW * (width + height) or abs(float(across @ down)) > _SKEW * width * height:
        return None
    x, y = ((first + second + third + fourth) / 4).tolist()
    if across[0] * down[1] - across[1] * down[0] < 0:  # listed the other way round
        across, width, height = down, height, width
    return [x, y, width, height, math.degrees(math.atan2(across[1], across[0]))]
