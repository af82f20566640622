"""The grid of images and an image's story, as pages."""

import io
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from PIL import Image as Pillow

from crowd.formats.thumbnails import SIDE
from crowd.models import Project, SavedFilter, Task, User
from crowd.workflow.conflicts import adjudication
from crowd.workflow.workers import reporting
from tests.factories import make, scene

pytestmark = pytest.mark.django_db


@pytest.fixture
def signed_in(client: Client, owner: User) -> Client:
    client.force_login(owner)
    return client


def tiles(client: Client, project: Project, query: str = "") -> Any:
    return client.get(f"/projects/{project.slug}/images/tiles/?{query}").json()


def test_the_grid_goes_on_page_by_page_and_keeps_its_filters(signed_in: Client, project: Project) -> None:
    make.images(project, 61)
    first = tiles(signed_in, project)
    assert (len(first["tiles"]), len(tiles(signed_in, project, f"after={first['cursor']}")["tiles"])) == (60, 1)
    text = signed_in.get(f"/projects/{project.slug}/images/?state=open&confidence_below=0.5&class=cat").content.decode()
    assert "Nothing fits" in text
    for words in ("class cat", "confidence below 0.5", "Open"):
        assert words in text


def test_tiles_show_small_pictures_made_when_first_asked_for(signed_in: Client, project: Project) -> None:
    make.images(project, 1, width=1200, height=600)
    [tile] = tiles(signed_in, project)["tiles"]
    answer = signed_in.get(tile["thumbnail"])
    assert (answer.status_code, answer["Content-Type"]) == (200, "image/webp")
    with Pillow.open(io.BytesIO(b"".join(answer))) as small:  # type: ignore[arg-type]
        assert small.size == (SIDE, SIDE // 2)
    assert signed_in.get(tile["thumbnail"].replace("signature=", "signature=x")).status_code == 404


def test_a_filter_is_kept_for_oneself_and_forgotten(signed_in: Client, project: Project, client: Client) -> None:
    base = f"/projects/{project.slug}/images/"
    kept = signed_in.post(f"{base}filters/", {"name": " Sure  cats ", "query": "class=cat&odd=1&confidence_above=0.9"})
    assert kept["Location"] == f"{base}?class=cat&confidence_above=0.9"
    assert "Sure cats" in signed_in.get(base).content.decode()
    one = SavedFilter.objects.get()
    client.force_login(make.member(project, "reviewer"))
    assert "Sure cats" not in client.get(base).content.decode()
    client.post(f"{base}filters/{one.pk}/forget/")
    assert SavedFilter.objects.count() == 1


def test_a_reviewer_knows_workers_by_their_pseudonyms_only(client: Client, project: Project) -> None:
    worker = make.member(project, username="hidden-name")
    make.task(project)
    done = make.answer(project, worker)
    reporting.report(assignment=done, kind="question", comment="Which one?", now=timezone.now())
    pseudonym = project.standings.get().pseudonym
    client.force_login(make.member(project, "reviewer"))
    base = f"/projects/{project.slug}/images/"
    assert tiles(client, project, "worker=hidden-name")["tiles"] == []
    assert [one["id"] for one in tiles(client, project, f"worker={pseudonym}")["tiles"]] == [done.task_id]
    for page in (base, f"{base}{done.task_id}/"):
        text = client.get(page).content.decode()
        assert "hidden-name" not in text
        assert pseudonym in text


def test_the_story_tells_all_that_happened(client: Client) -> None:
    made = scene.everything()
    client.force_login(made.owner)
    text = client.get(f"/projects/{made.project.slug}/images/{made.ruled.pk}/").content.decode()
    for words in (
        "Settled by adjudication",
        "Sent to review",
        "Imported",
        "In force",
        "Closed",
        '"name": "Label in force"',
    ):
        assert words in text, words
    assert f'href="/projects/{made.project.slug}/releases/1/">1</a>' in text
    gold = client.get(f"/projects/{made.project.slug}/images/{made.gold.task_id}/").content.decode()
    assert "gold passed, 1.00" in gold


def test_the_story_keeps_a_first_ruling_from_whoever_may_give_the_second(
    client: Client, project: Project, owner: User
) -> None:
    Project.objects.filter(pk=project.pk).update(second_review_rate=1.0)
    task, rita, rob = make.task(project), make.member(project, "reviewer", "rita"), make.member(project, "reviewer")
    adjudication.adjudicate(task=task, by=rita, annotation=make.DOG, comment="Its tail.", now=timezone.now())

    def told(reader: User) -> list[bool]:
        client.force_login(reader)
        page = client.get(f"/projects/{project.slug}/images/{task.pk}/").content.decode()
        return [words in page for words in ("Its tail.", "rita", "Settled by adjudication", "Label in force")]

    assert told(rob) == [False] * 4
    assert told(rita) == [True] * 4
    assert told(owner) == [True] * 4


def test_what_is_done_on_the_story_is_done_and_what_is_refused_is_said(signed_in: Client, project: Project) -> None:
    task = make.task(project)
    path = f"/projects/{project.slug}/images/{task.pk}/"

    def act(**fields: object) -> str:
        return signed_in.post(f"{path}change/", fields, follow=True).content.decode()

    act(action="set", priority=7, overlap=2)
    task.refresh_from_db()
    assert (task.priority, task.overlap) == (7, 2)
    assert "Ensure this value is greater than or equal to 1." in act(action="set", priority=7, overlap=0)
    act(action="exclude")
    assert "Bring back" in signed_in.get(path).content.decode()
    act(action="include")
    assert "only a settled one can be reopened" in act(action="reopen", reason="x")
    adjudication.adjudicate(task=task, annotation=make.CAT, by=User.objects.get(username="owner"), now=timezone.now())
    act(action="gold")
    assert Task.objects.get(pk=task.pk).gold.annotation == make.CAT


def test_an_image_of_another_project_is_not_there(signed_in: Client, project: Project) -> None:
    foreign = make.task(make.project(make.user("third")))
    assert signed_in.get(f"/projects/{project.slug}/images/{foreign.pk}/").status_code == 404
    assert (
        signed_in.post(f"/projects/{project.slug}/images/{foreign.pk}/change/", {"action": "exclude"}).status_code
        == 404
    )
