"""Projects made of a release: its images by reference, its labels as pre-labels, and both sides know of each other."""

from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from crowd import storage
from crowd.models import Derivation, Event, Image, Project, Task, User
from crowd.queries import image_bytes, integrity, thumbnails, work
from crowd.workflow import releasing
from crowd.workflow import thumbnails as making
from crowd.workflow.conflicts import adjudication
from crowd.workflow.projects import deriving, life
from crowd.workflow.upkeep import sweeping
from tests.api.world import V1, client
from tests.factories import make

pytestmark = pytest.mark.django_db
CAR = {"label": "car", "box": [5, 5, 20, 20]}
TRUTHS: list[Any] = [
    {"classifications": {"scene": "cat"}, "objects": [CAR]},
    {"classifications": {"scene": "dog"}, "objects": []},
    {"classifications": {"scene": "dog"}, "objects": [CAR, {"label": "car", "box": [30, 20, 9, 9]}]},
]


@pytest.fixture
def released(owner: User) -> Project:
    """A project with a release of three images."""
    project = make.project(owner, overlap=2, max_overlap=4)
    for truth in TRUTHS:
        adjudication.adjudicate(task=make.task(project), by=owner, annotation=truth, now=timezone.now())
    made = releasing.cut(project=project, by=owner, now=timezone.now())
    releasing.build(release_id=made.pk, now=timezone.now())
    return project


def post(api: APIClient, project: Project, body: Any, *, expect: int = 202) -> Any:
    answer = api.post(f"{V1}projects/{project.slug}/releases/1/derive/", body)
    assert answer.status_code == expect, answer.content
    return answer.json()


def derived(owner: User, source: Project, **body: Any) -> Project:
    """The project made, with all its images."""
    made = post(client(owner), source, {"name": "Next", **body})
    project = Project.objects.get(slug=made["project"])
    deriving.run(project_id=project.pk, clock=timezone.now)
    return project


def read(owner: User, path: str, *, expect: int = 200) -> Any:
    answer = client(owner).get(f"{V1}projects/{path}")
    assert answer.status_code == expect, answer.content
    return answer.json()


def test_boxes_of_a_release_become_masks_to_begin_with(owner: User, released: Project) -> None:
    project = derived(owner, released, shape="mask")
    assert (project.overlap, project.max_overlap) == (2, 4)
    told = read(owner, f"{project.slug}/origin/")
    assert (told["of"], told["release"], told["state"]) == (released.slug, 1, "done")
    assert (told["images"], told["carried"], told["left_out"]) == (3, 3, 0)
    assert [one["project"] for one in read(owner, f"{released.slug}/releases/1/derive/")["results"]] == [project.slug]
    tasks = list(Task.objects.filter(project=project).order_by("pk"))
    assert [len(task.prelabel["objects"]) for task in tasks] == [1, 0, 2]
    assert all("mask" in entry for task in tasks for entry in task.prelabel["objects"])
    assert {task.prelabel_model for task in tasks} == {f"{released.slug} release 1"}
    [leased] = make.claim(project, make.member(project))
    assert work.for_worker(leased)["prelabel"] == leased.task.prelabel
    assert set(Event.objects.filter(type__endswith=".derived").values_list("project", flat=True)) == {
        project.pk, released.pk,
    }  # fmt: skip
    assert [one.offenders for one in integrity.run(project) if one.offenders] == []


def test_no_image_is_copied(owner: User, released: Project, tmp_path: Path) -> None:
    first = derived(owner, released)
    made = releasing.cut(project=first, by=owner, now=timezone.now())
    for task in Task.objects.filter(project=first):
        adjudication.adjudicate(task=task, by=owner, annotation=TRUTHS[0], now=timezone.now())
    releasing.build(release_id=made.pk, now=timezone.now())
    second = derived(owner, first, name="Third")
    store = storage.store()
    for image in Image.objects.filter(project__in=[first, second]):
        assert image.held_by_id == released.pk
        assert not store.exists(f"projects/{image.project_id}/images/{image.sha256[:2]}/{image.sha256}")
        with image_bytes.opened(image) as source:
            assert source.read(4) == b"\x89PNG"
        key = thumbnails.key_of(image)
        making.bring(key=key)
        assert store.exists(key)
    assert Image.objects.filter(project=second).count() == 3


@pytest.mark.parametrize(
    ("asked", "count"),
    [
        ({"class": "dog"}, 2),
        ({"class": "car"}, 2),
        ({"has_objects": "car"}, 2),
        ({"has_objects": "dog"}, 0),
        ({"class": "dog", "has_objects": "car"}, 1),
        ({"confidence_above": 1}, 3),
        ({"class": "do"}, 0),
        ({}, 3),
    ],
)
def test_only_what_is_asked_for_comes_along(owner: User, released: Project, asked: Any, count: int) -> None:
    project = derived(owner, released, filter=asked, carry="nothing")
    assert Task.objects.filter(project=project, prelabel__isnull=True).count() == count
    assert project.tasks.count() == count
    assert read(owner, f"{project.slug}/origin/")["filter"] == asked


def test_a_starter_or_a_schema_of_ones_own_keeps_what_fits(owner: User, released: Project) -> None:
    schema = {"classifications": [], "objects": [{"name": "car", "shape": "polygon"}]}
    project = derived(owner, released, schema=schema)
    told = read(owner, f"{project.slug}/origin/")
    assert (told["carried"], told["left_out"]) == (2, 3)
    assert read(owner, f"{project.slug}/guidelines/1/")["schema"]["objects"][0]["shape"] == "polygon"
    segment = derived(owner, released, starter="segment", slug="segment-next")
    assert (segment.slug, read(owner, "segment-next/origin/")["carried"]) == ("segment-next", 0)


def test_a_derivation_that_died_goes_on_where_it_stood(owner: User, released: Project, monkeypatch: Any) -> None:
    monkeypatch.setattr(deriving, "STRETCH", 1)
    made = post(client(owner), released, {"name": "Next"})
    project = Project.objects.get(slug=made["project"])
    deriving.run(project_id=project.pk, clock=timezone.now, seconds=0)
    row = Derivation.objects.get(project=project)
    assert (row.state, row.line) == ("running", 0)
    sweeping.sweep(now=timezone.now() + deriving.LOST_AFTER * 2)
    for _ in range(2):
        deriving.run(project_id=project.pk, clock=timezone.now)
    row.refresh_from_db()
    assert (row.state, row.line, row.images, project.tasks.count()) == ("done", 3, 3, 3)


@pytest.mark.parametrize(
    ("body", "path"),
    [
        ({"name": "N", "shape": "mask", "starter": "segment"}, "shape"),
        ({"name": "N", "shape": "lane"}, "shape"),
        ({"name": ""}, "name"),
        ({"name": "N", "filter": {"confidence_above": 2}}, "filter.confidence_above"),
        ({"name": "N", "schema": {"objects": [{"name": "x", "shape": "cloud"}]}}, "objects[0].shape"),
    ],
)
def test_what_cannot_be_made_is_refused_and_nothing_is_made(
    owner: User, released: Project, body: Any, path: str
) -> None:
    before = Project.objects.count()
    assert path in post(client(owner), released, body, expect=400)["errors"]
    assert Project.objects.count() == before


def test_a_release_that_is_not_ready_and_one_that_is_not_yours_make_nothing(owner: User, released: Project) -> None:
    post(client(make.user()), released, {"name": "N"}, expect=404)
    post(client(make.member(released, "reviewer")), released, {"name": "N"}, expect=403)
    releasing.cut(project=released, by=owner, now=timezone.now())
    answer = client(owner).post(f"{V1}projects/{released.slug}/releases/2/derive/", {"name": "N"})
    assert (answer.status_code, answer.json()["code"]) == (409, "not_ready")
    read(owner, f"{released.slug}/origin/", expect=404)


def test_what_others_make_of_a_release_is_not_told_to_who_is_no_member(owner: User, released: Project) -> None:
    other = make.member(released, "owner")
    derived(other, released)
    assert read(owner, f"{released.slug}/releases/1/derive/")["results"] == []


def test_a_derivation_stops_where_what_it_fills_is_archived(owner: User, released: Project) -> None:
    made = post(client(owner), released, {"name": "Next"})
    project = Project.objects.get(slug=made["project"])
    life.archive(project=project, by=owner, now=timezone.now())
    deriving.run(project_id=project.pk, clock=timezone.now)
    told = read(owner, f"{project.slug}/origin/")
    assert (told["state"], told["images"]) == ("failed", 0)
    assert "archived" in Derivation.objects.get(project=project).error
