"""An image is erased: its bytes, its name and what was read from it; what was said of it stays, under a tombstone."""

import re
from datetime import datetime
from typing import Final

import pgtrigger
from django.db import transaction

from crowd import jobs, storage
from crowd.errors import Gone, Invalid
from crowd.models import Event, GuidelineExample, Image, ImageQuality, Task, Tombstone, User
from crowd.queries import image_bytes, thumbnails
from crowd.queries import releases as reading
from crowd.workflow import conflicts, events, locks
from crowd.workflow.erasing import packed

BATCH: Final = 200
_KEY: Final = re.compile(r"projects/([0-9]{1,18})/(?:erased/([0-9]{1,18})|(?:images|thumbnails)/../([0-9a-f]{64}))")
_FILE: Final = re.compile(r"projects/([0-9]{1,18})/releases/../([0-9a-f]{64})")
_LOOKS: Final = {"camera": "", "fingerprint": None, "near": None, **{f"band{n}": None for n in range(4)}}


@transaction.atomic
def erase_image(*, image: Image, reason: str, by: User | None, now: datetime) -> Image:
    """Erase an image, and those of projects made of its project's releases, which share its bytes; not to be undone.

    It is left out of all work and of later releases. Released data keep its checksum, and the labels that were given.
    The bytes go soon after the commit, or, while a backup is being made, after that; and with them the packed files of
    releases that hold it.
    """
    reason = reason.strip()[:500]
    if not reason:
        raise Invalid("reason: say why it is erased.", errors={"reason": ["Say why."]})
    found = _erase(image.pk, reason, by, now)
    sharing = Image.objects.filter(held_by=found.project_id, sha256=found.sha256, erased_at__isnull=True)
    while found.held_by_id is None and (others := list(sharing.order_by("pk").values_list("pk", flat=True))):
        for pk in others:
            _erase(pk, reason, by if _is_theirs(pk, by) else None, now)
    jobs.send(jobs.sweep_erased)
    return found


def sweep(*, now: datetime) -> int:
    """Remove the bytes of erased images that nobody else shares, and the packed files that hold them.

    Return how many images are done with; one that a release under construction may still pack is seen to again. What
    goes is noted, and that is committed, before it does: a file is never missing without a word.
    """
    with transaction.atomic():
        settled = packed.note(_waiting())
    with transaction.atomic():
        if not locks.try_lock("removal", 0):  # a backup is being made: it may count on them
            return 0
        rows = _waiting()
        for row in rows:
            _remove(row)
        done = [row.pk for row in rows if row.pk in settled]
        return Tombstone.objects.filter(pk__in=done).update(swept_at=now)


def _waiting() -> list[Tombstone]:
    waiting = Tombstone.objects.select_for_update(skip_locked=True, of=("self",)).filter(swept_at__isnull=True)
    return list(waiting.select_related("image").order_by("at")[:BATCH])


def _remove(row: Tombstone) -> None:
    store = storage.store()
    for key in packed.keys(row):
        store.delete(key)
    if not image_bytes.is_shared(row.image):
        store.delete(row.image.key)
        store.delete(thumbnails.key_of(row.image))


def explain(key: str) -> None:
    """Raise Gone where an object's key is that of an erased image, with the reason, or of a file that held one."""
    if (file := _FILE.fullmatch(key)) is not None:
        reading.check_not_erased(int(file[1]), file[2])
    parts = _KEY.fullmatch(key)
    if parts is None:
        return
    rows = Tombstone.objects.filter(image__project=int(parts[1]))
    found = rows.filter(image=int(parts[2])) if parts[2] else rows.filter(image__sha256=parts[3])
    if (row := found.first()) is not None:
        raise Gone(f"This image was erased on {row.at:%Y-%m-%d}. Reason: {row.reason}", code="image_erased")


def _erase(pk: int, reason: str, by: User | None, now: datetime) -> Image:
    task = Task.objects.select_for_update(no_key=True, of=("self",)).filter(image=pk).first()
    image = Image.objects.select_for_update(no_key=True, of=("self",)).select_related("project").get(pk=pk)
    if image.erased_at is not None:
        return image
    if task is not None and task.state != Task.State.EXCLUDED:
        conflicts.close(task=task, now=now, outcome=conflicts.Outcome.EXCLUDED, by=by, comment=reason)
        task.state = Task.State.EXCLUDED
        task.save(update_fields=["state"])
    Tombstone.objects.create(image=image, reason=reason, by=by, at=now)
    image.name, image.metadata, image.location, image.erased_at = f"erased-{image.pk}", {}, "", now
    image.save(update_fields=["name", "metadata", "location", "erased_at"])
    ImageQuality.objects.filter(image=image).update(**_LOOKS)
    ImageQuality.objects.filter(near=image).update(near=None)
    GuidelineExample.objects.filter(image=image, guideline__state="draft").delete()
    if task is not None:
        _unname(image, task)
    told = {"image": image.pk, "reason": reason} | ({"task": task.pk} if task else {})
    events.record(project=image.project, kind="image.erased", now=now, by=by, data=told)
    return image


def _unname(image: Image, task: Task) -> None:
    """Take the image's name from where the trail says that it came."""
    came = Event.objects.filter(project=image.project, data__task=task.pk, type="image.imported")
    with pgtrigger.ignore("crowd.Event:event_never_changes"):
        for event in came:
            Event.objects.filter(pk=event.pk).update(data=event.data | {"name": image.name})


def _is_theirs(pk: int, by: User | None) -> bool:
    """Return whether somebody may be named to the members of an image's project."""
    return by is not None and by.memberships.filter(project__images=pk).exists()
