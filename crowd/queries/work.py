"""What a worker sees: an assignment and nothing more, and their own record."""

import time
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from django.conf import settings

from crowd import storage
from crowd.errors import Invalid
from crowd.labels.annotation import annotation_to_json
from crowd.models import Appeal, Assignment, Dispute, Gold, GoldCheck, Image, Note, Project, Standing, User
from crowd.queries import sentences, thumbnails, versions
from crowd.queries.qualification import Progress, progress
from crowd.storage import links
from crowd.storage.sources import split_location

# multiples of these, without their whole parts, fill the interval from 0 to 1 evenly from the first few on
MOST_NOTES = 20  # the newest
_GOLDEN_RATIO, _PLASTIC_RATIO = 0.6180339887498949, 0.7548776662466927


def image_url(image: Image) -> str:
    """Return an address of the image's bytes that expires; relative where this server itself serves them.

    What lies in a bucket is served by the bucket; what lies on the web, by us, which fetch it when it is first asked
    for. An image's address is of one kind for ever.
    """
    if image.erased_at is not None:
        return _link(image, thumbnails.gone_key(image))
    if image.location:
        return _elsewhere(image)
    return storage.store().url(image.key, expires_in=settings.CROWD_SIGNED_URL_SECONDS, content_type=image.content_type)


def _elsewhere(image: Image) -> str:
    if image.location.startswith("s3://"):
        name, key = split_location(image.location)
        with suppress(Invalid):  # the operator has taken the bucket off the list: a link that gives nothing
            return storage.bucket(name, key).url(
                key, expires_in=settings.CROWD_SIGNED_URL_SECONDS, content_type=image.content_type
            )
    return _link(image, image.key)


def _link(image: Image, key: str) -> str:
    """Return an address of an object that this server itself serves, or says of why it does not."""
    return links.make(
        key,
        now=time.time(),
        expires_in=settings.CROWD_SIGNED_URL_SECONDS,
        filename=None,
        content_type=image.content_type,
    )


def for_worker(assignment: Assignment) -> dict[str, Any]:
    """Return an assignment as its worker sees it: the same keys and kinds of value whether or not it is gold."""
    task = assignment.task
    return {
        "id": str(assignment.pk),
        "project": task.project.slug,
        "image": {"url": image_url(task.image), "width": task.image.width, "height": task.image.height},
        "guideline": assignment.guideline.number,
        "prelabel": _prelabel(assignment),
        "draft": assignment.draft,
        "expires_at": assignment.expires_at,
        "state": shown_state(assignment),
    }


def shown_state(assignment: Assignment) -> str:
    """Return the state as its worker sees it."""
    return Assignment.State.SUBMITTED if assignment.overtaken_at is not None else assignment.state


def is_blind(project: Project, worker: int) -> bool:
    """Return whether pre-labels are hidden from a worker, always the same for one: a share of them, evenly spread."""
    spot = (worker * _GOLDEN_RATIO + project.pk * _PLASTIC_RATIO) % 1.0
    return project.blind_prelabels and spot < project.blind_share


def _prelabel(assignment: Assignment) -> dict[str, Any] | None:
    """Return a model's proposal as it reads under the assignment's guideline version."""
    task, made_under = assignment.task, assignment.task.prelabel_guideline
    if task.prelabel is None or made_under is None or is_blind(task.project, assignment.worker_id):
        return None
    if made_under.pk == assignment.guideline_id:
        return dict(task.prelabel)
    annotation = versions.read(
        task.prelabel,
        image=task.image,
        made_under=made_under,
        target=assignment.guideline,
        history=versions.history(task.project),
    )
    return annotation_to_json(annotation) if annotation is not None else None


@dataclass(frozen=True)
class Record:
    """A worker's own record in a project."""

    status: str
    reason: str
    warning: str
    labels: int
    handed_in: int
    gold_seen: int
    gold_passed: int
    training: list[dict[str, Any]]
    qualification: Progress
    appeal: Appeal | None
    may_appeal: bool
    notes: list[Note]


def record(*, project: Project, worker: User) -> Record:
    """Return a worker's counts and standing.

    Gold counts and warnings are those of the last tenth answer: told at once, they would say which image was gold.
    """
    standing = Standing.objects.get(project=project, worker=worker)
    appeal = standing.appeals.order_by("-pk").first()
    active = standing.status == Standing.Status.ACTIVE
    return Record(
        status=standing.status,
        reason=standing.reason,
        warning=standing.told_warning if active else "",
        labels=standing.labels + standing.overtaken,  # none of which may tell by its going which answer was to gold
        handed_in=standing.handed_in,
        gold_seen=standing.told_seen,
        gold_passed=standing.told_passed,
        training=_training(project, worker),
        qualification=progress(standing=standing, project=project),
        appeal=appeal,
        may_appeal=not active and (appeal is None or appeal.pause != standing.pauses),
        notes=list(Note.objects.filter(project=project, worker=worker).order_by("-pk")[:MOST_NOTES]),
    )


def _training(project: Project, worker: User) -> list[dict[str, Any]]:
    done = GoldCheck.objects.filter(
        assignment__worker=worker, assignment__task__project=project, gold__use=Gold.Use.TRAINING
    ).select_related("gold", "assignment__dispute")
    return [
        {
            "assignment": str(check.assignment_id),
            "score": check.score,
            "explanation": check.gold.explanation,
            "expected": check.gold.annotation,
            "dispute": _dispute(check.assignment),
        }
        for check in done.order_by("at", "pk")
    ]


def _dispute(assignment: Assignment) -> dict[str, str] | None:
    """Return what became of a worker's word against training; of other images that would say which are gold."""
    said: Dispute | None = getattr(assignment, "dispute", None)
    return None if said is None else {"text": said.text, "outcome": said.outcome, "reason": sentences.said(said.reason)}


def is_gold(task_id: int) -> bool:
    """Return whether a task's answer is known."""
    return Gold.objects.filter(task=task_id, withdrawn_at__isnull=True).exists()
