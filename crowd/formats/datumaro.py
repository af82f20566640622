"""Datumaro's own JSON, version 1.0: `annotations/SPLIT.json` for each split, as `Dataset.import_from` reads it.

Images go into `images/SPLIT/` under the names that `images.csv` gives them. Answers are labels named `question/option`,
the options of a question a group of labels; keypoints are points with their visibility. The format has no turned boxes
or ellipses, and no holes: these become outlines and masks. What an object was, and how the label came about, is kept in
the field `crowd` of annotations and items, which Datumaro passes over.
"""

from collections.abc import Iterable, Mapping
from typing import Any, BinaryIO, Final

from crowd.formats.archives import archive, filename, stem
from crowd.formats.base import Meta, ReleaseItem, Report, Tally, Writer, provenance, to_json
from crowd.formats.fitting import Asked, chosen, every_question, fitting_answers, fitting_objects, options_of
from crowd.formats.outlines import outlines
from crowd.formats.painting import palette
from crowd.formats.spools import list_image, split_of, spools
from crowd.geometry import Mask, rasters
from crowd.labels.types import LabelledObject, Schema
from crowd.labels.writing import object_to_json

_IMAGE: Final = 2  # Datumaro's number for media that are images
_CUBOID: Final = (
    0,
    4,
    5,
    1,
    7,
    6,
    2,
    3,
)  # its order of corners: the top face, then the bottom, both by way of the back
_EXACT: Final = frozenset({"box", "mask", "polyline", "point", "keypoints", "cuboid"})
NOTHING_CHOSEN: Final = "an answer that chooses none of its options"


def write(items: Iterable[ReleaseItem], *, schema: Schema, sink: BinaryIO, meta: Meta) -> Report:
    """Write the items of each split behind the categories."""
    tally = Tally()
    questions = every_question(schema.classifications)
    labels = _labels(schema, questions)
    numbers = {label["name"]: number for number, label in enumerate(labels)}
    head = _head(schema, labels, questions, meta)
    with archive(sink) as target, spools() as texts:
        for item in tally.counted(items):
            path = f"annotations/{split_of(item)}.json"
            comma = "," if path in texts else head
            annotations = [
                *_answers(item, questions, numbers, tally),
                *_objects(item, schema, numbers, tally),
            ]
            texts.write(path, f"{comma}\n{to_json(_item(item, annotations))}")
            list_image(texts, item)
        if not tally.images:
            texts.write("annotations/train.json", head)
        for path in texts.names(ending=".json"):
            texts.write(path, "]}\n")
        texts.move_into(target)
    return tally.report()


def _labels(schema: Schema, questions: Mapping[str, Asked]) -> list[dict[str, Any]]:
    """Return classes of objects, then answers, each below the coarser one: their places are their numbers."""
    labels: list[dict[str, Any]] = [
        {"name": each.name, "parent": "", "attributes": sorted(every_question(each.attributes))}
        for each in schema.objects
    ]
    for asked in questions.values():
        opened_by = "/".join(asked.under) if asked.under else ""
        for path in options_of(asked.question):
            above = path.rpartition("/")[0]
            parent = f"{asked.address}/{above}" if above else opened_by
            labels.append({"name": f"{asked.address}/{path}", "parent": parent, "attributes": []})
    return labels


def _head(schema: Schema, labels: list[dict[str, Any]], questions: Mapping[str, Asked], meta: Meta) -> str:
    groups = [
        {
            "name": asked.address,
            "group_type": "inclusive" if asked.question.kind == "multiple" else "exclusive",
            "labels": [f"{asked.address}/{path}" for path in options_of(asked.question)],
        }
        for asked in questions.values()
    ]
    colors = palette([each.color for each in schema.objects])
    colormap = [
        dict(zip(("label_id", "r", "g", "b"), (number, *colors[(number + 1) % 256]), strict=True))
        for number in range(len(schema.objects))
    ]
    skeletons = [
        {
            "label_id": number,
            "labels": list(each.keypoints),
            "joints": [[a + 1, b + 1] for a, b in each.skeleton],  # counted from one, as in COCO
            "positions": [],
        }
        for number, each in enumerate(schema.objects)
        if each.shape == "keypoints"
    ]
    document = {
        "dm_format_version": "1.0",
        "media_type": _IMAGE,
        "infos": {"description": meta.note or meta.project, "version": str(meta.release), "author": meta.project},
        "categories": {
            "label": {"labels": labels, "label_groups": groups, "attributes": []},
            "mask": {"colormap": colormap},
            "points": {"items": skeletons},
        },
    }
    return to_json(document)[:-1] + ',"items":['


def _item(item: ReleaseItem, annotations: list[dict[str, Any]]) -> dict[str, Any]:
    image = item.image
    told = {
        "task": item.task,
        "name": image.name,
        "sha256": image.sha256,
        "confidence": item.confidence,
        "agreement": item.agreement,
        "method": item.method,
    }
    return {
        "id": stem(image),
        "annotations": [{"id": number, **each} for number, each in enumerate(annotations, start=1)],
        "attr": {name: value for name, value in told.items() if value is not None},
        "image": {"path": filename(image), "size": [image.height, image.width]},
        "crowd": provenance(item),
    }


def _answers(
    item: ReleaseItem, questions: Mapping[str, Asked], numbers: Mapping[str, int], tally: Tally
) -> Iterable[dict[str, Any]]:
    for asked, value in fitting_answers(item.annotation.classifications, known=questions, tally=tally):
        if not chosen(value):
            tally.left_out[NOTHING_CHOSEN] += 1
            continue
        tally.labels += 1
        for path in chosen(value):
            yield {"type": "label", "attributes": {}, "group": 0, "label_id": numbers[f"{asked.address}/{path}"]}


def _objects(item: ReleaseItem, schema: Schema, numbers: Mapping[str, int], tally: Tally) -> Iterable[dict[str, Any]]:
    for place, each in enumerate(fitting_objects(item, schema=schema, tally=tally), start=1):
        tally.labels += 1
        shapes = _shapes(each, item, tally)
        extra = object_to_json(each)
        if each.shape in _EXACT:
            del extra[each.shape]  # said in Datumaro's own fields, unchanged
        for shape in shapes:
            yield {
                "type": shape.pop("type"),
                "attributes": _attributes(each),
                "group": place if len(shapes) > 1 else 0,
                "label_id": numbers[each.label],
                "z_order": place - 1,
                **shape,
                "crowd": extra,
            }


def _attributes(each: LabelledObject) -> dict[str, Any]:
    return {name: list(value) if isinstance(value, tuple) else value for name, value in each.attributes.items()}


def _shapes(each: LabelledObject, item: ReleaseItem, tally: Tally) -> list[dict[str, Any]]:
    """Return the object as one annotation, or as several of one group where it has several parts."""
    place: Any = each.geometry
    match each.shape:
        case "box":
            return [{"type": "bbox", "bbox": [float(number) for number in place]}]
        case "polyline":
            return [{"type": "polyline", "points": _flat(place)}]
        case "point":
            return [{"type": "points", "points": _flat([place]), "visibility": [2]}]
        case "keypoints":
            seen = [int(v) for *_, v in place]
            return [{"type": "points", "points": _flat([point[:2] for point in place]), "visibility": seen}]
        case "cuboid":
            return [{"type": "cuboid_2d", "points": [[float(x) for x in place[corner]] for corner in _CUBOID]}]
        case "ellipse" if not place[4] % 180:
            x, y, across, down, _ = place
            return [{"type": "ellipse", "points": _flat([(x - across, y - down), (x + across, y + down)])}]
    return _drawn(each, item, tally)


def _drawn(each: LabelledObject, item: ReleaseItem, tally: Tally) -> list[dict[str, Any]]:
    """Return outlines, or pixels where these cannot say it."""
    found = outlines(each.shape, each.geometry)
    if found is None:
        if not isinstance(each.geometry, Mask):
            tally.approximated["a polygon with holes as pixels"] += 1
        mask = rasters.to_mask(each.shape, each.geometry, height=item.image.height, width=item.image.width)
        return [{"type": "mask", "rle": {"counts": mask.counts, "size": [mask.height, mask.width]}}]
    if each.shape == "rotated_box":
        tally.approximated["a turned box as the polygon of its corners"] += 1
    if each.shape == "ellipse":
        tally.approximated["a turned ellipse as a polygon of 128 corners"] += 1
    if len(found) > 1:
        tally.approximated["a polygon of several parts as polygons of one group"] += 1
    return [{"type": "polygon", "points": _flat(outline)} for outline in found]


def _flat(points: Iterable[Iterable[float]]) -> list[float]:
    return [float(number) for point in points for number in point]


WRITER = Writer(name="datumaro", filename="datumaro.zip", content_type="application/zip", write=write)
