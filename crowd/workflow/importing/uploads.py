"""Images come in: checked, stored by content, each with its task."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import BinaryIO

from django.conf import settings
from django.db import transaction

from crowd import jobs, storage
from crowd.errors import CrowdError, Gone, Invalid
from crowd.formats import pictures
from crowd.models import Image, ImageQuality, Project, Task, User
from crowd.workflow import events

# control characters, and those that turn the text around them: “gpj.exe” read from the right is “exe.jpg”
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]")


@dataclass(frozen=True)
class Duplicate:
    """A file whose bytes the project has already."""

    name: str
    image: Image


@dataclass(frozen=True)
class Rejection:
    """A file that was refused, and why."""

    name: str
    code: str
    detail: str


@dataclass
class Upload:
    """What became of each file."""

    created: list[Image] = field(default_factory=list)
    duplicates: list[Duplicate] = field(default_factory=list)
    rejected: list[Rejection] = field(default_factory=list)


def add_images(*, project: Project, files: Iterable[tuple[str, BinaryIO]], by: User, now: datetime) -> Upload:
    """Store each file that is a whole, safe image, with an open task; one bad file stops no other.

    Bytes are stored before the row that names them, outside any transaction: an object without a row is harmless.
    """
    upload = Upload()
    for given, handle in files:
        name = clean_name(given)
        try:
            image, created = add_image(project=project, name=name, handle=handle, by=by, now=now)
        except CrowdError as error:
            upload.rejected.append(Rejection(name, error.code, error.detail))
            continue
        if created:
            upload.created.append(image)
        else:
            upload.duplicates.append(Duplicate(name, image))
    return upload


def clean_name(given: str) -> str:
    """Return a file name that is safe to show: no folder, no control characters, at most 200 characters."""
    last = _CONTROL.sub("", given).replace("\\", "/").rstrip("/").rpartition("/")[2].strip()
    return last[-200:] or "unnamed"


def add_image(
    *, project: Project, name: str, handle: BinaryIO, by: User, now: datetime, sha256: str = ""
) -> tuple[Image, bool]:
    """Store one whole, safe image with an open task; return it, and whether it is new. `sha256`: what it must have."""
    picture = pictures.inspect(
        handle, max_bytes=settings.CROWD_MAX_IMAGE_BYTES, max_pixels=settings.CROWD_MAX_IMAGE_PIXELS
    )
    if sha256 not in {"", picture.sha256}:
        raise Invalid("Other bytes came than were announced; send the file again.", code="other_bytes")
    known = Image.objects.filter(project=project, sha256=picture.sha256).first()
    if known is not None:
        refuse_erased(known)
        return known, False
    image = Image(
        project=project,
        name=name,
        sha256=picture.sha256,
        width=picture.width,
        height=picture.height,
        orientation=picture.orientation,
        content_type=picture.content_type,
        bytes=picture.bytes,
        created_at=now,
    )
    store = storage.store()
    if not store.exists(image.key):
        handle.seek(0)
        store.put(image.key, handle, content_type=picture.content_type)
    return _register(image, by, now)


def refuse_erased(known: Image) -> None:
    """Raise Gone for an image that was erased from the project: its bytes do not come back."""
    if known.erased_at is not None:
        raise Gone("This image was erased from the project; it does not come back.", code="image_erased")


@transaction.atomic
def _register(image: Image, by: User, now: datetime) -> tuple[Image, bool]:
    """Write the rows, unless somebody else has just done so."""
    Image.objects.bulk_create([image], ignore_conflicts=True)
    stored = Image.objects.select_related("project").get(project=image.project, sha256=image.sha256)
    overlap = stored.project.overlap
    task, created = Task.objects.get_or_create(
        image=stored,
        defaults={
            "project": stored.project,
            "base_overlap": overlap,
            "overlap": overlap,
            "open_slots": overlap,
            "created_at": now,
        },
    )
    if created:
        ImageQuality.objects.create(image=stored, project=stored.project)
        jobs.send(jobs.measure_images, stored.project_id)
        events.record(
            project=stored.project,
            kind="image.imported",
            now=now,
            by=by,
            data={"image": stored.pk, "name": stored.name, "sha256": stored.sha256, "task": task.pk},
        )
    return stored, created
