"""Questions and reports: kept alike for every image, answered once, and never words in an event."""

from datetime import UTC, datetime, timedelta

import pytest

from crowd.errors import Contradiction, Invalid, Missing, TooMany
from crowd.models import Assignment, Event, Project, Report, User
from crowd.queries import reports
from crowd.workflow.workers import reporting
from tests.factories import make

NOW = datetime(2026, 5, 4, 9, 0, tzinfo=UTC)


@pytest.fixture
def held(project: Project) -> Assignment:
    """A lease of a new worker."""
    make.task(project)
    return make.claim(project, make.member(project, username="ann"))[0]


def ask(held: Assignment, comment: str = "Is it a dog?", kind: str = "question") -> Report:
    return reporting.report(assignment=held, kind=kind, comment=comment, now=NOW)


def test_a_question_is_answered_once_and_its_words_are_in_no_event(held: Assignment, owner: User) -> None:
    made = ask(held, "  Is it a dog? ")
    assert (made.comment, made.project, made.closed) == ("Is it a dog?", held.task.project, False)
    done = reporting.answer(report=made, answer="It is.", by=owner, now=NOW + timedelta(hours=1))
    assert (done.answer, done.answered_by, done.closed) == ("It is.", owner, True)
    assert reporting.answer(report=made, answer="It is.", by=owner, now=NOW + timedelta(hours=2)) == done
    with pytest.raises(Contradiction, match="answered already"):
        reporting.answer(report=made, answer="It is not.", by=owner, now=NOW)
    told = Event.objects.filter(type__startswith="report.").order_by("pk")
    assert [one.type for one in told] == ["report.opened", "report.answered"]
    assert "dog" not in str([one.data for one in told])


def test_the_same_words_twice_are_one_report(held: Assignment) -> None:
    assert ask(held) == ask(held)
    assert ask(held, kind="image") != ask(held)
    assert Event.objects.filter(type="report.opened").count() == 2


def test_a_report_put_away_may_still_be_answered(held: Assignment, owner: User) -> None:
    made = ask(held)
    for _ in range(2):
        assert reporting.close(report=made, by=owner, now=NOW).closed
    assert Event.objects.filter(type="report.closed").count() == 1
    assert reporting.answer(report=made, answer="Sorry, late.", by=owner, now=NOW).answer == "Sorry, late."


def test_nobody_floods_the_owner(held: Assignment) -> None:
    for number in range(reporting.MOST):
        ask(held, f"And {number}?")
    with pytest.raises(TooMany):
        ask(held, "And now?")
    assert ask(held, "And 3?").comment == "And 3?"


@pytest.mark.parametrize("comment", ["", "   ", "x" * 2001])
def test_a_report_says_something_and_not_too_much(held: Assignment, comment: str) -> None:
    with pytest.raises(Invalid) as told:
        ask(held, comment)
    assert list(told.value.errors) == ["comment"]


def test_the_longest_comment_in_the_widest_letters_is_kept(held: Assignment) -> None:
    assert len(ask(held, "🦊" * 2000).comment) == 2000


def test_a_kind_is_one_that_there_is(held: Assignment) -> None:
    with pytest.raises(Invalid) as told:
        ask(held, kind="joke")
    assert list(told.value.errors) == ["kind"]


def test_gold_is_reported_like_any_other_image(owner: User) -> None:
    project = make.project(owner, gold_rate=0.5)
    gold = make.golden(project)
    make.task(project)
    worker = make.member(project)
    rows = [make.claim(project, worker, rng=rng)[0] for rng in (make.AlwaysGold(), make.NeverGold())]
    assert [one.task_id == gold.task_id for one in rows] == [True, False]
    made = [ask(one, kind="image") for one in rows]
    seen = reports.for_workbench(project=project, worker=worker)
    assert seen == {"waiting": 2, "answered": []}
    assert {one.assignment.state for one in made} == {"leased"}


def test_only_whoever_oversees_the_project_finds_a_report(held: Assignment, owner: User) -> None:
    made = ask(held)
    slug = held.task.project.slug
    for user in (owner, make.member(held.task.project, "reviewer")):
        assert reports.one(user=user, pk=str(made.pk), slug=slug) == made
    for user in (held.worker, make.project(make.user("stranger")).memberships.get().user):
        with pytest.raises(Missing):
            reports.one(user=user, pk=made.pk)
    with pytest.raises(Missing):
        reports.one(user=owner, pk=made.pk, slug="another")
