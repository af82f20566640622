"""What the pages read: home at a glance, the grid page by page, the reviewer's desk."""

from typing import Any

from django.utils import timezone

from crowd.models import Conflict, Project, Task, User
from crowd.queries import browse, home, versions
from crowd.queries.desk import desk
from crowd.workflow import projects
from crowd.workflow.projects import members
from tests.factories import make


def test_home_tells_each_member_what_concerns_them(project: Project, owner: User) -> None:
    worker, reviewer = make.member(project), make.member(project, "reviewer")
    make.images(project, 2)
    make.claim(project, worker)
    [mine], [theirs], [own] = (home.cards(user=user, now=timezone.now()) for user in (worker, reviewer, owner))
    assert (mine.role, mine.held, mine.standing and mine.standing.status) == ("worker", 1, "active")
    assert (theirs.role, theirs.held, theirs.standing) == ("reviewer", 0, None)
    assert (own.role, own.states, own.published) == ("owner", {"open": 2}, True)


def test_home_shows_no_project_of_others_and_no_deleted_one(project: Project, owner: User) -> None:
    make.project(make.user("another"))
    assert [card.project for card in home.cards(user=owner, now=timezone.now())] == [project]
    projects.delete(project=project, by=owner, now=timezone.now())
    assert home.cards(user=owner, now=timezone.now()) == []


def test_home_asks_as_many_questions_for_ten_projects_as_for_one(
    project: Project, owner: User, django_assert_num_queries: Any
) -> None:
    with django_assert_num_queries(6):
        home.cards(user=owner, now=timezone.now())
    for _ in range(9):
        make.images(make.project(owner), 1)
    with django_assert_num_queries(6):
        assert len(home.cards(user=owner, now=timezone.now())) == 10


def test_the_next_conflict_is_the_one_behind_then_the_first(project: Project) -> None:
    tasks = [make.task(project) for _ in range(3)]
    Task.objects.update(state="conflict")
    first, second, third = (
        Conflict.objects.create(
            project=project, task=task, kind="low_confidence", cause="low_confidence", opened_at=timezone.now()
        )
        for task in tasks
    )
    following = [browse.next_conflict(project=project, after=one) for one in (None, first, second, third)]
    assert following == [first, second, third, first]
    Conflict.objects.exclude(pk=first.pk).update(closed_at=timezone.now())
    assert browse.next_conflict(project=project, after=first) is None


def test_the_desk_knows_workers_by_their_pseudonyms_even_when_they_have_left(project: Project, owner: User) -> None:
    task = make.task(project)
    worker = make.member(project)
    make.answer(project, worker, make.DOG)
    members.remove(project=project, username=worker.username, by=owner, now=timezone.now())
    guideline = versions.current(project)
    assert guideline
    found = desk(task=Task.objects.get(pk=task.pk), guideline=guideline)
    assert [(answer["worker"], answer["annotation"]) for answer in found.answers] == [
        (project.standings.get(worker=worker).pseudonym, make.DOG)
    ]
    assert worker.username not in str(found.answers)
    assert (found.consensus, found.conflict) == (None, None)
