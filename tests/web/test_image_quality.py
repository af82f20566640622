"""The page of image quality: it draws what was measured, and bad images are excluded and brought back in bulk."""

import pytest
from django.test import Client
from django.utils import timezone

from crowd.models import Event, ImageQuality, Project, Task, User
from crowd.workflow.importing import looks_report, measuring
from tests.factories import make

pytestmark = pytest.mark.django_db


@pytest.fixture
def page(client: Client, owner: User, project: Project) -> str:
    client.force_login(owner)
    return f"/projects/{project.slug}/images/quality/"


def copies(project: Project) -> list[Task]:
    """Three images, the later ones near to the first."""
    images = make.images(project, 3)
    measuring.run(project_id=project.pk, clock=timezone.now)
    ImageQuality.objects.filter(image__in=images[1:]).update(near=images[0])
    return [Task.objects.get(image=image) for image in images]


def test_the_page_draws_what_was_measured(client: Client, page: str, project: Project) -> None:
    assert "No images yet" in client.get(page).content.decode()
    make.images(project, 2, width=20)
    assert "0 of 2 images looked at" in client.get(page).content.decode()
    measuring.run(project_id=project.pk, clock=timezone.now)
    told = client.get(page + "?flag=tiny").content.decode()
    assert "All 2 images are looked at" in told
    assert told.count("20 × 48") == 2
    assert "<title>2</title>" in told
    assert "style=" not in told


def test_copies_are_excluded_at_once_and_brought_back(client: Client, page: str, project: Project) -> None:
    first, *others = copies(project)
    told = client.get(page).content.decode()
    assert [f'value="{task.pk}" checked' in told for task in (first, *others)] == [False, True, True]
    keys = [task.pk for task in others]
    done = client.post(page + "change/", {"task": keys, "do": "exclude", "flag": "near"}, follow=True)
    assert "2 images excluded" in done.content.decode()
    assert "Show the 2 excluded" in done.content.decode()
    states = Task.objects.filter(project=project).order_by("pk").values_list("state", flat=True)
    assert list(states) == ["open", "excluded", "excluded"]
    client.post(page + "change/", {"task": keys, "do": "include", "flag": "near"})
    assert list(states.all()) == ["open", "open", "open"]
    assert Event.objects.filter(type="task.excluded").count() == 2


def test_nobody_changes_anothers_images_by_it(client: Client, page: str, project: Project) -> None:
    foreign = make.task(make.project(make.user()))
    client.post(page + "change/", {"task": [foreign.pk], "do": "exclude"})
    foreign.refresh_from_db()
    assert foreign.state == "open"
    reviewer = make.member(project, "reviewer")
    client.force_login(reviewer)
    assert client.get(page).status_code == 200
    assert client.post(page + "change/", {"task": [1]}).status_code == 404
    client.force_login(make.member(project))
    assert client.get(page).status_code == 404


def test_the_figures_of_many_images_are_those_of_the_last_count(
    client: Client, page: str, project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(looks_report, "SOON_COUNTED", 1)
    copies(project)
    before = client.get(page).content.decode()
    assert "Counted now" in before
    assert "2 <small>copies of 1 image" in before
    ImageQuality.objects.filter(project=project).update(near=None)
    assert client.get(page).content.decode().count("2 <small>copies of 1 image") == 1
    looks_report.count(project_id=project.pk, now=timezone.now())
    assert "0 <small>copies of 0 images" in client.get(page).content.decode()
