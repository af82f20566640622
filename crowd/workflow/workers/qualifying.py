"""Qualification: training, then an exam, before any work; each attempt at the exam kept and settled."""

from datetime import datetime

from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet

from crowd.models import Assignment, ExamAnswer, Gold, Project, Qualification, Standing
from crowd.queries.qualification import Progress, Stage, progress
from crowd.workflow import events
from crowd.workflow.assignments import waiting

__all__ = ["Progress", "Stage", "failed_for_good", "progress", "settle", "stage", "why"]


def stage(*, standing: Standing, project: Project) -> Stage:
    """Return what kind of images the worker is given next; see `progress` for how many, in the same one query."""
    return progress(standing=standing, project=project).stage


def why(standing: Standing) -> str:
    """Return why a worker whose stage is `failed` is given no work."""
    return progress(standing=standing, project=standing.project).reason


def failed_for_good(project: Project) -> Exists:
    """Return the condition that a standing failed the last attempt there is; its `qualified_at` comes before that."""
    failed = Qualification.objects.filter(standing=OuterRef("pk"), state=Qualification.State.FAILED)
    return Exists(failed.filter(attempt__gte=project.exam_attempts))


def settle(*, standing: Standing, project: Project, now: datetime) -> None:
    """Count a locked worker's exam answers, in their attempts, and say which attempts passed; twice changes nothing.

    Attempts are counted anew each time: what was passed by gold that was wrong is passed no more, and the reverse.
    """
    if not project.exam_tasks:
        return
    fresh = list(_answers(standing).filter(exam_answer__isnull=True).order_by("leased_at", "pk"))
    under_way = _attempt(standing, project, now) if fresh else None
    if under_way is not None:
        ExamAnswer.objects.bulk_create(ExamAnswer(qualification=under_way, assignment=one) for one in fresh)
    for attempt in standing.qualifications.order_by("attempt"):
        _count(attempt, standing, project, now)
    passed = standing.qualifications.filter(state=Qualification.State.PASSED).order_by("attempt").first()
    standing.qualified_at = passed.ended_at if passed else None
    standing.save(update_fields=["qualified_at"])


def _answers(standing: Standing) -> QuerySet[Assignment]:
    """Return the answers that count: to exam gold in force, met as such, and compared with it; or skipped.

    Gold that is suspected to be wrong itself decides nothing.
    """
    scored = Q(state=Assignment.State.SUBMITTED, gold_check__isnull=False, task__gold__suspected_at__isnull=True)
    return Assignment.objects.filter(
        scored | Q(state=Assignment.State.SKIPPED),
        worker=standing.worker_id,
        task__gold__project=standing.project_id,
        task__gold__use=Gold.Use.EXAM,
        task__gold__withdrawn_at__isnull=True,
        leased_at__gte=F("task__gold__created_at"),
    )


def _attempt(standing: Standing, project: Project, now: datetime) -> Qualification | None:
    """Return the attempt that a new answer belongs to; None where the worker has passed or may not try again."""
    last = standing.qualifications.order_by("-attempt").first()
    if last is not None and last.state == Qualification.State.UNDER_WAY:
        return last
    number = last.attempt + 1 if last is not None else 1
    if number > project.exam_attempts or (last is not None and last.state == Qualification.State.PASSED):
        return None
    return Qualification.objects.create(
        standing=standing,
        attempt=number,
        needed=project.exam_tasks,
        pass_mark=project.exam_pass_mark,
        started_at=now,
    )


def _count(attempt: Qualification, standing: Standing, project: Project, now: datetime) -> None:
    """Bring an attempt up to date with its answers; one that has ended stays so where none of them is left."""
    counted = _answers(standing).filter(exam_answer__qualification=attempt)
    found = counted.aggregate(answered=Count("pk"), passed=Count("pk", filter=Q(gold_check__passed=True)))
    before = attempt.state
    attempt.answered, attempt.passed = found["answered"], found["passed"]
    ended = attempt.answered >= attempt.needed if attempt.ended_at is None else attempt.answered > 0
    if ended:
        reached = attempt.passed + 1e-9 >= attempt.pass_mark * attempt.answered
        attempt.state = Qualification.State.PASSED if reached else Qualification.State.FAILED
        attempt.ended_at = attempt.ended_at or now
    attempt.save(update_fields=["answered", "passed", "state", "ended_at"])
    if attempt.state != before:
        events.record(
            project=project,
            kind="worker.qualified" if attempt.state == Qualification.State.PASSED else "worker.failed_exam",
            now=now,
            data={
                "worker": standing.worker.username,
                "attempt": attempt.attempt,
                "answered": attempt.answered,
                "passed": attempt.passed,
                "pass_mark": attempt.pass_mark,
            },
        )
        if attempt.state == Qualification.State.FAILED and attempt.attempt >= project.exam_attempts:
            waiting.look_again(project=project, now=now)
