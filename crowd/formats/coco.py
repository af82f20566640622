"""COCO: instances and keypoints in one file, as pycocotools and everything built on it read.

Every object becomes a COCO annotation, apart from polylines. Turned boxes, ellipses and cuboids are given as polygons,
polygons with holes as run lengths; points as one keypoint. What the shape was is kept in the annotation's own field
`crowd`, as are attributes and scores; answers about the image and the label's provenance in the image's field `crowd`.
A binary attribute `iscrowd` sets COCO's field of that name, and the segmentation becomes run lengths, as COCO wants.
"""

import shutil
import tempfile
from collections.abc import Iterable, Mapping
from typing import Any, BinaryIO, Final

from crowd import geometry
from crowd.formats.base import Meta, ReleaseItem, Report, Tally, Writer, provenance, timestamp, to_json
from crowd.formats.outlines import COVERING, outlines, patch
from crowd.geometry import Mask, masks
from crowd.labels.types import LabelledObject, ObjectClass, Schema
from crowd.labels.writing import answers_to_json, geometry_to_json, object_to_json

_AS_POLYGON: Final = {
    "rotated_box": "a turned box as the polygon of its corners",
    "ellipse": "an ellipse as a polygon of 128 corners",
    "cuboid": "a cuboid as its silhouette",
}
_POINTS: Final = frozenset({"point", "keypoints"})
_SAID: Final = frozenset({"box", "mask", "keypoints"})  # in COCO's own fields, unchanged


def write(items: Iterable[ReleaseItem], *, schema: Schema, sink: BinaryIO, meta: Meta) -> Report:
    """Write the images as they come, the annotations to a spool behind them, in memory for one image."""
    tally = Tally()
    category_ids = {each.name: number for number, each in enumerate(schema.objects, start=1)}
    head = {
        "info": _info(meta),
        "licenses": [],
        "categories": [_category(each, category_ids) for each in schema.objects],
    }
    with tempfile.TemporaryFile() as spool:
        sink.write(to_json(head)[:-1].encode() + b',"images":[')
        for item in tally.counted(items):
            fit, beside = _sorted_out(item, schema=schema, tally=tally)
            comma = ",\n" if tally.images > 1 else "\n"
            sink.write(f"{comma}{to_json(_image(item, beside=beside, tally=tally))}".encode())
            for each in fit:
                tally.labels += 1
                entry = _annotation(each, number=tally.labels, item=item, category_ids=category_ids, tally=tally)
                comma = ",\n" if tally.labels > 1 else "\n"
                spool.write(f"{comma}{to_json(entry)}".encode())
        sink.write(b'],"annotations":[')
        spool.seek(0)
        shutil.copyfileobj(spool, sink)
        sink.write(b"]}\n")
    return tally.report()


def _info(meta: Meta) -> dict[str, Any]:
    created = {"date_created": timestamp(meta.created_at), "year": meta.created_at.year} if meta.created_at else {}
    return {
        "description": meta.note or meta.project,
        "version": str(meta.release),
        "contributor": meta.project,
        **created,
    }


def _category(each: ObjectClass, ids: Mapping[str, int]) -> dict[str, Any]:
    category: dict[str, Any] = {
        "id": ids[each.name],
        "name": each.name,
        "supercategory": "stuff" if each.stuff else "thing",
    }
    if each.shape == "point":
        category |= {"keypoints": ["point"], "skeleton": []}
    if each.shape == "keypoints":
        # COCO counts the keypoints of a skeleton from one
        category |= {"keypoints": list(each.keypoints), "skeleton": [[a + 1, b + 1] for a, b in each.skeleton]}
        if each.sigmas:
            category["sigmas"] = list(each.sigmas)
    return category


def _sorted_out(
    item: ReleaseItem, *, schema: Schema, tally: Tally
) -> tuple[list[LabelledObject], list[dict[str, Any]]]:
    """Return the objects that can be COCO annotations, and the others as documents."""
    fit, beside = [], []
    for each in item.annotation.objects:
        reason = _unfit(each, schema)
        if reason is None:
            fit.append(each)
        else:
            tally.left_out[reason] += 1
            beside.append(object_to_json(each))
    return fit, beside


def _unfit(each: LabelledObject, schema: Schema) -> str | None:
    """Return why the object cannot be a COCO annotation; None where it can."""
    known = schema.object_class(each.label)
    if known is None or known.shape != each.shape:
        return "an object of a class that this guideline does not have, kept in its image's field `crowd`"
    if each.shape == "polyline":
        return "a polyline, kept in its image's field `crowd`"
    return None


def _image(item: ReleaseItem, *, beside: list[dict[str, Any]], tally: Tally) -> dict[str, Any]:
    answers = answers_to_json(item.annotation.classifications)
    if answers:
        tally.left_out["an answer about the image, kept in its field `crowd`"] += len(answers)
    extra: dict[str, Any] = {"task": item.task, "sha256": item.image.sha256, "classifications": answers}
    if beside:
        extra["objects"] = beside
    image = {
        "id": item.image.id,
        "file_name": item.image.name,
        "width": item.image.width,
        "height": item.image.height,
    }
    if item.image.url:
        image["coco_url"] = item.image.url
    return image | {"crowd": extra | provenance(item) | {"split": item.split}}


def _annotation(
    each: LabelledObject, *, number: int, item: ReleaseItem, category_ids: Mapping[str, int], tally: Tally
) -> dict[str, Any]:
    is_crowd = each.attributes.get("iscrowd") is True
    left, top, right, bottom = geometry.bounds(each.shape, each.geometry)
    segmentation, area = _segmentation(each, item=item, as_pixels=is_crowd, tally=tally)
    entry: dict[str, Any] = {
        "id": number,
        "image_id": item.image.id,
        "category_id": category_ids[each.label],
        # of a box as it is: its right side less its left would be off by a rounding
        "bbox": list(each.geometry) if each.shape == "box" else [left, top, right - left, bottom - top],
        "area": area,
        "segmentation": segmentation,
        "iscrowd": int(is_crowd),
    }
    if each.shape in _POINTS:
        entry |= _keypoints(each)
    if each.score is not None:
        entry["score"] = each.score
    extra: dict[str, Any] = {} if each.id is None else {"id": each.id}
    extra["label"] = each.label
    if each.shape not in _SAID:
        extra[each.shape] = geometry_to_json(each.geometry)
    if each.attributes:
        extra["attributes"] = answers_to_json(each.attributes)
    if each.score is not None:
        extra["score"] = each.score
    entry["crowd"] = extra
    return entry


def _segmentation(each: LabelledObject, *, item: ReleaseItem, as_pixels: bool, tally: Tally) -> tuple[Any, float]:
    """Return COCO's segmentation (polygons, run lengths or none) and its area in square pixels."""
    if each.shape == "box" and not as_pixels:
        return [], geometry.area(each.shape, each.geometry)
    found = outlines(each.shape, each.geometry)
    if found is not None and not as_pixels:
        if each.shape in _AS_POLYGON:
            tally.approximated[_AS_POLYGON[each.shape]] += 1
        # a flat cuboid is a line, and two points would be read as a box
        flat = [[number for point in outline for number in point] for outline in found if len(outline) > 2]
        return flat, geometry.area(each.shape, each.geometry)
    if each.shape not in COVERING:
        return [], geometry.area(each.shape, each.geometry)
    mask = each.geometry
    if not isinstance(mask, Mask):
        tally.approximated["a polygon with holes, or a crowd, as pixels"] += 1
        height, width = item.image.height, item.image.width
        left, top, pixels = patch(each.shape, each.geometry, height=height, width=width)
        mask = masks.placed(pixels, left=left, top=top, height=height, width=width)
    return {"size": [mask.height, mask.width], "counts": mask.counts}, float(masks.area(mask))


def _keypoints(each: LabelledObject) -> dict[str, Any]:
    if each.shape == "point":
        x, y = each.geometry
        return {"keypoints": [x, y, 2], "num_keypoints": 1}
    flat = [number for x, y, v in each.geometry for number in ((x, y, v) if v > 0 else (0, 0, 0))]
    return {"keypoints": flat, "num_keypoints": sum(1 for _, _, v in each.geometry if v > 0)}


WRITER = Writer(name="coco", filename="coco.json", content_type="application/json", write=write)
