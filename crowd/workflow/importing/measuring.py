"""New images are looked at in the background: how sharp, how bright, which camera, and which earlier one they resemble.

Where nothing is compared with everything: fingerprints that differ in at most seven of 64 bits differ in at most one
bit in one of their quarters, so each quarter and its sixteen neighbours are looked up. Source: Norouzi, Punjani and
Fleet, "Fast search in Hamming space with multi-index hashing", CVPR 2012.
"""

import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Final

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Exists, OuterRef, Q

from crowd import jobs
from crowd.errors import CrowdError
from crowd.formats import looks
from crowd.formats.looks import Looks
from crowd.models import Image, ImageQuality, Project
from crowd.queries import image_bytes
from crowd.storage import StorageError
from crowd.workflow import attempts, locks
from crowd.workflow.importing import looks_report

TURN: Final = 20.0  # seconds; then the job is sent again, so that others have their turn
BATCH: Final = 32
READERS: Final = 2  # at once, each with one image in memory
DEAD_AFTER: Final = timedelta(minutes=5)  # whoever took an image longer ago is dead
LOST_AFTER: Final = timedelta(seconds=60)
SENT_AT_ONCE: Final = 100  # projects
NEAR: Final = 6  # bits of 64 in which images that resemble each other differ at most; up to 7 are found
_QUARTERS: Final = (48, 32, 16, 0)
_BY_BAND: Final = " UNION ALL ".join(
    f"SELECT image_id, fingerprint FROM crowd_imagequality WHERE project_id = %(project)s AND near_id IS NULL"  # noqa: S608 -- constant
    f" AND fingerprint IS NOT NULL AND band{n} = ANY(%(band{n})s)"
    for n in range(4)
)
_NEAREST: Final = f"""
    SELECT image_id FROM ({_BY_BAND}) AS alike
    WHERE bit_count((fingerprint # %(fingerprint)s)::bit(64)) <= %(near)s AND image_id <> %(image)s
    ORDER BY bit_count((fingerprint # %(fingerprint)s)::bit(64)), image_id LIMIT 1
"""  # noqa: S608 -- constant


def run(*, project_id: int, clock: Callable[[], datetime], seconds: float = TURN) -> None:
    """Look at a project's new images for a while; running it twice, or twice at once, measures nothing twice."""
    until = time.monotonic() + seconds
    while images := take(project_id=project_id, now=clock()):
        if len(images) == 1:
            seen = [_look_alone(images[0], clock())]
        else:
            with ThreadPoolExecutor(READERS) as readers:
                seen = list(readers.map(_look, images))
        write(project_id=project_id, seen=[one for one in seen if one is not None], now=clock())
        if time.monotonic() > until:
            _send(project_id)
            return
    looks_report.count_soon(project_id=project_id)


@transaction.atomic
def take(*, project_id: int, now: datetime) -> Sequence[Image]:
    """Return the next images that nobody looks at, as taken; one alone, where whoever took it before did not live."""
    free = Q(taken_at__isnull=True) | Q(taken_at__lt=now - DEAD_AFTER)
    rows = ImageQuality.objects.filter(free, project=project_id, measured_at__isnull=True).order_by("image")
    found = list(rows.select_for_update(no_key=True, skip_locked=True).values_list("pk", "taken_at")[:BATCH])
    keys = [pk for pk, taken in found if taken is None] or [pk for pk, _ in found[:1]]
    ImageQuality.objects.filter(pk__in=keys).update(taken_at=now)
    return list(Image.objects.filter(pk__in=keys).order_by("pk"))


@transaction.atomic
def write(*, project_id: int, seen: Sequence[tuple[Image, Looks | str]], now: datetime) -> None:
    """Keep what was seen, each image with the first that it resembles; what is measured already stays."""
    locks.wait_for("looks", project_id)  # two at once would not see each other's images
    waiting = ImageQuality.objects.filter(pk__in=[image.pk for image, _ in seen], measured_at__isnull=True)
    rows = {row.pk: row for row in waiting.select_for_update(no_key=True)}
    for image, told in seen:
        row = rows.get(image.pk)
        if row is None:
            continue
        row.measured_at = now
        if isinstance(told, str):
            row.fault = told
        else:
            _fill(row, told)
        row.save()


@transaction.atomic
def ask_again(*, image: Image) -> None:
    """Have an image looked at that could not be read before."""
    if ImageQuality.objects.filter(image=image).exclude(fault="").update(measured_at=None, taken_at=None, fault=""):
        jobs.send(jobs.measure_images, image.project_id)


@transaction.atomic
def send_lost(*, now: datetime) -> None:
    """Send the jobs again of projects in which images have been waiting for a while."""
    lost = ImageQuality.objects.filter(
        Q(taken_at__isnull=True, image__created_at__lt=now - LOST_AFTER) | Q(taken_at__lt=now - DEAD_AFTER),
        project=OuterRef("pk"),
        measured_at__isnull=True,
    )
    for pk in Project.objects.filter(Exists(lost)).values_list("pk", flat=True)[:SENT_AT_ONCE]:
        jobs.send(jobs.measure_images, pk)


def _look_alone(image: Image, now: datetime) -> tuple[Image, Looks | str] | None:
    """Look at an image that may be what killed who looked at it before; say so where it did that again and again."""
    with attempts.counted(jobs.measure_images.name, image.pk, now=now) as goes:
        return _look(image) if goes else (image, "killed")


def _look(image: Image) -> tuple[Image, Looks | str] | None:
    """Return how an image looks, or why that cannot be said; None where the store does not answer, for the sweep."""
    try:
        with image_bytes.opened(image) as source:
            return image, looks.measure(source, max_pixels=settings.CROWD_MAX_IMAGE_PIXELS)
    except StorageError:
        return None
    except CrowdError as fault:
        return image, fault.code


def _fill(row: ImageQuality, told: Looks) -> None:
    row.sharpness, row.brightness, row.dark, row.bright = told.sharpness, told.brightness, told.dark, told.bright
    row.camera = told.camera
    if told.fingerprint is None:
        return
    row.fingerprint = told.fingerprint - 2**64 if told.fingerprint >= 2**63 else told.fingerprint
    row.band0, row.band1, row.band2, row.band3 = bands(told.fingerprint)
    row.near_id = _nearest(row)


def bands(fingerprint: int) -> tuple[int, int, int, int]:
    """Return the quarters of 64 bits, the upper one first."""
    first, second, third, fourth = (fingerprint >> shift & 0xFFFF for shift in _QUARTERS)
    return first, second, third, fourth


def _nearest(row: ImageQuality) -> int | None:
    """Return the image, near to no other itself, that this one resembles most."""
    quarters = (row.band0, row.band1, row.band2, row.band3)
    probes = {f"band{n}": [band, *(band ^ 1 << bit for bit in range(16))] for n, band in enumerate(quarters)}  # type: ignore[operator]
    told = {"project": row.project_id, "image": row.pk, "fingerprint": row.fingerprint, "near": NEAR, **probes}
    with connection.cursor() as cursor:
        cursor.execute(_NEAREST, told)
        found = cursor.fetchone()
    return int(found[0]) if found else None


@transaction.atomic
def _send(project_id: int) -> None:
    jobs.send(jobs.measure_images, project_id)
