"""Models measured by what people settle on: by class and object, by version, by score; and what routing comes to."""

import csv
import io
import json
from typing import Any

import pytest
from django.utils import timezone

from crowd.models import Event, Mistake, Project, Task, User
from crowd.queries import integrity
from crowd.workflow.assignments import submission
from crowd.workflow.conflicts import adjudication
from crowd.workflow.consensus import resolving
from crowd.workflow.predictions import prelabels
from crowd.workflow.upkeep import summarising
from tests.api.world import V1, client
from tests.factories import make

pytestmark = pytest.mark.django_db

CAR = {"label": "car", "box": [5, 5, 20, 20]}
NEAR = {"label": "car", "box": [6, 5, 20, 20], "score": 0.9}
FAR = {"label": "car", "box": [40, 20, 20, 20], "score": 0.2}


def scene(name: str, *objects: Any) -> dict[str, Any]:
    return {"classifications": {"scene": name}, "objects": list(objects)}


def propose(project: Project, owner: User, rows: list[tuple[Task, Any, str, float | None]]) -> None:
    lines = [
        json.dumps({"image": task.image.sha256, "annotation": said, "model": model, "score": sure})
        for task, said, model, sure in rows
    ]  # fmt: skip
    loaded = prelabels.load(project=project, lines=[line.encode() for line in lines], by=owner, now=timezone.now())
    assert loaded.rejected == []


def settle(task: Task, *answers: Any) -> None:
    """Have fresh workers answer so, and the crowd's answer settled."""
    for said in answers:
        worker = make.member(task.project)
        while True:
            [leased] = make.claim(task.project, worker)
            if leased.task_id == task.pk:
                submission.submit(assignment=leased, annotation=said, now=timezone.now())
                break
    resolving.look_again(task_id=task.pk, now=timezone.now())
    task.refresh_from_db()
    assert task.state == "resolved", task.state


def counted(project: Project) -> None:
    """All at once: what is still under way, as this test's own transaction is, comes later bit by bit."""
    summarising.rebuild(project=project, now=timezone.now())
    assert summarising.summarise(project_id=project.pk, now=timezone.now())


def read(owner: User, project: Project, path: str = "", **query: Any) -> Any:
    answer = client(owner).get(f"{V1}projects/{project.slug}/models/{path}", query)
    assert answer.status_code == 200, answer.content
    return answer.json()


@pytest.fixture
def measured(owner: User) -> Project:
    """Five images with proposals of version 1: three settled by workers, one by a reviewer, one still open."""
    project = make.project(owner, consensus="majority", overlap=3, max_overlap=3)
    tasks = [make.task(project) for _ in range(5)]
    said = [
        (tasks[0], scene("cat", NEAR), "net 1", 0.9),
        (tasks[1], scene("cat"), "net 1", 0.9),
        (tasks[2], scene("dog", NEAR, FAR), "net 1", 0.3),
        (tasks[3], scene("fox"), "net 1", 0.6),
        (tasks[4], scene("fox"), "net 1", 0.6),
    ]
    propose(project, owner, said)
    for task, truth in zip(tasks[:3], (scene("cat", CAR), scene("dog"), scene("dog", CAR)), strict=True):
        settle(task, truth, truth, truth)
    adjudication.adjudicate(task=tasks[3], by=owner, annotation=scene("fox", CAR), now=timezone.now())
    counted(project)
    return project


def test_a_version_is_told_class_by_class_with_intervals(owner: User, measured: Project) -> None:
    [version] = read(owner, measured)["versions"]
    assert (version["name"], version["prelabels"], version["images"], version["right"]) == ("net 1", 5, 4, 2)
    low, high = version["interval"]
    assert 0 < low < version["share"] < high < 1
    report = read(owner, measured, f"{version['id']}/")
    rows = {(row["question"], row["class"]): row for row in report["classes"]}
    cat, car = rows["scene", "cat"], rows["Objects", "car"]
    assert (cat["true"], cat["said"], cat["precision"], cat["recall"]) == (1, 2, 0.5, 1.0)
    assert cat["f1"] == pytest.approx(2 / 3)
    assert (car["true"], car["said"]) == (3, 3)
    assert (car["precision"], car["recall"]) == (pytest.approx(2 / 3), pytest.approx(2 / 3))
    assert car["f1_low"] < car["f1"] < car["f1_high"]
    [objects] = report["objects"]
    assert (objects["class"], objects["true"]) == ("car", 3)
    assert objects["ap50"] == objects["ap75"] == pytest.approx(2 / 3)
    pairs = {(row["question"], row["truth"], row["given"]): row["answers"] for row in report["confusion"]}
    assert pairs["scene", "dog", "cat"] == 1
    assert pairs["Objects", "car", "(nothing)"] == pairs["Objects", "(nothing)", "car"] == 1


def test_scores_are_compared_with_what_came_true(owner: User, measured: Project) -> None:
    [version] = read(owner, measured)["versions"]
    bins = read(owner, measured, f"{version['id']}/")["calibration"]
    images = {row["from"]: (row["n"], row["right"]) for row in bins if row["kind"] == "Images"}
    assert images == {0.9: (2, 1), 0.3: (1, 1), 0.6: (1, 0)}
    objects = {row["from"]: (row["n"], row["right"]) for row in bins if row["kind"] == "Objects"}
    assert objects == {0.9: (2, 2), 0.2: (1, 0)}


def test_gold_and_reviewers_can_be_asked_alone(owner: User, measured: Project) -> None:
    [version] = read(owner, measured, by="person")["versions"]
    assert (version["images"], version["right"]) == (1, 0)
    [version] = read(owner, measured, by="crowd")["versions"]
    assert version["images"] == 3
    answer = client(owner).get(f"{V1}projects/{measured.slug}/models/?by=nobody")
    assert (answer.status_code, list(answer.json()["errors"])) == (400, ["by"])


def test_mistakes_come_worst_first_and_by_what_is_confused(owner: User, measured: Project) -> None:
    [version] = read(owner, measured)["versions"]
    found = read(owner, measured, f"{version['id']}/mistakes/")
    alike = [row["agreement"] for row in found["results"]]
    assert alike == sorted(alike)
    assert (len(alike), found["cursor"]) == (3, None)
    named = "scene: dog → cat"
    [only] = read(owner, measured, f"{version['id']}/mistakes/", confused=named)["results"]
    assert (only["proposed"], only["label"], named in only["confused"]) == (scene("cat"), scene("dog"), True)
    assert only["page"].endswith(f"/projects/{measured.slug}/images/{only['task']}/")
    for cursor in ("x", "0.5_x", "nan_1", "0.5_-1"):
        assert len(read(owner, measured, f"{version['id']}/mistakes/", cursor=cursor)["results"]) == 3


def test_the_numbers_come_as_a_file_too(owner: User, measured: Project) -> None:
    [version] = read(owner, measured)["versions"]
    path = f"{V1}projects/{measured.slug}/models/{version['id']}/"
    answer = client(owner).get(path, {"as": "csv", "table": "classes"})
    rows = list(csv.DictReader(io.StringIO(answer.content.decode())))
    assert [row["class"] for row in rows] == ["car", "cat", "dog", "fox"]
    assert client(owner).get(path, {"as": "csv", "table": "x"}).status_code == 400


def test_a_later_version_is_measured_on_settled_images_without_being_shown(owner: User, measured: Project) -> None:
    settled = Task.objects.filter(project=measured, state="resolved").order_by("pk").select_related("image")
    propose(measured, owner, [(task, task.consensus.annotation, "net 2", 0.8) for task in settled])
    counted(measured)
    versions = {one["name"]: one for one in read(owner, measured)["versions"]}
    assert (versions["net 2"]["images"], versions["net 2"]["right"]) == (4, 4)
    assert (versions["net 1"]["images"], versions["net 1"]["right"]) == (4, 2)
    begun = [task for task in settled if task.begun]
    assert {task.prelabel_model for task in begun} == {"net 1"}
    assert not Mistake.objects.filter(model__name="net 2").exists()


@pytest.mark.django_db(transaction=True)
def test_figures_bit_by_bit_are_those_of_all_at_once(owner: User, measured: Project) -> None:
    tasks = list(Task.objects.filter(project=measured).order_by("pk").select_related("image"))
    propose(measured, owner, [(tasks[0], make.DOG, "net 2", 0.8), (tasks[4], make.DOG, "net 2", 0.8)])
    adjudication.adjudicate(task=tasks[4], by=owner, annotation=make.CAT, now=timezone.now())
    adjudication.reopen(task=tasks[3], by=owner, reason="Look again.", now=timezone.now())
    assert summarising.summarise(project_id=measured.pk, now=timezone.now())
    before = read(owner, measured)
    named = {one["name"]: one["images"] for one in before["versions"]}
    assert named == {"net 1": 4, "net 2": 2}
    held = list(Mistake.objects.order_by("task", "model").values_list("task", "agreement", "confused"))
    counted(measured)
    assert read(owner, measured) == before
    assert list(Mistake.objects.order_by("task", "model").values_list("task", "agreement", "confused")) == held
    assert [one.offenders for one in integrity.run(measured) if one.offenders] == []


def test_routing_is_measured_on_what_is_checked_and_on_gold(owner: User) -> None:
    project = make.project(
        owner, consensus="majority", overlap=3, max_overlap=3, trusted_prelabel_score=0.8, checked_prelabel_share=0.0
    )
    trusted = [make.task(project) for _ in range(2)]
    propose(project, owner, [(task, make.CAT, "net 1", 0.9) for task in trusted])
    for task in trusted:
        task.refresh_from_db()
    assert [(task.route, task.overlap) for task in trusted] == [("trusted", 1)] * 2
    project.checked_prelabel_share = 1.0
    project.save()
    checked = [make.task(project) for _ in range(2)]
    gold = make.golden(project, make.DOG)
    said = [(task, make.CAT, "net 1", 0.9) for task in checked]
    propose(project, owner, [*said, (gold.task, make.CAT, "net 1", 0.95)])
    for task in checked:
        task.refresh_from_db()
    assert [(task.route, task.overlap) for task in checked] == [("checked", 3)] * 2
    counted(project)
    told = read(owner, project)["routing"]
    assert (told["trusted"], told["checked"], told["settled"]) == (2, 2, 0)
    assert (told["by_gold"]["checked"], told["by_gold"]["wrong"]) == (1, 1)
    for task, truth in zip([*trusted, *checked], (make.CAT, make.CAT, make.CAT, make.DOG), strict=True):
        task.refresh_from_db()
        adjudication.adjudicate(task=task, by=owner, annotation=truth, now=timezone.now())
    counted(project)
    told = read(owner, project)["routing"]
    assert (told["by_checks"]["checked"], told["by_checks"]["wrong"]) == (2, 1)
    assert (told["error"]["checked"], told["error"]["wrong"]) == (3, 2)
    low, high = told["error"]["interval"]
    assert low < 2 / 3 < high
    assert (told["changed_by_workers"]["checked"], told["changed_by_workers"]["wrong"]) == (2, 0)


def test_a_lower_score_of_a_new_version_takes_a_task_back_to_all_answers(owner: User) -> None:
    project = make.project(owner, trusted_prelabel_score=0.8, checked_prelabel_share=0.0)
    task = make.task(project)
    propose(project, owner, [(task, make.CAT, "net 1", 0.9)])
    task.refresh_from_db()
    assert (task.route, task.open_slots) == ("trusted", 1)
    propose(project, owner, [(task, make.CAT, "net 2", 0.5)])
    task.refresh_from_db()
    assert (task.route, task.open_slots, task.base_overlap) == ("", 3, 3)
    assert Event.objects.filter(type="prelabels.loaded", data__images=[task.image_id]).count() == 2
