"""The reviewer's list: what waits, filtered; the next one; many at once; whom an owner calls an expert."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from crowd.models import Conflict, Membership, Project, Task, User
from crowd.queries.quality import reviews
from crowd.workflow import conflicts
from crowd.workflow.assignments import submission
from crowd.workflow.conflicts import adjudication, reviewing
from crowd.workflow.consensus import resolving
from crowd.workflow.workers import appeals, disputing, standing
from tests.factories import make

pytestmark = pytest.mark.django_db


@pytest.fixture
def reviewer(project: Project) -> User:
    return make.member(project, "reviewer")


@pytest.fixture
def disputed(project: Project) -> list[Task]:
    """Two images on which three answers disagree."""
    Project.objects.filter(pk=project.pk).update(max_overlap=3)
    project.refresh_from_db()
    crew = [make.member(project) for _ in range(3)]
    found = []
    for _ in range(2):
        task = make.task(project)
        for worker, scene in zip(crew, (make.CAT, make.DOG, make.FOX), strict=True):
            [leased] = make.claim(project, worker)
            submission.submit(assignment=leased, annotation=scene, now=timezone.now())
        resolving.resolve(task_id=task.pk, now=timezone.now())
        found.append(task)
    return found


def text(client: Client, project: Project, query: str = "") -> str:
    answer = client.get(f"/projects/{project.slug}/review/{query}")
    return " ".join(answer.content.decode().split()) if answer.status_code == 200 else str(answer.status_code)


def test_the_list_says_what_each_is_about_and_is_filtered(
    client: Client, project: Project, reviewer: User, disputed: list[Task]
) -> None:
    client.force_login(reviewer)
    Conflict.objects.filter(task=disputed[0]).update(kind="existence", cause="existence", labels=["car"])
    shown = text(client, project)
    for word in ("Is it there", "Which class", "cat, dog, fox", "100 % apart", *(one.image.name for one in disputed)):
        assert word in shown
    only = text(client, project, "?class=car&order=gain")
    assert disputed[0].image.name in only
    assert disputed[1].image.name not in only
    assert "None like this" in text(client, project, "?worker=nobody-here")
    assert text(client, project, "?kind=odd") == text(client, project, "?cursor=%00") == "302"


def test_the_next_one_is_held_and_shown_and_then_there_is_none(
    client: Client, project: Project, reviewer: User, disputed: list[Task]
) -> None:
    client.force_login(reviewer)
    for _ in disputed:
        answer = client.post(f"/projects/{project.slug}/review/next/")
        assert answer["Location"].startswith(f"/projects/{project.slug}/review/")
    assert set(Conflict.objects.values_list("assignee", flat=True)) == {reviewer.pk}
    assert f"{reviewer.username} looks at it" in text(client, project, "?assignee=me")
    other = Client()
    other.force_login(make.member(project, "reviewer"))
    answer = other.post(f"/projects/{project.slug}/review/next/", follow=True)
    assert "Nothing is left for you now" in answer.content.decode()


def test_many_are_accepted_from_the_page(
    client: Client, project: Project, reviewer: User, disputed: list[Task]
) -> None:
    client.force_login(reviewer)
    path = f"/projects/{project.slug}/review/accept/"
    assert "Give a confidence" in client.post(path, {"min_confidence": "7"}, follow=True).content.decode()
    answer = client.post(path, {"min_confidence": "0.01", "kind": "class_disagreement"}, follow=True)
    assert "2 accepted" in answer.content.decode()
    assert Task.objects.filter(pk__in=[one.pk for one in disputed], state="resolved").count() == 2


def test_an_owner_reads_appeals_and_disputes_beside_the_conflicts_and_a_reviewer_does_not(
    client: Client, project: Project, owner: User, reviewer: User
) -> None:
    worker = make.member(project)
    Project.objects.filter(pk=project.pk).update(gold_rate=0.1)
    project.refresh_from_db()
    make.golden(project)
    make.task(project)
    hidden = make.answer(project, worker, make.DOG, rng=make.AlwaysGold())
    disputing.dispute(assignment=hidden, text="It barks.", now=timezone.now())
    standing.set_status(
        project=project, username=worker.username, status="paused", reason="Rest.", by=owner, now=timezone.now()
    )
    appeals.appeal(project=project, worker=worker, text="I am rested.", now=timezone.now())
    seen = {}
    for who in (owner, reviewer):
        client.force_login(who)
        seen[who.pk] = [word in text(client, project) for word in ("I am rested.", "It barks.", "Disputed gold")]
    assert seen == {owner.pk: [True, True, True], reviewer.pk: [False, False, False]}


def test_the_share_of_wrong_labels_is_told_once_a_sample_was_looked_at(
    client: Client, project: Project, reviewer: User, disputed: list[Task]
) -> None:
    client.force_login(reviewer)
    assert "Wrong labels" not in text(client, project)
    task = Task.objects.select_related("project").get(pk=disputed[0].pk)
    for category, wrong in (("cat", True), ("dog", False)):
        made = conflicts.set_aside(
            task=task, kind=Conflict.Kind.SAMPLE, now=timezone.now(), consensus=task.consensus, probability=1.0,
            category=category,
        )  # fmt: skip
        Conflict.objects.filter(pk=made.pk).update(closed_at=timezone.now(), wrong=wrong)
        task = Task.objects.select_related("project").get(pk=disputed[1].pk)
    assert "Wrong labels: 50.0 %" in text(client, project)
    assert "Very likely between 50.0 % and 50.0 %" in text(client, project)


def test_an_owner_says_which_reviewer_is_an_expert(
    client: Client, project: Project, owner: User, reviewer: User
) -> None:
    client.force_login(owner)
    path = f"/projects/{project.slug}/members/{reviewer.username}/expert/"
    for expert in (True, False):
        shown = client.post(path, {"expert": str(expert).lower()}, follow=True).content.decode()
        assert ("reviewer, expert" in shown.lower()) is expert
        assert Membership.objects.get(user=reviewer).expert is expert


def test_the_quality_page_draws_what_review_does_and_costs(
    client: Client, project: Project, owner: User, reviewer: User, disputed: list[Task]
) -> None:
    now = timezone.now()
    [given] = reviewing.take_next(project=project, by=reviewer, now=now)
    adjudication.adjudicate(task=given.task, by=reviewer, annotation=make.DOG, now=now + timedelta(seconds=30))
    [waiting] = reviews.queue(project, now).rows
    assert (waiting["kind"], waiting["waiting"], waiting["held"], waiting["fresh"]) == ("Class disagreement", 1, 0, 1)
    [one] = reviews.throughput(project).rows
    assert (one["reviewer"], one["settled"], one["changed"], one["seconds"]) == (reviewer.username, 1, 1, 30.0)
    [spent] = reviews.cost(project).rows
    assert (spent["settled"], spent["ruled"], spent["changed"], spent["mean"], spent["all"]) == (1, 1, 1, 30.0, 30.0)
    assert list(reviews.wrong(project, now).rows) == []
    sampled = Task.objects.select_related("project").get(pk=disputed[0].pk)
    for number in range(4):
        made = conflicts.set_aside(
            task=sampled, kind=Conflict.Kind.SAMPLE, now=now, consensus=sampled.consensus, probability=1.0
        )
        Conflict.objects.filter(pk=made.pk).update(closed_at=now + timedelta(days=number // 2), wrong=number == 3)
    rates = [(row["reviewed"], row["rate"]) for row in reviews.wrong(project, now).rows]
    assert rates == [(2, 0.0), (4, 0.25)]
    client.force_login(owner)
    page = client.get(f"/projects/{project.slug}/quality/review/charts/").content.decode()
    for title in ("Wrong labels", "Waiting for review", "Reviewers", "What conflicts cost"):
        assert title in page
    for name in ("wrong", "queue", "throughput", "review_cost"):
        file = client.get(f"/projects/{project.slug}/quality.csv?chart={name}")
        assert (file.status_code, len(file.getvalue().decode().splitlines()) >= 2) == (200, True), name
