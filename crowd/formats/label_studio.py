"""Label Studio: `tasks.json`, a list of tasks with one annotation each, and `config.xml`, the labelling configuration.

Places are in percent of the image, as Label Studio has them. An image without a lasting address is looked for as
`/data/local-files/?d=images/NAME`, where a server with local files has it; `images.csv` gives the names. Keypoints are
points in a box of their bounds, whose children they are; what Label Studio has no place for is in the task's `meta`.
"""

from collections.abc import Iterable, Iterator
from typing import Any, BinaryIO, Final
from urllib.parse import quote

from crowd import geometry
from crowd.formats.archives import archive, filename
from crowd.formats.base import Meta, ReleaseItem, Report, Tally, Writer, provenance, timestamp, to_json
from crowd.formats.brushes import pack
from crowd.formats.fitting import ATTRIBUTE, Asked, chosen, fitting_answers, fitting_objects
from crowd.formats.label_studio_config import CONTROLS, IMAGE, KEYPOINT, Config, is_nested
from crowd.formats.outlines import outlines
from crowd.formats.spools import list_image, spools
from crowd.geometry import Mask, rasters, rotated_boxes
from crowd.labels.types import LabelledObject, Schema, Value
from crowd.labels.writing import object_to_json

_POINT: Final = 0.5  # percent of the image's width that a point is drawn with
NOTHING_CHOSEN: Final = "an answer that chooses none of its options"
Result = dict[str, Any]


def write(items: Iterable[ReleaseItem], *, schema: Schema, sink: BinaryIO, meta: Meta) -> Report:  # noqa: ARG001
    """Write the tasks, then the configuration that they are labelled under."""
    writing = _Writing(schema)
    with archive(sink) as target, spools() as texts:
        texts.write("tasks.json", "[")
        for item in writing.tally.counted(items):
            comma = "," if writing.tally.images > 1 else ""
            texts.write("tasks.json", f"{comma}\n{to_json(writing.task(item))}")
            list_image(texts, item)
        texts.write("tasks.json", "\n]\n")
        target.add("config.xml", writing.config.xml().encode())
        texts.move_into(target)
    return writing.tally.report()


class _Writing:
    """What every task is written with."""

    def __init__(self, schema: Schema) -> None:
        self.schema, self.tally, self.config = schema, Tally(), Config(schema)

    def task(self, item: ReleaseItem) -> dict[str, Any]:
        """Return one image with its annotation."""
        image = item.image
        about = {"task": item.task, "name": image.name, "sha256": image.sha256, "split": item.split}
        results = [*self._answers(item), *self._objects(item)]
        size = {"original_width": image.width, "original_height": image.height, "image_rotation": 0}
        whole = [{"to_name": IMAGE, **size, **result} for result in results]
        kept = [object_to_json(each) for each in item.annotation.objects if each.shape in {"cuboid", "keypoints"}]
        return {
            "id": item.task,
            "data": {"image": image.url or f"/data/local-files/?d=images/{quote(filename(image))}", **about},
            "annotations": [
                {
                    "id": item.task,
                    "result": whole,
                    "was_cancelled": False,
                    "ground_truth": item.method == "gold",
                    "created_at": timestamp(item.resolved_at),
                }
            ],
            "predictions": [],
            "meta": {"crowd": provenance(item) | {"objects": kept}},
        }

    def _answers(self, item: ReleaseItem) -> Iterator[Result]:
        answers = item.annotation.classifications
        for asked, value in fitting_answers(answers, known=self.config.questions, tally=self.tally):
            if not chosen(value):
                self.tally.left_out[NOTHING_CHOSEN] += 1
                continue
            self.tally.labels += 1
            yield {"id": f"answer:{asked.address}", **self._choices("", asked, value)}

    def _choices(self, label: str, asked: Asked, value: Value) -> Result:
        kind = "taxonomy" if is_nested(asked.question) else "choices"
        said = [path.split("/") for path in chosen(value)] if kind == "taxonomy" else list(chosen(value))
        return {"type": kind, "from_name": self.config.names[label, asked.address], "value": {kind: said}}

    def _objects(self, item: ReleaseItem) -> Iterator[Result]:
        for place, each in enumerate(fitting_objects(item, schema=self.schema, tally=self.tally)):
            self.tally.labels += 1
            region = f"object:{place}" if each.id is None else f"object:{place}:{each.id}"
            yield from self._regions(each, item, region)
            known = self.config.attributes[each.label]
            for asked, value in fitting_answers(each.attributes, known=known, tally=self.tally, lost=ATTRIBUTE):
                if chosen(value):
                    yield {"id": region, **self._choices(each.label, asked, value)}
                else:
                    self.tally.left_out[ATTRIBUTE] += 1

    def _regions(self, each: LabelledObject, item: ReleaseItem, region: str) -> Iterator[Result]:
        """Yield the object's region, and those of its keypoints."""
        control, value = self._region(each, item)
        yield {"id": region, **_labelled(control, each.label, value), **_score(each)}
        if each.shape != "keypoints":
            return
        known = self.schema.object_class(each.label)
        assert known is not None
        self.tally.approximated["keypoints as points in a box of their bounds"] += 1
        for name, (x, y, v) in zip(known.keypoints, each.geometry, strict=True):
            if v > 0:
                point = _labelled("points", KEYPOINT.format(each.label, name), _point((x, y), item))
                hidden = {"meta": {"text": ["occluded"]}} if v == 1 else {}
                yield {"id": f"{region}:{name}", **point, "parentID": region, **hidden}

    def _region(self, each: LabelledObject, item: ReleaseItem) -> tuple[str, Result]:
        """Return the control that draws the object, and its place."""
        match each.shape:
            case "box":
                return "rectangles", _rectangle(each.geometry, item)
            case "keypoints":
                left, top, right, bottom = geometry.bounds(each.shape, each.geometry)
                return "rectangles", _rectangle((left, top, right - left, bottom - top), item)
            case "rotated_box":
                *_, across, down, degrees = each.geometry
                x, y = rotated_boxes.corner_points(each.geometry)[0]  # it turns about this corner
                return "rectangles", _rectangle((x, y, across, down), item, degrees)
            case "ellipse":
                return "ellipses", _ellipse(each.geometry, item)
            case "point":
                return "points", _point(each.geometry, item)
            case "polyline":
                return "lines", _line(each.geometry, item)
        found = outlines(each.shape, each.geometry)
        if found is not None and len(found) == 1:
            if each.shape == "cuboid":
                self.tally.approximated["a cuboid as its silhouette, its corners in the task's `meta`"] += 1
            return "polygons", {"points": _percent(found[0], item), "closed": True}
        if not isinstance(each.geometry, Mask):
            self.tally.approximated["a polygon with holes or of several parts as pixels"] += 1
        size = {"height": item.image.height, "width": item.image.width}
        return "brushes", {"format": "rle", "rle": pack(rasters.pixels(each.shape, each.geometry, **size))}


def _labelled(control: str, label: str, value: Result) -> Result:
    kind = CONTROLS[control][0].lower()
    return {"type": kind, "from_name": control, "value": {**value, kind: [label]}}


def _score(each: LabelledObject) -> Result:
    return {} if each.score is None else {"score": each.score}


def _percent(points: Iterable[Iterable[float]], item: ReleaseItem) -> list[list[float]]:
    size = (item.image.width, item.image.height)
    return [[float(number) * 100 / side for number, side in zip(point, size, strict=True)] for point in points]


def _rectangle(box: tuple[float, ...], item: ReleaseItem, degrees: float = 0) -> Result:
    x, y, across, down = box
    wide, high = item.image.width, item.image.height
    return {
        "x": float(x) * 100 / wide,
        "y": float(y) * 100 / high,
        "width": float(across) * 100 / wide,
        "height": float(down) * 100 / high,
        "rotation": float(degrees) % 360,
    }


def _ellipse(ellipse: Any, item: ReleaseItem) -> Result:
    (x, y), (across, down) = _percent([ellipse[:2], ellipse[2:4]], item)
    return {"x": x, "y": y, "radiusX": across, "radiusY": down, "rotation": float(ellipse[4]) % 360}


def _point(point: Iterable[float], item: ReleaseItem) -> Result:
    ((x, y),) = _percent([point], item)
    return {"x": x, "y": y, "width": _POINT}


def _line(points: Any, item: ReleaseItem) -> Result:
    vertices = [
        {"id": f"{place}", "x": x, "y": y, "prevPointId": f"{place - 1}" if place else None, "isBezier": False}
        for place, (x, y) in enumerate(_percent(points, item))
    ]
    return {"vertices": vertices, "closed": False}


WRITER = Writer(name="label_studio", filename="label_studio.zip", content_type="application/zip", write=write)
