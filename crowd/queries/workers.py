"""A project's workers as the owner sees them: at a glance, and one at length."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Exists, FloatField, OuterRef, QuerySet
from django.db.models.expressions import RawSQL

from crowd.agreement import proportion_interval
from crowd.models import Appeal, Gold, GoldCheck, Project, Standing, StandingVersion, User
from crowd.trust import RANK

LEVEL = 0.95
NEWEST_CHECKS = 240
STRETCHES = 12
# Of the newest answers only, by the index of worker and time: a worker's whole history would take seconds to read.
_MEDIAN = """(
    SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY newest.seconds) FROM (
        SELECT a.seconds FROM crowd_assignment a JOIN crowd_task t ON t.id = a.task_id
        WHERE a.worker_id = crowd_standing.worker_id AND t.project_id = crowd_standing.project_id
          AND a.submitted_at IS NOT NULL
        ORDER BY a.submitted_at DESC LIMIT 200) newest)"""


@dataclass(frozen=True)
class WorkerRow:
    """One worker as the owner sees them."""

    username: str
    pseudonym: str
    status: str
    reason: str
    labels: int
    gold: dict[str, Any]
    agreement: float | None
    median_seconds: float | None
    weight: float | None
    pace: float | None
    doubt: float
    findings: Sequence[Mapping[str, Any]] = ()
    appealed: bool = False

    @property
    def warned(self) -> bool:
        """Whether something more than a note is held against them."""
        return any(one["severity"] != "note" for one in self.findings)


@dataclass(frozen=True)
class Stretch:
    """Some checks in a row: how many were right, and the 95 % credible interval of the accuracy."""

    seen: int
    passed: int
    interval: tuple[float, float]
    since: Any
    until: Any


@dataclass(frozen=True)
class Detail:
    """One worker at length."""

    versions: Sequence[StandingVersion] = ()
    stretches: Sequence[Stretch] = ()
    appeals: Sequence[Appeal] = field(default_factory=tuple)


def workers(*, project: Project) -> QuerySet[Standing]:
    """Return the standings of a project with what the owner's table needs, in one query."""
    open_ = Appeal.objects.filter(standing=OuterRef("pk"), decided_at__isnull=True)
    return project.standings.select_related("worker").annotate(
        median_seconds=RawSQL(_MEDIAN, (), output_field=FloatField()),  # noqa: S611 -- no input in it
        appealed=Exists(open_),
    )


def worker_row(standing: Standing) -> WorkerRow:
    """Return one row of the owner's table; the interval is a 95 % credible one."""
    seen, passed = standing.gold_seen, standing.gold_passed
    low, high = proportion_interval(passed, seen, level=LEVEL)
    return WorkerRow(
        username=standing.worker.username,
        pseudonym=standing.pseudonym,
        status=standing.status,
        reason=standing.reason,
        labels=standing.labels,
        gold={
            "seen": seen,
            "passed": passed,
            "accuracy": passed / seen if seen else None,
            "interval": [round(low, 4), round(high, 4)],
        },
        agreement=standing.agreement,
        median_seconds=getattr(standing, "median_seconds", None),
        weight=standing.weight,
        pace=standing.pace,
        doubt=standing.doubt,
        findings=findings(standing),
        appealed=getattr(standing, "appealed", False),
    )


def findings(standing: Standing) -> list[dict[str, Any]]:
    """Return what the rules hold against a worker, the most severe first."""
    held = [{"rule": rule, **one} for rule, one in standing.findings.items()]
    return sorted(held, key=lambda one: (-RANK[one["severity"]], one["rule"]))


def partners(standing: Standing) -> dict[str, str]:
    """Return the names of the other workers that findings speak of, by rule."""
    peers = {rule: one["figures"]["peer"] for rule, one in standing.findings.items() if "peer" in one["figures"]}
    names = dict(User.objects.filter(pk__in=peers.values()).values_list("pk", "username"))
    return {rule: names[int(peer)] for rule, peer in peers.items() if int(peer) in names}


def detail(standing: Standing) -> Detail:
    """Return what the worker models say of a worker under each guideline version, their checks over time, appeals."""
    versions = standing.versions.select_related("guideline").order_by("-guideline__number")
    appeals = standing.appeals.select_related("decided_by").order_by("-pk")
    return Detail(tuple(versions), tuple(_stretches(standing)), tuple(appeals[:20]))


def _stretches(standing: Standing) -> list[Stretch]:
    """Return the newest checks in stretches of equal number, the oldest first."""
    checks = GoldCheck.objects.fair().filter(
        assignment__worker=standing.worker_id, gold__project=standing.project_id, gold__use=Gold.Use.HIDDEN
    )
    newest = checks.order_by("-assignment__submitted_at", "-pk").values_list("passed", "assignment__submitted_at")
    rows = list(newest[:NEWEST_CHECKS])[::-1]
    number = min(max(len(rows) // 5, 1), STRETCHES) if rows else 0
    parts = [rows[len(rows) * place // number : len(rows) * (place + 1) // number] for place in range(number)]
    return [_stretch(part) for part in parts]


def _stretch(rows: Sequence[tuple[bool, Any]]) -> Stretch:
    passed = sum(right for right, _ in rows)
    return Stretch(len(rows), passed, proportion_interval(passed, len(rows), level=LEVEL), rows[0][1], rows[-1][1])
