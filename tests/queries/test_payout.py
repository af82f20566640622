"""What workers earned: the days' sums come to what the answers come to, one by one."""

from datetime import date, timedelta

import pytest
from django.utils import timezone

from crowd.models import Assignment, Figure, Project
from crowd.queries import payout
from crowd.workflow.upkeep import summarising
from crowd.workflow.workers import standing
from tests.factories import scene


def owed(project: Project, first: date, last: date) -> payout.Payout:
    return payout.payout(project=project, first=first, last=last)


@pytest.fixture
def played(transactional_db: None) -> Project:
    """A project in which everything happened that can, some answers voided, one of them by a later guideline."""
    found = scene.everything()
    busiest = found.project.standings.filter(labels__gt=1).order_by("-labels").first()
    told = {"project": found.project, "username": busiest.worker.username, "by": found.owner}
    standing.set_status(**told, status="banned", reason="Spam.", void_labels=True, now=timezone.now())
    overtaken = Assignment.objects.filter(task__project=found.project, state="void").order_by("pk").first()
    assert overtaken is not None
    Assignment.objects.filter(pk=overtaken.pk).update(overtaken_at=timezone.now())
    assert summarising.summarise(project_id=found.project.pk, now=timezone.now())
    return found.project


def test_the_sums_of_days_come_to_what_the_answers_do(played: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    today = timezone.now().date()
    days = [
        (today - timedelta(days=400), today),
        (today, today),
        (today - timedelta(days=9), today - timedelta(days=3)),
    ]
    one_by_one = [owed(played, *each) for each in days]
    assert any(row.void for row in one_by_one[0].earned)
    monkeypatch.setattr(payout, "SOON_COUNTED", 0)
    summed_up = [owed(played, *each) for each in days]
    assert [one.earned for one in summed_up] == [one.earned for one in one_by_one]
    assert all(one.as_of is not None and each.as_of is None for one, each in zip(summed_up, one_by_one, strict=True))


def test_sums_that_lack_an_answer_are_not_believed(played: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    today = timezone.now().date()
    monkeypatch.setattr(payout, "SOON_COUNTED", 0)
    Figure.objects.filter(pk=Figure.objects.filter(project=played, measure="paid", n__gt=0).first().pk).update(n=0)
    assert owed(played, today - timedelta(days=400), today).as_of is None
