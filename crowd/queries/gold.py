"""Gold as its owner sees it: how hard each is, whether it is right, how much of it is left to serve."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil
from typing import Any, TypeVar

from django.db.models import Avg, Count, Exists, OuterRef, Q, QuerySet

from crowd.agreement import proportion_interval
from crowd.errors import Missing
from crowd.models import Assignment, Dispute, Gold, GoldProposal, Membership, Project, Standing, Task
from crowd.queries.scope import MISSING
from crowd.sampling import suspicion

Row = TypeVar("Row", GoldProposal, Dispute)
NEARLY_ALL = 0.8
LATELY = timedelta(days=7)
LOOKED_AT = 500  # tasks of a state, from either end
TELLING = 3  # trusted workers from whom on a gold's difficulty is told by them alone
WORDS = ((0.15, "easy"), (0.4, "medium"), (1.0, "hard"))


def trusted_workers(project: Project) -> list[int]:
    """Return the workers whose record on hidden gold proves that they are more often right than wrong."""
    rows = Standing.objects.filter(project=project).exclude(status=Standing.Status.BANNED)
    return [row.worker_id for row in rows if suspicion.trusted(seen=row.gold_seen, passed=row.gold_passed)]


def weighed(rows: QuerySet[Gold], *, project: Project) -> QuerySet[Gold]:
    """Return a project's gold with how often it was met and passed, by all and by trusted workers."""
    passed = Q(checks__passed=True)
    trusted = Q(checks__assignment__worker__in=trusted_workers(project))
    return rows.annotate(
        seen=Count("checks"),
        passed=Count("checks", filter=passed),
        mean_score=Avg("checks__score"),
        trusted_seen=Count("checks", filter=trusted),
        trusted_passed=Count("checks", filter=trusted & passed),
    )


@dataclass(frozen=True)
class Figures:
    """How workers do on a gold image; None where nobody has met it. The interval is a 95 % credible one."""

    pass_rate: float | None
    interval: tuple[float, float]
    difficulty: float | None
    word: str


def figures(row: Any) -> Figures:
    """Return the figures of a `weighed` gold.

    Difficulty is the share that fails it (the mean under Jeffreys' prior), of trusted workers where three have met it:
    that careless ones fail says nothing about the image.
    """
    if not row.seen:
        return Figures(None, (0.0, 1.0), None, "")
    told = row.trusted_seen >= TELLING
    seen, passed = (row.trusted_seen, row.trusted_passed) if told else (row.seen, row.passed)
    difficulty = (seen - passed + 0.5) / (seen + 1.0)
    low, high = proportion_interval(row.passed, row.seen)
    word = next(word for most, word in WORDS if difficulty <= most)
    return Figures(row.passed / row.seen, (round(low, 4), round(high, 4)), round(difficulty, 4), word)


@dataclass(frozen=True)
class Exposure:
    """How much of the hidden gold the workers of the last week have seen.

    `spent` have seen all of it, and are checked no more; `nearly` have seen four fifths and more.
    """

    gold: int
    spent: list[str]
    nearly: list[str]


def exposure(*, project: Project, now: datetime) -> Exposure:
    """Return who has seen all or nearly all of a project's hidden gold."""
    total = in_force(project, Gold.Use.HIDDEN).count()
    if not total:
        return Exposure(0, [], [])
    members = Membership.objects.filter(project=project, role=Membership.Role.WORKER).values("user")
    active = Standing.objects.filter(project=project, status=Standing.Status.ACTIVE, worker__in=members)
    lately = Assignment.objects.filter(worker=OuterRef("worker"), task__project=project, leased_at__gt=now - LATELY)
    met = Assignment.objects.filter(
        task__gold__project=project,
        task__gold__use=Gold.Use.HIDDEN,
        task__gold__withdrawn_at__isnull=True,
        worker__in=active.filter(Exists(lately)).values("worker"),
    )
    counts = (
        met.order_by().values_list("worker__username").annotate(n=Count("pk")).filter(n__gte=ceil(NEARLY_ALL * total))
    )
    found = sorted(counts)
    return Exposure(total, [name for name, n in found if n >= total], [name for name, n in found if n < total])


def in_force(project: Project, use: Gold.Use) -> QuerySet[Gold]:
    """Return a project's gold of one use that is served."""
    return Gold.objects.filter(
        project=project,
        use=use,
        withdrawn_at__isnull=True,
        unreadable_at__isnull=True,
        task__state=Task.State.RESOLVED,
    )


def supply(project: Project) -> dict[str, dict[str, int]]:
    """Return, for training and the exam, how many images are asked for and how many there are."""
    exam = project.exam_tasks * (project.exam_attempts if project.exam_tasks else 0)
    asked = {Gold.Use.TRAINING: project.training_tasks, Gold.Use.EXAM: exam}
    return {use.value: {"asked": n, "planted": in_force(project, use).count()} for use, n in asked.items()}


def summary(*, project: Project, now: datetime) -> dict[str, Any]:
    """Return what an owner should know of their gold at a glance; who has seen it all, only where somebody has."""
    live = Gold.objects.filter(project=project, withdrawn_at__isnull=True)
    uses = dict(live.order_by().values_list("use").annotate(Count("pk")))
    seen = exposure(project=project, now=now) if project.gold_spent_at is not None else Exposure(0, [], [])
    return {
        **{use: uses.get(use, 0) for use in Gold.Use.values},
        "suspected": live.filter(suspected_at__isnull=False).count(),
        "proposed": proposals(project).count(),
        "disputed": disputes(project).count(),
        "spent": seen.spent,
        "nearly_spent": seen.nearly,
        "without_prelabel": without_prelabel(project),
    }


def without_prelabel(project: Project) -> int:
    """Return how many hidden gold images have no pre-label though most images have; 0 where most have none.

    Workers see it missing, and so see which images are gold.
    """
    bare = in_force(project, Gold.Use.HIDDEN).filter(task__prelabel__isnull=True).count()
    if not bare:
        return 0
    looked_at, prelabelled = 0, 0
    for state in Task.State.values:  # the oldest and the newest of each: a million are not read for a warning
        rows = project.tasks.filter(state=state).annotate(bare=Q(prelabel__isnull=True))
        for order in ("pk", "-pk"):
            found = rows.order_by(order).values_list("bare", flat=True)[:LOOKED_AT]
            looked_at, prelabelled = looked_at + len(found), prelabelled + len(found) - sum(found)
    return bare if 2 * prelabelled > looked_at else 0


def disputes(project: Project) -> QuerySet[Dispute]:
    """Return the open disputes about gold in force, oldest first."""
    rows = Dispute.objects.filter(
        outcome="", assignment__task__gold__project=project, assignment__task__gold__withdrawn_at__isnull=True
    )
    return rows.select_related("assignment__task__gold", "assignment__task__image", "assignment__worker").order_by(
        "opened_at", "pk"
    )


def proposals(project: Project) -> QuerySet[GoldProposal]:
    """Return what waits for the owner's word, and still rests on the label in force."""
    rows = GoldProposal.objects.filter(project=project, state=GoldProposal.State.PENDING)
    return rows.select_related("task__image", "task__project", "consensus__guideline")


def one_of(rows: QuerySet[Row], pk: int) -> Row:
    """Return the row of this key among an owner's own."""
    found = rows.filter(pk=pk).first()
    if found is None:
        raise Missing(MISSING)
    return found
