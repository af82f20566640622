"""How each rule about reports would be broken."""

from collections.abc import Callable
from typing import Any

from crowd.models import Assignment, Report
from tests.factories import scene


def report(found: scene.Scene, **fields: Any) -> Report:
    fields = {"kind": "question", "comment": "Is it?", "at": found.release.created_at, **fields}
    assignment = Assignment.objects.filter(task__project=found.project).order_by("pk")[0]
    return Report.objects.create(project=found.project, assignment=assignment, **fields)


def answered(found: scene.Scene) -> Report:
    done = {"answer": "It is.", "answered_by": found.owner, "answered_at": found.release.created_at, "closed": True}
    return report(found, **done)


def change(found: scene.Scene) -> None:
    made = report(found)
    Report.objects.filter(pk=made.pk).update(comment="Is it not?")


def change_answer(found: scene.Scene) -> None:
    made = answered(found)
    Report.objects.filter(pk=made.pk).update(answer="It is not.")


CASES: dict[str, Callable[[scene.Scene], object]] = {
    "report_says_it_once": lambda found: (report(found), report(found)),
    "report_says_something": lambda found: report(found, comment=""),
    "report_answer_is_somebodys": lambda found: report(found, answer="It is."),
    "report_never_changes": change,
    "report_answer_never_changes": change_answer,
}
