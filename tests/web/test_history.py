"""What workers see at home and of what they did: their own answers, and nothing that tells gold from the rest."""

import re
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from crowd.models import Assignment, Project, User
from crowd.queries import history, home
from crowd.workflow.projects import members
from crowd.workflow.workers import standing
from tests.factories import make
from tests.workflow.test_secrecy import redefine

pytestmark = pytest.mark.django_db


@pytest.fixture
def crew() -> tuple[Project, User]:
    """A worker who answered an ordinary image and one with a known answer, and another who answered the first."""
    project = make.project(make.user("owner"), gold_rate=0.5)
    make.images(project, 2)
    make.golden(project)
    worker = make.member(project, username="ann")
    make.answer(project, worker)
    make.answer(project, worker, rng=make.AlwaysGold())
    make.answer(project, make.member(project, username="ben"), make.DOG)
    return project, worker


def seen(client: Client, project: Project, path: str = "history/") -> str:
    answer = client.get(f"/projects/{project.slug}/{path}")
    assert answer.status_code == 200
    return answer.content.decode()


def test_ones_own_answers_are_listed_and_nobody_elses(client: Client, crew: tuple[Project, User]) -> None:
    project, worker = crew
    client.force_login(worker)
    html = seen(client, project)
    assert html.count('class="tile"') == 2
    assert "scene: cat" in html
    assert "scene: dog" not in html


def test_entries_differ_in_their_image_and_time_alone_whether_or_not_gold(
    client: Client, crew: tuple[Project, User]
) -> None:
    project, worker = crew
    redefine(project, "cat")  # voids what is not gold
    assert set(Assignment.objects.filter(worker=worker).values_list("state", flat=True)) == {"submitted", "void"}
    client.force_login(worker)
    entries = re.findall(r'<li class="tile">.*?</li>', seen(client, project), re.DOTALL)
    shapes = {re.sub(r'(src|href|datetime)="[^"]*"|<time[^>]*>[^<]*', "", entry) for entry in entries}
    assert len(entries) == 2
    assert len(shapes) == 1
    pages = [seen(client, project, f"history/{row.pk}/") for row in history.own(project=project, worker=worker)]
    mains = [re.search(r"<figure.*</figure>", page, re.DOTALL) for page in pages]
    assert len({re.sub(r'src="[^"]*"', "", main.group()) for main in mains if main}) == 1
    before = home.cards(user=worker, now=timezone.now())[0]
    assert before.work is not None
    assert before.work.effort.answers == 2


def test_answers_taken_back_are_told_to_count_no_more_and_why(client: Client, crew: tuple[Project, User]) -> None:
    project, worker = crew
    owner = User.objects.get(username="owner")
    standing.set_status(
        project=project,
        username="ann",
        status="paused",
        reason="Guessed.",
        by=owner,
        now=timezone.now(),
        void_labels=True,
    )
    client.force_login(worker)
    html = seen(client, project)
    assert (html.count("Does not count"), html.count("Guessed.")) == (2, 2)
    assert "Guessed." in client.get("/").content.decode()


def test_anothers_answer_is_404(client: Client, crew: tuple[Project, User]) -> None:
    project, worker = crew
    other = Assignment.objects.exclude(worker=worker).get()
    client.force_login(worker)
    assert client.get(f"/projects/{project.slug}/history/{other.pk}/").status_code == 404


def test_pages_of_answers_follow_one_another_without_gap_or_repeat() -> None:
    project = make.project(make.user(), gold_rate=0.0)
    make.images(project, 7)
    worker = make.member(project)
    for _ in range(7):
        make.answer(project, worker)
    Assignment.objects.filter(worker=worker).update(leased_at=timezone.now())
    found, before = [], ""
    for _ in range(3):
        page = history.page(project=project, worker=worker, before=before, size=3)
        found += [row.pk for row in page.rows]
        before = page.before
    assert before == ""
    assert found == [row.pk for row in history.own(project=project, worker=worker)]


@pytest.mark.parametrize("before", ["x", "~", "2020-01-01~x", "2020-01-01T00:00:00~" + "0" * 32, "\0"])
def test_a_broken_place_in_the_history_is_its_beginning(crew: tuple[Project, User], before: str) -> None:
    project, worker = crew
    assert len(history.page(project=project, worker=worker, before=before, size=9).rows) == 2


def doors(user: User) -> list[str]:
    return [str(card.work.door) for card in home.cards(user=user, now=timezone.now()) if card.work]


def test_home_says_of_each_project_whether_and_why_one_may_go_in(client: Client) -> None:
    owner = make.user("owner")
    project = make.project(owner, gold_rate=0.0, training_tasks=0)
    worker = make.member(project, username="ann")
    assert doors(worker) == ["empty"]
    make.images(project, 1)
    assert doors(worker) == ["open"]
    make.claim(project, worker)
    assert doors(worker) == ["open"]  # theirs to go on with
    project.paused = True
    project.save()
    assert doors(worker) == ["stopped"]
    standing.set_status(
        project=project, username="ann", status="paused", reason="Too fast.", by=owner, now=timezone.now()
    )
    assert doors(worker) == ["paused"]
    client.force_login(worker)
    html = client.get("/").content.decode()
    assert "Too fast." in html
    assert f"/projects/{project.slug}/appeal/" in html
    draft = make.project(owner, publish=False)
    make.member(draft, username="ben")
    assert doors(User.objects.get(username="ben")) == ["unpublished"]


def test_home_asks_as_many_questions_for_ten_projects_as_for_one(django_assert_num_queries: Any) -> None:
    owner, worker = make.user(), make.user("ann")
    for expected in (1, 10):
        while len(doors(worker)) < expected:
            project = make.project(owner)
            make.images(project, 1)
            members.add(project=project, username="ann", role="worker", by=owner, now=timezone.now())
        with django_assert_num_queries(11):
            home.cards(user=worker, now=timezone.now())
