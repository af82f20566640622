"""Projects: made, set, deleted."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import Exists, F, OuterRef, Q
from django.utils.text import slugify

from crowd import consensus
from crowd.errors import Contradiction, Invalid
from crowd.models import Membership, Pilot, PilotTask, Project, Task, User
from crowd.workflow import events
from crowd.workflow.assignments import waiting

SETTINGS = (
    "overlap",
    "max_overlap",
    "confidence_target",
    "gold_rate",
    "training_tasks",
    "exam_tasks",
    "exam_pass_mark",
    "exam_attempts",
    "min_gold_checks",
    "min_gold_accuracy",
    "review_rate",
    "second_review_rate",
    "skill",
    "skill_field",
    "lease_seconds",
    "max_share_per_worker",
    "max_leases",
    "answers_per_hour",
    "require_acknowledgement",
    "guideline_review",
    "order",
    "blind_prelabels",
    "blind_share",
    "trusted_prelabel_score",
    "trusted_prelabel_overlap",
    "checked_prelabel_share",
    "iou_threshold",
    "consensus",
    "pay_per_answer",
    "currency",
    "paused",
)
_WHO_IS_LEFT = {
    "exam_tasks",
    "exam_attempts",
    "max_share_per_worker",
    "skill",
}  # decide who may be asked for one more answer


@transaction.atomic
def create(*, by: User, name: str, now: datetime, slug: str = "", settings: Mapping[str, Any] | None = None) -> Project:
    """Make a project, owned by whoever makes it."""
    project = Project(name=name, slug=slug or _free_slug(name), created_at=now)
    _apply(project, settings or {})
    while not _saved(project):
        if slug:
            raise Contradiction(f"The slug {slug} is taken; choose another.", code="taken", errors={"slug": ["Taken."]})
        project.slug = _free_slug(name)
    Membership.objects.create(project=project, user=by, role=Membership.Role.OWNER, created_at=now)
    events.record(project=project, kind="project.created", now=now, by=by, data={"slug": project.slug})
    return project


@transaction.atomic
def update(*, project: Project, by: User, changes: Mapping[str, Any], now: datetime) -> Project:
    """Change a project's name or settings; tasks keep the overlap they have, save those nobody has begun.

    What a trusted pre-label or the owner gave an overlap of its own keeps that, too.
    """
    project = Project.objects.select_for_update(no_key=True).get(pk=project.pk)  # claims go on meanwhile
    before = {name: getattr(project, name) for name in ("name", *SETTINGS)}
    _apply(project, changes)
    project.save()
    changed = {
        name: [_told(value), _told(getattr(project, name))]
        for name, value in before.items()
        if value != getattr(project, name)
    }
    if "overlap" in changed:
        _pass_on(project, before["overlap"])
    if "review_rate" in changed and not before["review_rate"]:  # what was settled meanwhile is drawn from too
        Project.objects.filter(pk=project.pk).update(sampled_since=None, sampled_whole=False, sampled_through=0)
    if not _WHO_IS_LEFT.isdisjoint(changed):
        waiting.look_again(project=project, now=now)
    if changed:
        events.record(project=project, kind="project.changed", now=now, by=by, data={"changed": changed})
    return project


@transaction.atomic
def delete(*, project: Project, by: User, now: datetime) -> None:
    """Take a project out of everybody's sight; its rows stay, so that an operator can bring it back."""
    project.deleted_at = now
    project.save(update_fields=["deleted_at"])
    events.record(project=project, kind="project.deleted", now=now, by=by)


def _told(value: Any) -> Any:
    """Return a setting as an event keeps it."""
    return str(value) if isinstance(value, Decimal) else value


def _pass_on(project: Project, before: int) -> None:
    """Give the tasks nobody has begun the project's new overlap; those of a pilot under way when it ends."""
    untouched = Task.objects.ordinary().filter(_nobody_began(), project=project, state=Task.State.OPEN)
    running = PilotTask.objects.filter(pilot__project=project, pilot__state=Pilot.State.RUNNING)
    rows = untouched.filter(~Exists(running.filter(task=OuterRef("pk"))), base_overlap=before)
    locked = rows.order_by("pk").select_for_update(no_key=True, of=("self",)).values_list("pk", flat=True)
    Task.objects.filter(pk__in=list(locked)).update(
        base_overlap=project.overlap, overlap=project.overlap, open_slots=project.overlap
    )
    running.filter(base_overlap=before, task__in=untouched.values("pk")).update(base_overlap=project.overlap)


def _nobody_began() -> Q:
    return Q(open_slots=F("overlap"), overlap=F("base_overlap"))


def _apply(project: Project, changes: Mapping[str, Any]) -> None:
    unknown = sorted(set(changes) - {"name", *SETTINGS})
    if unknown:
        raise Invalid(
            f"Unknown setting: {', '.join(unknown)}.", errors={name: ["There is no such setting."] for name in unknown}
        )
    for name, value in changes.items():
        setattr(project, name, " ".join(value.split()) if name == "skill" and isinstance(value, str) else value)
    faults: dict[str, list[str]] = {}
    try:
        project.clean_fields()
    except ValidationError as error:
        faults = dict(error.message_dict)
    if not faults and project.max_overlap < project.overlap:
        faults["max_overlap"] = [f"It is {project.max_overlap}, below overlap, which is {project.overlap}."]
    if not faults and project.max_overlap < project.trusted_prelabel_overlap:
        faults["trusted_prelabel_overlap"] = [f"It is above max_overlap, which is {project.max_overlap}."]
    if project.consensus not in consensus.METHODS:
        faults["consensus"] = [f"Choose one of {', '.join(sorted(consensus.METHODS))}."]
    if faults:
        first = next(iter(faults))
        raise Invalid(f"{first}: {faults[first][0]}", errors=faults)


def _saved(project: Project) -> bool:
    """Write a new project, unless its slug is taken, perhaps only just now."""
    try:
        with transaction.atomic():
            project.save(force_insert=True)
    except IntegrityError:
        if not Project.objects.filter(slug=project.slug).exists():
            raise
        return False
    return True


def _free_slug(name: str) -> str:
    stem = slugify(name)[:50] or "project"
    taken = set(Project.objects.filter(slug__startswith=stem).values_list("slug", flat=True))
    return next(
        slug for slug in (stem, *(f"{stem}-{number}" for number in range(2, len(taken) + 3))) if slug not in taken
    )
