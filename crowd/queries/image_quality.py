"""How the images of a project look: counts, distributions, and the ones that may not be worth labelling."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.db import connection
from django.db.models import Count, Q, QuerySet, Sum

from crowd.models import ImageQuality, Import, Project, Task

# where a list begins; the distributions show an owner whether that suits their images
BLURRED_BELOW: Final = 40.0  # variance of the Laplacian at 512 pixels
CLIPPED_FROM: Final = 0.5  # share of pixels without any drawing
DARK_BELOW, BRIGHT_ABOVE = 0.12, 0.88  # mean brightness
TINY_BELOW: Final = 64  # pixels of the shorter side
CAMERAS: Final = 20
SHARPNESS_BINS, BRIGHTNESS_BINS, SIDE_BINS = 15, 20, 14
FLAGS: Final[Mapping[str, Q]] = {
    "near": Q(near__isnull=False),
    "blurred": Q(sharpness__lt=BLURRED_BELOW),
    "dark": Q(dark__gte=CLIPPED_FROM) | Q(brightness__lt=DARK_BELOW),
    "bright": Q(bright__gte=CLIPPED_FROM) | Q(brightness__gt=BRIGHT_ABOVE),
    "tiny": Q(image__width__lt=TINY_BELOW) | Q(image__height__lt=TINY_BELOW),
    "unread": ~Q(fault=""),
}
_IN_WORK: Final = ~Q(image__task__state=Task.State.EXCLUDED)
# doublings for what has no upper end, twentieths for what has
_DISTRIBUTIONS: Final = """
    SELECT 'sharpness', width_bucket(1 + q.sharpness, %(sharpness)s) AS bin, count(*)
      FROM crowd_imagequality q WHERE q.project_id = %(project)s AND q.sharpness IS NOT NULL GROUP BY bin
    UNION ALL
    SELECT 'brightness', least(floor(q.brightness * %(brightness)s), %(brightness)s - 1)::int AS bin, count(*)
      FROM crowd_imagequality q WHERE q.project_id = %(project)s AND q.brightness IS NOT NULL GROUP BY bin
    UNION ALL
    SELECT 'side', width_bucket(least(i.width, i.height)::float8, %(side)s) AS bin, count(*)
      FROM crowd_image i WHERE i.project_id = %(project)s GROUP BY bin
"""


@dataclass(frozen=True)
class Quality:
    """The report of a project. Counts by flag are of images in work; what is excluded is `excluded`.

    `counted_at` says as of when, where that is not now.

    `sharpness` (and one) and `side` count by doublings: bin n holds 2ⁿ up to 2ⁿ⁺¹; `brightness` by twentieths.
    """

    images: int
    waiting: int
    duplicates: int
    groups: int
    flags: Mapping[str, int]
    excluded: Mapping[str, int]
    cameras: Sequence[Mapping[str, Any]]
    sharpness: Sequence[int]
    brightness: Sequence[int]
    side: Sequence[int]
    counted_at: datetime | None = None


def report(project: Project) -> Quality:
    """Return how a project's images look."""
    rows = ImageQuality.objects.filter(project=project)
    asked: dict[str, Any] = {
        "images": Count("pk"),
        "waiting": Count("pk", filter=Q(measured_at__isnull=True)),
        "groups": Count("near", filter=_IN_WORK, distinct=True),
    }
    for flag, condition in FLAGS.items():
        asked[f"{flag}_in"] = Count("pk", filter=condition & _IN_WORK)
        asked[f"{flag}_out"] = Count("pk", filter=condition & ~_IN_WORK)
    found = rows.aggregate(**asked)
    bins = _distributions(project)
    cameras = rows.exclude(camera="").values("camera").annotate(images=Count("pk")).order_by("-images", "camera")
    return Quality(
        images=found["images"],
        waiting=found["waiting"],
        duplicates=Import.objects.filter(project=project).aggregate(sum=Sum("duplicates"))["sum"] or 0,
        groups=found["groups"],
        flags={flag: found[f"{flag}_in"] for flag in FLAGS},
        excluded={flag: found[f"{flag}_out"] for flag in FLAGS},
        cameras=list(cameras[:CAMERAS]),
        sharpness=bins["sharpness"],
        brightness=bins["brightness"],
        side=bins["side"],
    )


def found(project: Project, *, flag: str = "", camera: str = "", excluded: bool = False) -> QuerySet[ImageQuality]:
    """Return images in work, or excluded, that a flag or camera names, with their tasks."""
    rows = ImageQuality.objects.filter(project=project).select_related("image", "image__task")
    rows = rows.filter(~_IN_WORK if excluded else _IN_WORK)
    if flag:
        rows = rows.filter(FLAGS[flag])
    return rows.filter(camera=camera) if camera else rows


def near_groups(
    project: Project, *, excluded: bool = False, after: int | None = None, size: int
) -> tuple[Sequence[Sequence[ImageQuality]], int | None]:
    """Return groups of images that resemble each other, the one they are near to first, and the key of the next ones.

    A group is shown while one of its copies is in work, or excluded where that is asked for.
    """
    copies = found(project, flag="near", excluded=excluded)
    if after is not None:
        copies = copies.filter(near__gt=after)
    keys = list(copies.order_by("near").values_list("near", flat=True).distinct()[: size + 1])
    shown = keys[:size]
    rows = ImageQuality.objects.filter(Q(near__in=shown) | Q(image__in=shown), project=project)
    groups: dict[int, list[ImageQuality]] = {key: [] for key in shown if key is not None}
    for row in rows.select_related("image", "image__task").order_by("pk"):
        group = groups[row.near_id or row.pk]
        if row.near_id is None:
            group.insert(0, row)
        elif (row.image.task.state == Task.State.EXCLUDED) == excluded:
            group.append(row)
    return list(groups.values()), shown[-1] if len(keys) > size else None


def _distributions(project: Project) -> dict[str, list[int]]:
    bins = {"sharpness": SHARPNESS_BINS, "brightness": BRIGHTNESS_BINS, "side": SIDE_BINS}
    counts = {name: [0] * count for name, count in bins.items()}
    with connection.cursor() as cursor:
        ends = {name: [float(2**n) for n in range(1, count)] for name, count in bins.items()}
        asked: dict[str, Any] = {
            "project": project.pk,
            "brightness": BRIGHTNESS_BINS,
            "sharpness": ends["sharpness"],
            "side": ends["side"],
        }
        cursor.execute(_DISTRIBUTIONS, asked)
        for name, place, count in cursor.fetchall():
            counts[name][place] = count
    return counts
