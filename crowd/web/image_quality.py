"""The report on how the images look, and what is done about the bad ones."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.views.decorators.http import require_POST, require_safe

from crowd.errors import CrowdError
from crowd.models import ImageQuality, Membership, Task
from crowd.queries import image_quality as queries
from crowd.queries import thumbnails
from crowd.web.access import Request, overseers, owners
from crowd.web.charts import Histogram, histogram_of
from crowd.web.frame import frame
from crowd.workflow import tasks
from crowd.workflow.importing import looks_report

GROUPS, IMAGES, MOST_CHOSEN = 12, 60, 500
WORDS = {
    "near": "Near duplicates",
    "blurred": "Blurred",
    "dark": "Dark",
    "bright": "Bright",
    "tiny": "Tiny",
    "unread": "Unreadable",
}
WHY = {
    "near": "Each row shows an image and the later ones that look nearly the same. The copies are chosen already.",
    "blurred": "Few fine details. A smooth surface looks so too: look before you exclude.",
    "dark": "At least half of the pixels are black, or the whole is very dark.",
    "bright": "At least half of the pixels are white, or the whole is very bright. Things on white ground look so too.",
    "tiny": f"A side is shorter than {queries.TINY_BELOW} pixels.",
    "unread": "These could not be opened to be looked at.",
}
SHARPNESS_TICKS = [(0, "0"), (4, "15"), (8, "255"), (12, "4,095")]
BRIGHTNESS_TICKS = [(0, "black"), (queries.BRIGHTNESS_BINS, "white")]
SIDE_TICKS = [(0, "1"), (6, "64"), (8, "256"), (10, "1,024"), (12, "4,096")]


@dataclass(frozen=True)
class Tile:
    """One image of a list."""

    row: ImageQuality
    task: Task
    url: str
    chosen: bool
    told: str


@require_safe
@overseers
def quality(request: Request, member: Membership) -> HttpResponse:
    """Show the report and one of its lists."""
    report = looks_report.report(project=member.project, now=timezone.now())
    flag = request.GET.get("flag", "")
    if flag not in queries.FLAGS:
        flag = next((one for one in queries.FLAGS if report.flags[one]), "near")
    excluded = request.GET.get("excluded") == "1"
    return render(
        request,
        "images/quality.html",
        {
            **frame(member, "images"),
            "report": report,
            "measured": report.images - report.waiting,
            "charts": _charts(report),
            "flags": [(one, word, report.flags[one]) for one, word in WORDS.items()],
            "flag": flag,
            "why": WHY[flag],
            "excluded": excluded,
            "others": (report.flags if excluded else report.excluded)[flag],
            **_list(request, member, flag, excluded),
        },
    )


@require_POST
@owners
def change(request: Request, member: Membership) -> HttpResponse:
    """Exclude the chosen images, or bring them back; each by its own verb, so that one that cannot stops no other."""
    out = request.POST.get("do") != "include"
    keys = [int(one) for one in request.POST.getlist("task")[:MOST_CHOSEN] if one.isdecimal() and len(one) < 19]
    state = Task.State.EXCLUDED if out else Task.State.OPEN
    done, refused = 0, ""
    for task in Task.objects.filter(project=member.project, pk__in=keys).select_related("project").order_by("pk"):
        try:
            tasks.change(task=task, by=request.user, now=timezone.now(), state=state)
            done += 1
        except CrowdError as fault:
            refused = fault.detail
    word = "excluded" if out else "brought back"
    if done:
        looks_report.count_soon(project_id=member.project.pk)
        messages.success(request, f"{done} image{'' if done == 1 else 's'} {word}.")
    if refused:
        messages.error(request, f"Some were not {word}: {refused}")
    elif not done:
        messages.info(request, "No image was chosen.")
    kept = {"flag": request.POST.get("flag", ""), **({} if out else {"excluded": "1"})}
    return redirect(f"{reverse('image_quality', args=[member.project.slug])}?{urlencode(kept)}")


def _list(request: Request, member: Membership, flag: str, excluded: bool) -> dict[str, Any]:
    """Return one page of the list: groups of images that look alike, or images."""
    given = request.GET.get("after", "")
    after = int(given) if given.isdecimal() and len(given) < 19 else None
    groups: list[list[Tile]]
    if flag == "near":
        found, last = queries.near_groups(member.project, excluded=excluded, after=after, size=GROUPS)
        groups = [[_tile(row, flag, chosen=n > 0) for n, row in enumerate(group)] for group in found]
    else:
        rows = queries.found(member.project, flag=flag, excluded=excluded).order_by("pk")
        if after is not None:
            rows = rows.filter(pk__gt=after)
        shown = list(rows[: IMAGES + 1])
        last = shown[IMAGES - 1].pk if len(shown) > IMAGES else None
        groups = [[_tile(row, flag, chosen=False) for row in shown[:IMAGES]]] if shown else []
    kept = {"flag": flag, **({"excluded": "1"} if excluded else {})}
    more = f"?{urlencode({**kept, 'after': str(last)})}" if last is not None else ""
    return {"groups": groups, "more": more, "first": f"?{urlencode(kept)}" if after is not None else ""}


def _tile(row: ImageQuality, flag: str, *, chosen: bool) -> Tile:
    told = {
        "near": f"{row.image.width} × {row.image.height}",
        "blurred": f"sharpness {row.sharpness or 0:.0f}",
        "dark": f"{row.dark or 0:.0%} black, mean {row.brightness or 0:.0%}",
        "bright": f"{row.bright or 0:.0%} white, mean {row.brightness or 0:.0%}",
        "tiny": f"{row.image.width} × {row.image.height}",
        "unread": row.fault.replace("_", " "),
    }[flag]
    return Tile(row, row.image.task, thumbnails.url(row.image), chosen, told)


def _charts(report: queries.Quality) -> Sequence[tuple[str, str, Histogram]]:
    return [
        (
            "Sharpness",
            "Variance of the Laplacian; each bar is twice as sharp.",
            histogram_of(report.sharpness, ticks=SHARPNESS_TICKS),
        ),
        ("Brightness", "Mean of all pixels.", histogram_of(report.brightness, ticks=BRIGHTNESS_TICKS)),
        ("Shorter side", "Pixels; each bar is twice as long.", histogram_of(report.side, ticks=SIDE_TICKS)),
    ]
