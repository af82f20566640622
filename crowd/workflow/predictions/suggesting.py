"""An outline proposed to the worker who holds the image, from a rough box or a few clicks. Nothing is kept of it."""

import threading
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any, Final
from urllib.parse import urlsplit

from django.conf import settings

from crowd import egress, smart, storage
from crowd.errors import Contradiction, Invalid, Unavailable, Unprocessable
from crowd.labels.annotation import object_to_json, parse_annotation
from crowd.labels.types import ObjectClass
from crowd.models import Assignment, Image
from crowd.queries import versions, work

MAX_CLICKS: Final = 50
WAIT: Final = 5.0  # seconds for others' proposals to be done with
LIMITS: Final = egress.Limits(seconds=10.0, bytes=4 << 20)

# each holds a decoded picture, and a core: this many at once in a process
_room = threading.BoundedSemaphore(1)


@dataclass(frozen=True)
class Suggestion:
    """One object as its part of an annotation document, and how sure the proposer is, 0 to 1."""

    object: dict[str, Any]
    score: float


def suggest(
    *,
    assignment: Assignment,
    label: str,
    box: Sequence[float] | None = None,
    points: Sequence[Sequence[float]] = (),
    now: datetime,
) -> Suggestion:
    """Return a tight outline of the class's shape for what the box or the clicks show; it is judged like any answer.

    The same for every image, whatever is known of it: only the image itself and the guideline are looked at.
    """
    if assignment.state != Assignment.State.LEASED or assignment.expires_at <= now:
        raise Contradiction(
            "You do not hold this image any more; nothing can be proposed for it.",
            code="closed" if work.shown_state(assignment) != Assignment.State.LEASED else "lease_over",
        )
    schema, image = versions.schema_of(assignment.guideline), assignment.task.image
    asked = schema.object_class(label)
    if asked is None or asked.shape not in smart.SHAPES:
        names = ", ".join(each.name for each in schema.objects if each.shape in smart.SHAPES) or "none"
        raise _invalid("label", f"must be a class marked by a mask, polygon or box; there are: {names}")
    prompt = _prompt(box, points, image)
    if not _room.acquire(timeout=WAIT):
        raise Unavailable("Too many proposals are asked for just now. Try again in a moment.", code="busy")
    try:
        view = smart.cut_out(storage.store().read(image.key), prompt, width=image.width, height=image.height)
        found = _proposer(asked).propose(view.picture, view.inside(prompt))
        geometry = smart.shaped(found.pixels, view, shape=asked.shape)
    finally:
        _room.release()
    if geometry is None:
        raise _nothing()
    try:
        read = parse_annotation(
            {"objects": [{"label": label, asked.shape: geometry}]},
            schema=schema,
            width=image.width,
            height=image.height,
            complete=False,
        )
    except Invalid as fault:
        raise _nothing() from fault
    return Suggestion(object=object_to_json(read.objects[0]), score=round(found.score, 4))


def _prompt(box: Sequence[float] | None, points: Sequence[Sequence[float]], image: Image) -> smart.Prompt:
    """Return what was shown, cut at the image's edge."""
    if len(points) > MAX_CLICKS:
        raise _invalid("points", f"may be {MAX_CLICKS} at most")
    for place, (x, y, on) in enumerate(points):
        if not (0 <= x <= image.width and 0 <= y <= image.height) or on not in (0, 1):
            raise _invalid(
                f"points[{place}]", "must lie in the image and be [x, y, 1] on the thing or [x, y, 0] beside it"
            )
    clicks = tuple((float(x), float(y), on == 1) for x, y, on in points)
    if box is None:
        if not any(on for _, _, on in clicks):
            raise _invalid("points", "need at least one on the thing where there is no box")
        return smart.Prompt(points=clicks)
    x, y, width, height = box
    left, top = max(0.0, x), max(0.0, y)
    right, bottom = min(float(image.width), x + width), min(float(image.height), y + height)
    if right - left < 1 or bottom - top < 1:
        raise _invalid("box", "must cover at least a pixel of the image")
    return smart.Prompt(box=(left, top, right - left, bottom - top), points=clicks)


def _proposer(asked: ObjectClass) -> smart.Proposer:
    """Return the operator's model server where there is one, else GrabCut."""
    if settings.CROWD_SMART_URL:
        return smart.Remote(post=partial(_post, settings.CROWD_SMART_URL), label=asked.name, shape=asked.shape)
    return smart.GrabCut()


def _post(url: str, body: bytes) -> bytes:
    """Ask the model server, whose host the operator has opened by naming it; it is not waited for for long."""
    allowed = egress.Allowed.parse([*settings.CROWD_EGRESS_ALLOW, urlsplit(url).hostname or ""])
    headers = {"Content-Type": "application/json", "Accept": "application/json"}
    answer = egress.fetch(url, allowed=allowed, method="POST", headers=headers, content=body, limits=LIMITS)
    if answer.status != 200:
        raise Unavailable("The model server does not answer as it should. Draw by hand meanwhile.", code="bad_proposal")
    return answer.body


def _invalid(path: str, sentence: str) -> Invalid:
    return Invalid(f"{path} {sentence}.", errors={path: [sentence]})


def _nothing() -> Unprocessable:
    return Unprocessable("Nothing was found there. Draw the box closer around it, or by hand.", code="nothing_found")
