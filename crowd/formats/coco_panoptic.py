"""COCO panoptic: every pixel has at most one segment, in a PNG of segment numbers beside `panoptic.json`.

Things are a segment each; what a class without instances covers in an image is one segment. Later objects lie over
earlier ones. Categories have the numbers that they have in the `coco` format. A schema without a class that covers
pixels has no pictures.
"""

from collections.abc import Iterable
from typing import Any, BinaryIO

import numpy as np
from scipy import ndimage

from crowd.formats.archives import archive, filename, stem
from crowd.formats.base import Meta, ReleaseItem, Report, Tally, Writer, provenance, timestamp, to_json
from crowd.formats.painting import Numbers, covers, paint, palette, rgb_png
from crowd.formats.spools import Spools, spools
from crowd.labels.types import LabelledObject, Schema


def write(items: Iterable[ReleaseItem], *, schema: Schema, sink: BinaryIO, meta: Meta) -> Report:
    """Write a picture for each image, then the document."""
    tally = Tally()
    categories = {each.name: number for number, each in enumerate(schema.objects, start=1)}
    with archive(sink) as target, spools() as texts:
        _head(texts, schema, meta)
        for item in tally.counted(items):
            pixels, segments = _segments(item, schema=schema, categories=categories, tally=tally)
            comma = ",\n" if tally.images > 1 else "\n"
            texts.write("images", comma + to_json(_image(item)))
            if not covers(schema):
                continue
            target.add(f"panoptic/{stem(item.image)}.png", rgb_png(pixels))
            entry = {"image_id": item.image.id, "file_name": f"{stem(item.image)}.png", "segments_info": segments}
            texts.write("annotations", comma + to_json(entry))
        texts.write("annotations", "]}\n")
        target.add("panoptic.json", texts.joined("head", "images", "annotations"))
    return tally.report()


def _head(texts: Spools, schema: Schema, meta: Meta) -> None:
    colors = palette([each.color for each in schema.objects])
    categories = [
        {
            "id": number,
            "name": each.name,
            "supercategory": "stuff" if each.stuff else "thing",
            "isthing": int(not each.stuff),
            "color": list(colors[number % 256]),
        }
        for number, each in enumerate(schema.objects, start=1)
    ]
    info = {"description": meta.note or meta.project, "version": str(meta.release)}
    if meta.created_at:
        info["date_created"] = timestamp(meta.created_at)
    texts.write("head", to_json({"info": info, "licenses": [], "categories": categories})[:-1])
    texts.write("images", ',"images":[')
    texts.write("annotations", '],"annotations":[')


def _image(item: ReleaseItem) -> dict[str, Any]:
    image = item.image
    facts = {"id": image.id, "file_name": filename(image), "width": image.width, "height": image.height}
    return facts | {"crowd": {"name": image.name, "sha256": image.sha256, "task": item.task} | provenance(item)}


def _segments(
    item: ReleaseItem, *, schema: Schema, categories: dict[str, int], tally: Tally
) -> tuple[Numbers, list[dict[str, Any]]]:
    """Paint the objects and describe what is seen of each."""
    if item.annotation.classifications:
        tally.left_out["an answer about the image"] += len(item.annotation.classifications)
    numbered: list[tuple[int, LabelledObject]] = []
    numbers: dict[object, int] = {}
    labels: dict[int, str] = {}
    for place, each in enumerate(item.annotation.objects):
        known = schema.object_class(each.label)
        if known is None:
            tally.left_out["an object of a class that this guideline does not have"] += 1
            continue
        number = numbers.setdefault(each.label if known.stuff else place, len(numbers) + 1)
        labels[number] = each.label
        numbered.append((number, each))
    pixels, _ = paint(numbered, height=item.image.height, width=item.image.width, tally=tally)
    places = ndimage.find_objects(pixels.astype(np.int32), max_label=len(labels))
    found = []
    for number, label in labels.items():
        if place := places[number - 1]:
            found.append(_segment(number, categories[label], pixels, place))
    return pixels, found


def _segment(number: int, category: int, pixels: Numbers, place: tuple[slice, slice]) -> dict[str, Any]:
    rows, columns = place
    bounds = [columns.start, rows.start, columns.stop - columns.start, rows.stop - rows.start]
    area = int(np.count_nonzero(pixels[place] == number))
    return {"id": number, "category_id": category, "area": area, "bbox": bounds, "iscrowd": 0}


WRITER = Writer(name="coco_panoptic", filename="coco_panoptic.zip", content_type="application/zip", write=write)
