"""The contact sheet: what is sure enough is shown with its consensus, and accepted but for what was taken out."""

from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from crowd.models import Conflict, Project, User
from crowd.workflow.conflicts import reviewing
from crowd.workflow.consensus import resolving
from tests.factories import make

pytestmark = pytest.mark.django_db


def conflicts(count: int) -> tuple[Project, User, list[Conflict]]:
    """So many images on which two of three say cat."""
    owner = make.user()
    project = make.project(owner, overlap=3, max_overlap=3, confidence_target=1.0)
    make.images(project, count)
    boxed: dict[str, Any] = {**make.CAT, "objects": [{"label": "car", "box": [4, 4, 20, 20]}]}
    for annotation in (boxed, boxed, make.DOG):
        worker = make.member(project)
        for _ in range(count):
            make.answer(project, worker, annotation)
    for task in project.tasks.all():
        resolving.resolve(task_id=task.pk, now=timezone.now())
    return project, make.member(project, "reviewer"), list(Conflict.objects.order_by("task"))


def test_the_sheet_shows_the_consensus_and_accepts_what_stays_chosen(client: Client) -> None:
    project, reviewer, (first, second, third) = conflicts(3)
    client.force_login(reviewer)
    page = f"/projects/{project.slug}/review/sheet/"
    told = client.get(page, {"bar": "0.5"}).content.decode()
    assert told.count('name="conflict"') == told.count("<polygon") == 3
    assert "scene: cat, 1 × car" in told
    done = client.post(page, {"bar": "0.5", "conflict": [first.pk, third.pk], "comment": "Clear."}, follow=True)
    assert "2 accepted." in done.content.decode()
    states = list(project.tasks.order_by("pk").values_list("state", "consensus__by", "consensus__comment"))
    assert states == [
        ("resolved", reviewer.pk, "Clear."),
        ("conflict", None, ""),
        ("resolved", reviewer.pk, "Clear."),
    ]
    assert second.pk == Conflict.objects.get(closed_at=None).pk
    assert "Nothing was chosen" in client.post(page, {"bar": "0.5"}, follow=True).content.decode()


def test_what_is_not_sure_enough_or_of_another_kind_or_to_be_looked_at_is_not_on_it(client: Client) -> None:
    project, reviewer, (first, second, third) = conflicts(3)
    client.force_login(reviewer)
    Conflict.objects.filter(pk=first.pk).update(confidence=0.55)
    reviewing.escalate(conflict=second, by=reviewer, reason="Odd.", now=timezone.now())
    page = f"/projects/{project.slug}/review/sheet/"

    def shown(**query: str) -> list[int]:
        told = client.get(page, query).content.decode()
        return [one.pk for one in (first, second, third) if f'name="conflict" value="{one.pk}"' in told]

    assert shown(bar="0.5") == [first.pk, third.pk]
    assert shown(bar="0.6") == [third.pk]
    assert shown(bar="0.5", kind=third.kind) == [one.pk for one in (first, third) if one.kind == third.kind]
    assert shown(bar="0.5", kind="skipped") == []
    assert shown(bar="nonsense", kind="nonsense", after="x_y") == [third.pk]


def test_nobody_accepts_anothers_conflicts_by_it(client: Client) -> None:
    _, _, (foreign,) = conflicts(1)
    own = make.project(make.user())
    reviewer = make.member(own, "reviewer")
    client.force_login(reviewer)
    client.post(f"/projects/{own.slug}/review/sheet/", {"bar": "0", "conflict": [foreign.pk]})
    foreign.refresh_from_db()
    assert foreign.closed_at is None
