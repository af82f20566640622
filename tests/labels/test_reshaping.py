"""Labels under another project's schema: what they keep, and what is left out."""

from typing import Any

import pytest

from crowd.geometry import rasters
from crowd.labels.annotation import parse_annotation
from crowd.labels.reshaping import SHAPES, carry, with_shape
from crowd.labels.schema import parse_schema

BOX = {"label": "car", "box": [10, 8, 20, 12], "attributes": {"occluded": True}, "id": "a", "score": 0.5}
SOURCE = {
    "classifications": [
        {"name": "scene", "kind": "single", "options": [
            {"name": "day", "attributes": [{"name": "sunny", "kind": "binary"}]}, {"name": "night"}]},
        {"name": "gone", "kind": "binary"},
    ],
    "objects": [
        {"name": "car", "shape": "box", "min_side": 4, "attributes": [{"name": "occluded", "kind": "binary"}]},
        {"name": "lane", "shape": "polyline"},
        {"name": "sky", "shape": "mask", "stuff": True},
    ],
}  # fmt: skip
SIZE: dict[str, int] = {"width": 64, "height": 48}


def carried(document: Any, schema: Any) -> Any:
    label = parse_annotation(document, schema=parse_schema(SOURCE), complete=False, **SIZE)
    return carry(label, schema=parse_schema(schema), **SIZE)


@pytest.mark.parametrize("shape", SHAPES)
def test_a_box_begins_as_every_kind_of_region_and_keeps_its_attributes(shape: str) -> None:
    made = carried({"objects": [BOX]}, with_shape(SOURCE, shape))
    assert made.left_out == 0
    [entry] = made.annotation["objects"]
    assert (entry["label"], entry["attributes"], entry["score"], "id" in entry) == (
        "car",
        {"occluded": True},
        0.5,
        False,
    )
    [there] = parse_annotation({"objects": [entry]}, schema=parse_schema(with_shape(SOURCE, shape)), **SIZE).objects
    if shape in {"mask", "polygon", "rotated_box"}:
        covered = rasters.pixels(shape, there.geometry, **SIZE)
        assert (covered.sum(), covered[8:20, 10:30].all()) == (240, True)


def test_only_regions_change_their_shape() -> None:
    shapes = {one["name"]: one["shape"] for one in with_shape(SOURCE, "polygon")["objects"]}
    assert shapes == {"car": "polygon", "lane": "polyline", "sky": "polygon"}


def test_what_the_other_schema_does_not_ask_is_left_out_and_counted() -> None:
    schema = {
        "classifications": [SOURCE["classifications"][0]],
        "objects": [{"name": "car", "shape": "polygon"}, {"name": "lane", "shape": "box"}],
    }
    document = {
        "classifications": {"scene": "day", "scene/day/sunny": True, "gone": True},
        "objects": [BOX, {"label": "lane", "polyline": [[1, 1], [9, 9]]}, {"label": "car", "box": [0, 0, 5, 5]}],
    }
    made = carried(document, schema)
    assert made.annotation["classifications"] == {"scene": "day", "scene/day/sunny": True}
    assert [entry["label"] for entry in made.annotation["objects"]] == ["car", "car"]
    assert made.left_out == 2
    assert all("attributes" not in entry for entry in made.annotation["objects"])


def test_a_mask_becomes_the_box_around_it() -> None:
    mask = rasters.to_mask("box", [3, 4, 10, 11], **SIZE)
    document = {"objects": [{"label": "sky", "mask": {"size": [48, 64], "counts": mask.counts}}]}
    [entry] = carried(document, with_shape(SOURCE, "box")).annotation["objects"]
    assert entry["box"] == [3, 4, 10, 11]
