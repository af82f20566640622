"""Who takes part, and what happens to their work when they leave."""

import pytest
from django.utils import timezone

from crowd.errors import Contradiction, Invalid, Missing
from crowd.models import Assignment, Membership, Project, Standing
from crowd.workflow.projects import members
from tests.factories import make

pytestmark = pytest.mark.django_db


def test_a_worker_who_leaves_gives_leases_back_and_their_answers_stay(project: Project) -> None:
    owner = project.memberships.get(role="owner").user
    first, second = make.task(project), make.task(project)
    worker = make.member(project)
    make.answer(project, worker)
    make.claim(project, worker)
    members.remove(project=project, username=worker.username, by=owner, now=timezone.now())
    for task in (first, second):
        task.refresh_from_db()
    assert [(one.labels, one.open_slots) for one in (first, second)] == [(1, 2), (0, 3)]
    members.add(project=project, username=worker.username, role="worker", by=owner, now=timezone.now())
    assert Standing.objects.get(worker=worker).labels == 1


def test_a_worker_who_becomes_a_reviewer_gives_leases_back(project: Project) -> None:
    owner = project.memberships.get(role="owner").user
    make.task(project)
    worker = make.member(project)
    make.claim(project, worker)
    members.add(project=project, username=worker.username, role="reviewer", by=owner, now=timezone.now())
    assert Assignment.objects.get(worker=worker).state == "expired"
    assert Membership.objects.get(user=worker).role == "reviewer"


def test_a_project_keeps_an_owner(project: Project) -> None:
    owner = project.memberships.get(role="owner").user
    with pytest.raises(Contradiction, match="at least one owner"):
        members.remove(project=project, username=owner.username, by=owner, now=timezone.now())
    with pytest.raises(Contradiction, match="at least one owner"):
        members.add(project=project, username=owner.username, role="worker", by=owner, now=timezone.now())


def test_unknown_people_and_roles_are_named(project: Project) -> None:
    owner = project.memberships.get(role="owner").user
    with pytest.raises(Missing, match="no user nobody"):
        members.add(project=project, username="nobody", role="worker", by=owner, now=timezone.now())
    with pytest.raises(Invalid, match="role"):
        members.add(project=project, username=owner.username, role="king", by=owner, now=timezone.now())
