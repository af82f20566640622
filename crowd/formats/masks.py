"""Pictures of numbers: for each image, which class and which object every pixel belongs to.

`semantic/` holds the class by its number in `classes.json`, `instance/` the object by its place in the image's list in
`instances.jsonl`; 0 is nothing. PNGs with a palette, of 16 bits where numbers go above 255. A schema without a class
that covers pixels has no pictures.
"""

from collections.abc import Iterable
from typing import BinaryIO

from crowd.formats.archives import archive, stem
from crowd.formats.base import Meta, ReleaseItem, Report, Tally, Writer, to_json
from crowd.formats.painting import covers, indexed_png, paint, palette
from crowd.formats.spools import list_image, spools
from crowd.labels.types import Schema


def write(items: Iterable[ReleaseItem], *, schema: Schema, sink: BinaryIO, meta: Meta) -> Report:  # noqa: ARG001
    """Write two pictures for each image."""
    tally, ignored = Tally(), Tally()
    numbers = {each.name: number for number, each in enumerate(schema.objects, start=1)}
    colors = palette([each.color for each in schema.objects])
    with archive(sink) as target, spools() as listed:
        target.add("classes.json", _classes(schema).encode())
        for item in tally.counted(items):
            size = {"height": item.image.height, "width": item.image.width}
            known = [each for each in item.annotation.objects if each.label in numbers]
            if lost := len(item.annotation.objects) - len(known):
                tally.left_out["an object of a class that this guideline does not have"] += lost
            if item.annotation.classifications:
                tally.left_out["an answer about the image"] += len(item.annotation.classifications)
            list_image(listed, item)
            instances, used = paint(enumerate(known, start=1), **size, tally=tally)
            if not covers(schema):
                continue
            semantic, _ = paint(((numbers[each.label], each) for each in known), **size, tally=ignored)
            target.add(f"semantic/{stem(item.image)}.png", indexed_png(semantic, palette=colors))
            target.add(f"instance/{stem(item.image)}.png", indexed_png(instances, palette=palette([])))
            listed.write("instances.jsonl", _instances(item, used, [known[number - 1].label for number in used]))
        listed.move_into(target)
    return tally.report()


def _classes(schema: Schema) -> str:
    entries = [
        {"number": number, "name": each.name, "stuff": each.stuff}
        for number, each in enumerate(schema.objects, start=1)
    ]
    return to_json([{"number": 0, "name": "", "stuff": True}, *entries]) + "\n"


def _instances(item: ReleaseItem, used: list[int], labels: list[str]) -> str:
    found = [{"number": number, "label": label} for number, label in zip(used, labels, strict=True)]
    return to_json({"file": f"{stem(item.image)}.png", "image": item.image.id, "instances": found}) + "\n"


WRITER = Writer(name="masks", filename="masks.zip", content_type="application/zip", write=write)
