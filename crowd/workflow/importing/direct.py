"""Files that go into the bucket past the server: addressed, put there by the browser, then looked at here.

Nothing that a sender says is believed: what came is read as a whole, and the very bytes that were looked at are stored
as the image, so that whoever still holds the address can change nothing of it.
"""

import io
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Final

from django.conf import settings
from django.db import transaction

from crowd import storage
from crowd.errors import Contradiction, CrowdError, Invalid, Missing
from crowd.models import DirectUpload, Image, Project, User
from crowd.workflow.importing.uploads import add_image, clean_name

State = DirectUpload.State
SECONDS: Final = 3600  # an address takes a file for
KEPT: Final = timedelta(days=1)  # then what was begun and not finished is forgotten
BATCH: Final = 500


@dataclass(frozen=True)
class Announced:
    """What a sender says of a file."""

    name: str
    bytes: int
    sha256: str = ""


def is_possible() -> bool:
    """Return whether images are kept where a browser can put them."""
    return storage.store().upload_url("uploads/x", length=1, expires_in=1) is not None


@transaction.atomic
def begin(*, project: Project, files: Sequence[Announced], by: User, now: datetime) -> list[DirectUpload]:
    """Return an upload for each file; one that is here already, or too large, is over before it begins."""
    if not is_possible():
        raise Contradiction(
            "Images of this server are not kept in a bucket; post them to images/ instead.", code="no_direct_uploads"
        )
    known = {
        image.sha256: image
        for image in Image.objects.filter(project=project, sha256__in=[file.sha256 for file in files if file.sha256])
    }
    made = [_announced(project, file, known.get(file.sha256), by, now) for file in files]
    DirectUpload.objects.bulk_create(made)
    return made


def address(upload: DirectUpload) -> str | None:
    """Return where the bytes of an upload are to be put; None for one that is over."""
    if upload.state != State.WAITING:
        return None
    return storage.store().upload_url(upload.key, length=upload.bytes, expires_in=SECONDS)


def complete(*, upload: DirectUpload, by: User, now: datetime) -> DirectUpload:
    """Look at what came, and make it an image or refuse it; an upload that is over is returned as it is."""
    if upload.state != State.WAITING:
        return upload
    try:
        with storage.store().open(upload.key) as source:
            raw = source.read(settings.CROWD_MAX_IMAGE_BYTES + 1)
    except Missing:
        raise Contradiction("No bytes have come yet; put the file at its address first.", code="nothing_came") from None
    try:
        if len(raw) != upload.bytes:
            raise Invalid("Other bytes came than were announced; send the file again.", code="other_bytes")
        image, created = add_image(
            project=upload.project, name=upload.name, handle=io.BytesIO(raw), by=by, now=now, sha256=upload.sha256
        )
    except CrowdError as fault:
        return _end(upload, State.REFUSED, None, fault.code, fault.detail)
    return _end(upload, State.DONE if created else State.DUPLICATE, image)


def forget(*, now: datetime) -> None:
    """Remove old uploads, and the bytes of those that were never completed."""
    store = storage.store()
    for upload in DirectUpload.objects.filter(created_at__lt=now - KEPT).order_by("created_at")[:BATCH]:
        if upload.state == State.WAITING:
            store.delete(upload.key)
        upload.delete()


def _announced(project: Project, file: Announced, known: Image | None, by: User, now: datetime) -> DirectUpload:
    made = DirectUpload(
        project=project,
        created_by=by,
        name=clean_name(file.name),
        bytes=file.bytes,
        sha256=file.sha256,
        created_at=now,
    )
    if known is not None and known.erased_at is not None:
        made.state, made.code = State.REFUSED, "image_erased"
        made.detail = "This image was erased from the project; it does not come back."
    elif known is not None:
        made.state, made.image = State.DUPLICATE, known
    elif file.bytes > settings.CROWD_MAX_IMAGE_BYTES:
        made.state, made.code = State.REFUSED, "too_large"
        made.detail = f"The file is larger than {settings.CROWD_MAX_IMAGE_BYTES:,} bytes."
    return made


@transaction.atomic
def _end(
    upload: DirectUpload, state: DirectUpload.State, image: Image | None, code: str = "", detail: str = ""
) -> DirectUpload:
    """Say how an upload ended, unless somebody else has; its own bytes are not needed any more."""
    held = DirectUpload.objects.select_for_update(no_key=True, of=("self",)).get(pk=upload.pk)
    if held.state == State.WAITING:
        held.state, held.image, held.code, held.detail = state, image, code, detail
        held.save(update_fields=["state", "image", "code", "detail"])
        transaction.on_commit(partial(storage.store().delete, held.key), robust=True)
    return held
