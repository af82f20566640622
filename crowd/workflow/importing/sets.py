"""Existing data sets come in: images that lie beside their labels, and labels for images that are here already.

The set is first rewritten as a line for each image, which is what an import can go on with from any place.
"""

import io
import json
import tempfile
from dataclasses import asdict
from typing import Any, BinaryIO, Final, cast

from django.conf import settings

from crowd import storage
from crowd.errors import Contradiction, CrowdError, Invalid
from crowd.formats import pictures
from crowd.formats.readers import coco, voc, yolo
from crowd.formats.readers.placing import Canvas, answered, placed
from crowd.formats.readers.sets import Folder
from crowd.labels.types import Schema
from crowd.models import Image, Import
from crowd.queries import versions
from crowd.workflow.importing.buckets import printable
from crowd.workflow.importing.imports import Batch, Label, Refused
from crowd.workflow.importing.rows import Facts
from crowd.workflow.importing.uploads import clean_name, refuse_erased

ITEMS: Final = 50
READERS: Final = {"coco": coco.read, "yolo": yolo.read, "voc": voc.read}


def look(made: Import) -> Batch:
    """Return what the next images of the set are, and the labels that they get."""
    items = _rewritten(made)
    guideline = versions.current(made.project)
    if guideline is None:
        raise Contradiction("Publish a guideline first: labels are checked against it.", code="no_guideline")
    schema = versions.schema_of(guideline)
    batch = Batch(position=made.position, line=made.line)
    with storage.store().open(items) as lines, storage.store().open(made.object_key) as source:
        folder = Folder(source, name=made.filename)
        lines.seek(made.position)
        for count, raw in enumerate(lines, 1):
            batch.position, batch.line = batch.position + len(raw), batch.line + 1
            _take(made, folder, json.loads(raw), schema, batch)
            if count == ITEMS:
                break
        else:
            batch.last = True
    return batch


def _rewritten(made: Import) -> str:
    """Return the key of the set as lines, made if it is not there yet."""
    store, key = storage.store(), f"{made.object_key}-items"
    if store.exists(key):
        return key
    with store.open(made.object_key) as source, tempfile.TemporaryFile() as sink:
        folder = Folder(source, name=made.filename)
        for item in READERS[made.source](folder):
            sink.write(json.dumps(asdict(item)).encode() + b"\n")
        sink.seek(0)
        store.put(key, cast(BinaryIO, sink), content_type="application/x-ndjson")
    return key


def _take(made: Import, folder: Folder, item: dict[str, Any], schema: Schema, batch: Batch) -> None:
    """Put one image, its labels and what is wrong with them into the batch."""
    name = printable(item["name"])
    faults = [(fault["code"], fault["detail"]) for fault in item["faults"]]
    try:
        size, sha256 = _image(made, folder, item, batch)
    except CrowdError as error:
        told = faults if faults and not item["objects"] else [(error.code, error.detail), *faults]
        batch.refused.append(Refused(name, *told[0]))
        batch.beside += [Refused(name, *fault) for fault in told[1:]]
        return
    objects, canvas = [], Canvas(size, item["relative"])
    for each in item["objects"]:
        try:
            found, lost = placed(each, schema=schema, canvas=canvas)
        except Invalid as error:
            faults.append((error.code, error.detail))
        else:
            objects.append(found)
            faults += lost
    answers, lost = answered(item.get("answers", {}), schema=schema)
    faults += lost
    batch.beside += [Refused(name, *fault) for fault in faults]
    if faults and made.use != Import.Use.PRELABEL:
        reason = "Its labels are not taken: without what was refused they would be wrong."
        batch.beside.append(Refused(name, "incomplete", reason))
    elif objects or answers or (made.use != Import.Use.PRELABEL and not item["member"]):
        batch.labels.append(Label(name, sha256, {"classifications": answers, "objects": objects}))


def _image(made: Import, folder: Folder, item: dict[str, Any], batch: Batch) -> tuple[tuple[int, int], str]:
    """Return width, height and SHA-256 of the image that an item speaks of; CrowdError where there is none."""
    if item["member"]:
        facts = _stored(made, item["member"], folder.read(item["member"], most=settings.CROWD_MAX_IMAGE_BYTES))
        batch.found.append(facts)
        return (facts.width, facts.height), facts.sha256
    images = Image.objects.filter(project=made.project_id)
    rows = list(images.filter(sha256=item["sha256"])[:1]) if item.get("sha256") else []
    rows = rows or list(images.filter(name=clean_name(item["name"]))[:2])
    if len(rows) != 1:
        told = "Several images have this name." if rows else "It is neither in the archive nor in the project."
        raise Invalid(told, code="no_image")
    batch.known += 1
    return (rows[0].width, rows[0].height), rows[0].sha256


def _stored(made: Import, member: str, raw: bytes) -> Facts:
    picture = pictures.inspect(
        raw, max_bytes=settings.CROWD_MAX_IMAGE_BYTES, max_pixels=settings.CROWD_MAX_IMAGE_PIXELS
    )
    image, store = Image(project=made.project, sha256=picture.sha256), storage.store()
    known = Image.objects.filter(project=made.project, sha256=picture.sha256).first()
    if known is not None:
        refuse_erased(known)
    if not store.exists(image.key):
        store.put(image.key, io.BytesIO(raw), content_type=picture.content_type)
    return Facts(
        name=clean_name(member),
        sha256=picture.sha256,
        width=picture.width,
        height=picture.height,
        orientation=picture.orientation,
        content_type=picture.content_type,
        bytes=picture.bytes,
    )
