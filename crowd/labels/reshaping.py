"""A label as it reads under another project's schema: classes by their names, regions as the shape asked for there."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from crowd.errors import Invalid
from crowd.geometry import rasters
from crowd.geometry.shapes import REGION_SHAPES, bounds
from crowd.labels.annotation import annotation_to_json, object_to_json, parse_annotation
from crowd.labels.schema import parse_schema, schema_to_json
from crowd.labels.types import Annotation, LabelledObject, Schema

# the shapes that a region's bounds can be written as
_AS: Final[Mapping[str, Callable[[float, float, float, float], Any]]] = {
    "box": lambda left, top, right, bottom: [left, top, right - left, bottom - top],
    "rotated_box": lambda left, top, right, bottom: [
        (left + right) / 2, (top + bottom) / 2, right - left, bottom - top, 0,
    ],
    "polygon": lambda left, top, right, bottom: [[[left, top], [right, top], [right, bottom], [left, bottom]]],
    "ellipse": lambda left, top, right, bottom: [
        (left + right) / 2, (top + bottom) / 2, (right - left) / 2, (bottom - top) / 2, 0,
    ],
    "point": lambda left, top, right, bottom: [(left + right) / 2, (top + bottom) / 2],
}  # fmt: skip
SHAPES: Final = (*_AS, "mask")


@dataclass
class Carried:
    """What of a label the other schema can hold, and how many answers and objects it cannot."""

    annotation: dict[str, Any] = field(default_factory=lambda: {"classifications": {}, "objects": []})
    left_out: int = 0


def with_shape(document: Mapping[str, Any], shape: str) -> dict[str, Any]:
    """Return a schema whose regions are all marked by one shape, and whose lines and joints are as they were."""
    made: dict[str, Any] = schema_to_json(parse_schema(document))
    for entry in made.get("objects", []):
        if entry["shape"] in REGION_SHAPES and entry["shape"] != shape:
            entry["shape"] = shape
            entry.pop("stuff", None)
            if shape == "point":
                entry.pop("min_side", None)
    return schema_to_json(parse_schema(made))


def carry(label: Annotation, *, schema: Schema, width: int, height: int) -> Carried:
    """Return what of a label reads under another schema; an answer or an object that does not is left out.

    A region becomes another kind of region by its bounds, and a mask by its pixels: a box is where a worker begins to
    draw the outline.

    Parameters
    ----------
    label : Annotation
        Valid under its own schema.
    width, height : int
        Of the image, in pixels.
    """
    made = Carried()

    def fits(document: Mapping[str, Any]) -> bool:
        try:
            parse_annotation(document, schema=schema, width=width, height=height, complete=False)
        except Invalid:
            return False
        return True

    for address, answer in annotation_to_json(label).get("classifications", {}).items():
        kept = {**made.annotation["classifications"], address: answer}
        if fits({"classifications": kept}):
            made.annotation["classifications"] = kept
        else:
            made.left_out += 1
    for each in label.objects:
        entry = _reshaped(each, schema, width, height)
        bare = {key: value for key, value in entry.items() if key != "attributes"} if entry else None
        found = next((one for one in (entry, bare) if one and fits({"objects": [one]})), None)
        if found is None:
            made.left_out += 1
        else:
            made.annotation["objects"].append(found)
    return made


def _reshaped(each: LabelledObject, schema: Schema, width: int, height: int) -> dict[str, Any] | None:
    known = schema.object_class(each.label)
    if known is None:
        return None
    entry = object_to_json(each)
    entry.pop("id", None)
    if known.shape == each.shape:
        return entry
    if each.shape not in REGION_SHAPES or known.shape not in SHAPES:
        return None
    del entry[each.shape]
    if known.shape == "mask":
        mask = rasters.to_mask(each.shape, each.geometry, height=height, width=width)
        entry["mask"] = {"size": [height, width], "counts": mask.counts}
        return entry
    left, top, right, bottom = bounds(each.shape, each.geometry)
    sides = max(left, 0.0), max(top, 0.0), min(right, float(width)), min(bottom, float(height))
    entry[known.shape] = _AS[known.shape](*sides)
    return entry
