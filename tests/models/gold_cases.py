"""How each rule about gold, its proposals, disputes and exams would be broken."""

from collections.abc import Callable
from typing import Any

from crowd.models import (
    Assignment,
    Dispute,
    ExamAnswer,
    Gold,
    GoldCheck,
    GoldProposal,
    Project,
    Qualification,
    Standing,
)
from tests.factories import make, scene


def dispute(found: scene.Scene, **fields: Any) -> Dispute:
    fields = {"text": "It is a fox.", "opened_at": found.release.created_at, **fields}
    return Dispute.objects.create(assignment=Assignment.objects.valid().order_by("pk")[0], **fields)


def proposal(found: scene.Scene, **fields: Any) -> GoldProposal:
    made = found.agreed.consensus
    fields = {"consensus": made, "answers": 3, "created_at": found.release.created_at, **fields}
    return GoldProposal.objects.create(project=found.project, task=found.agreed, **fields)


def attempt(found: scene.Scene, **fields: Any) -> Qualification:
    standing = Standing.objects.filter(project=found.project).order_by("pk")[0]
    fields = {"attempt": 1, "needed": 2, "pass_mark": 0.5, "started_at": found.release.created_at, **fields}
    return Qualification.objects.create(standing=standing, **fields)


def twice(make_one: Callable[..., object], *given: dict[str, Any]) -> Callable[[scene.Scene], None]:
    """Make one for each of the given fields."""

    def break_(found: scene.Scene) -> None:
        for fields in given:
            make_one(found, **fields)

    return break_


def two_exam_answers(found: scene.Scene) -> None:
    made = attempt(found)
    for _ in range(2):
        ExamAnswer.objects.create(qualification=made, assignment=Assignment.objects.order_by("pk")[0])


def second_check(found: scene.Scene) -> None:
    check = GoldCheck.objects.order_by("pk")[0]
    GoldCheck.objects.create(gold=check.gold, assignment=check.assignment, score=1.0, passed=True, at=check.at)


CASES: dict[str, Callable[[scene.Scene], object]] = {
    "project_exam_pass_mark_is_a_share": lambda found: Project.objects.update(exam_pass_mark=1.01),
    "project_exam_can_be_tried": lambda found: Project.objects.update(exam_attempts=0),
    "gold_use_is_known": lambda found: Gold.objects.update(use="decoration"),
    "gold_place_on_the_circle": lambda found: Gold.objects.update(place=1.0),
    "gold_suspected_with_a_finding": lambda found: Gold.objects.update(suspected_at=found.release.created_at),
    "gold_is_of_its_tasks_project": lambda found: Gold.objects.update(project=make.project(found.owner)),
    "goldcheck.assignment": second_check,
    "gold_check_score_is_a_share": lambda found: GoldCheck.objects.update(score=-0.1),
    "dispute.assignment": twice(dispute, {}, {}),
    "dispute_says_something": lambda found: dispute(found, text=""),
    "dispute_open_or_decided": lambda found: dispute(found, outcome="rejected", decided_at=found.release.created_at),
    "gold_proposal_once": twice(proposal, {}, {}),
    "gold_proposal_pending_or_decided": lambda found: proposal(found, state="approved"),
    "qualification_attempt_once": twice(attempt, {}, {"state": "failed", "ended_at": "2026-01-01T00:00Z"}),
    "qualification_one_under_way": twice(attempt, {}, {"attempt": 2}),
    "qualification_passed_within_answered": lambda found: attempt(found, passed=1),
    "qualification_ends_once_settled": lambda found: attempt(found, state="passed"),
    "examanswer.assignment": two_exam_answers,
}
