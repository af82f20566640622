"""Pascal VOC: an XML file for each image, as the 2012 development kit describes it.

Bounds are whole pixels, counted from one, both ends included. Every covering shape is given by its bounds. The object
attributes `truncated`, `difficult` and `occluded` fill VOC's fields of these names. Images go into `JPEGImages/` under
the names that `images.csv` gives them.
"""

import math
from collections.abc import Iterable
from typing import BinaryIO, Final

from crowd import geometry
from crowd.formats.archives import archive, filename, stem
from crowd.formats.base import Meta, ReleaseItem, Report, Tally, Writer
from crowd.formats.markup import text
from crowd.formats.outlines import COVERING
from crowd.formats.spools import list_image, split_of, spools
from crowd.labels.types import LabelledObject, Schema

_FLAGS: Final = ("truncated", "difficult", "occluded")


def write(items: Iterable[ReleaseItem], *, schema: Schema, sink: BinaryIO, meta: Meta) -> Report:  # noqa: ARG001
    """Write the files in VOC's folders, and the lists of each split."""
    tally = Tally()
    with archive(sink) as target, spools() as listed:
        for item in tally.counted(items):
            target.add(f"Annotations/{stem(item.image)}.xml", _document(item, meta=meta, tally=tally).encode())
            listed.write(f"ImageSets/Main/{split_of(item)}.txt", f"{stem(item.image)}\n")
            list_image(listed, item)
            if item.annotation.classifications:
                tally.left_out["an answer about the image"] += len(item.annotation.classifications)
        listed.move_into(target)
    return tally.report()


def _document(item: ReleaseItem, *, meta: Meta, tally: Tally) -> str:
    image = item.image
    parts = [
        "<annotation>\n",
        "  <folder>JPEGImages</folder>\n",
        f"  <filename>{text(filename(image))}</filename>\n",
        f"  <source><database>{text(meta.project)}</database><image>{text(image.name)}</image></source>\n",
        f"  <size><width>{image.width}</width><height>{image.height}</height><depth>3</depth></size>\n",
        "  <segmented>0</segmented>\n",
        *(_object(each, item=item, tally=tally) for each in item.annotation.objects),
        "</annotation>\n",
    ]
    return "".join(parts)


def _object(each: LabelledObject, *, item: ReleaseItem, tally: Tally) -> str:
    if each.shape not in COVERING:
        tally.left_out[f"a {each.shape}"] += 1
        return ""
    tally.labels += 1
    tally.lose(each)
    if each.shape != "box":
        tally.approximated[f"a {each.shape} by its bounds"] += 1
    if lost := [address for address in each.attributes if address not in _FLAGS]:
        tally.left_out["an attribute of an object"] += len(lost)
    left, top, right, bottom = geometry.bounds(each.shape, each.geometry)
    if any(side != int(side) for side in (left, top, right, bottom)):
        tally.approximated["bounds widened to whole pixels"] += 1
    first = (max(0, math.floor(left)) + 1, max(0, math.floor(top)) + 1)
    last = (
        max(first[0], min(item.image.width, math.ceil(right))),
        max(first[1], min(item.image.height, math.ceil(bottom))),
    )
    flags = "".join(f"<{name}>{int(each.attributes.get(name) is True)}</{name}>" for name in _FLAGS)
    return (
        f"  <object><name>{text(each.label)}</name><pose>Unspecified</pose>{flags}"
        f"<bndbox><xmin>{first[0]}</xmin><ymin>{first[1]}</ymin><xmax>{last[0]}</xmax><ymax>{last[1]}</ymax></bndbox>"
        "</object>\n"
    )


WRITER = Writer(name="voc", filename="voc.zip", content_type="application/zip", write=write)
