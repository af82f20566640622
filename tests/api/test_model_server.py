"""A project's model server: asked for pre-labels in the background, believed in nothing, waited for with patience."""

import base64
import json
import threading
from collections.abc import Callable, Iterator
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from django.db import connection
from django.test import override_settings
from django.utils import timezone
from rest_framework.test import APIClient

from crowd.api import idempotency
from crowd.models import (
    Event,
    Gold,
    IdempotencyKey,
    ModelRun,
    ModelServer,
    ModelVersion,
    Prediction,
    Project,
    Task,
    User,
)
from crowd.workflow.predictions import model_runs, model_servers
from crowd.workflow.projects import life
from crowd.workflow.upkeep import sweeping
from tests.api.world import V1, client
from tests.factories import make

pytestmark = pytest.mark.django_db
CAT = {"annotation": make.CAT, "score": 0.9}


class Model:
    """A model server on this machine: what it was asked, and how it answers each question."""

    def __init__(self) -> None:
        self.asked: list[dict[str, Any]] = []
        self.headers: list[dict[str, str]] = []
        self.answer: Callable[[dict[str, Any]], tuple[int, bytes]] = lambda _: (200, json.dumps(CAT).encode())
        self.url = ""

    def says(self, body: Any, status: int = 200) -> None:
        """Have it answer everything so."""
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.answer = lambda _: (status, raw)


@pytest.fixture
def model() -> Iterator[Model]:
    made = Model()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            made.asked.append(asked)
            made.headers.append(dict(self.headers))
            status, body = made.answer(asked)
            self.send_response(status)
            if 300 <= status < 400:
                self.send_header("Location", "/elsewhere")
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    made.url = f"http://127.0.0.1:{server.server_port}/propose"
    with override_settings(CROWD_EGRESS_ALLOW=["127.0.0.1"]):
        yield made
    server.shutdown()
    thread.join()
    server.server_close()


def send(api: APIClient, project: Project, path: str, body: Any = None, *, expect: int, verb: str = "post") -> Any:
    answer = getattr(api, verb)(f"{V1}projects/{project.slug}/model-server/{path}", body)
    assert answer.status_code == expect, answer.content
    return answer.json() if answer.content else None


def named(owner: User, project: Project, model: Model, **fields: Any) -> Any:
    body = {"url": model.url, "model": "net", "version": "1", "secret": "Bearer s3cret", "seconds": 5, **fields}
    return send(client(owner), project, "", body, expect=201)


def asked(owner: User, project: Project, **body: Any) -> Any:
    """A round of asking, done to its end or to its first trouble."""
    begun = send(client(owner), project, "runs/", body, expect=202)
    model_runs.run(run_id=begun["id"], clock=timezone.now)
    return send(client(owner), project, f"runs/{begun['id']}/", verb="get", expect=200)


def test_the_model_is_sent_the_image_and_its_answer_becomes_a_pre_label(owner: User, model: Model) -> None:
    project = make.project(owner)
    [image] = make.images(project, 1)
    shown = named(owner, project, model)
    assert shown == {
        "url": model.url, "model": "net", "version": "1", "header": "Authorization", "seconds": 5, "has_secret": True,
    }  # fmt: skip
    told = asked(owner, project)
    assert (told["state"], told["wanted"], told["taken"], told["refused"]) == ("done", 1, 1, 0)
    task = Task.objects.get(image=image)
    assert (task.prelabel, task.prelabel_model, task.prelabel_score) == (make.CAT, "net 1", 0.9)
    [sent] = model.asked
    assert (sent["protocol"], sent["guideline"], sent["model"]) == (1, 1, {"name": "net", "version": "1"})
    assert sent["image"] | {"data": ""} == {
        "id": image.pk, "name": image.name, "sha256": image.sha256, "width": 64, "height": 48, "orientation": 1,
        "content_type": "image/png", "data": "",
    }  # fmt: skip
    assert base64.b64decode(sent["image"]["data"])[:4] == b"\x89PNG"
    assert sent["schema"]["objects"][0]["name"] == "car"
    assert model.headers[0]["Authorization"] == "Bearer s3cret"
    assert ModelVersion.objects.get(project=project).prelabels == 1
    assert "s3cret" not in json.dumps(list(Event.objects.values_list("data", flat=True)))


def test_a_new_version_replaces_the_pre_labels_of_what_nobody_has_begun(owner: User, model: Model) -> None:
    project = make.project(owner)
    begun, fresh = make.images(project, 2)
    named(owner, project, model)
    asked(owner, project)
    held = make.claim(project, make.member(project))[0]
    assert held.task.image_id == begun.pk
    named(owner, project, model, version="2")
    model.says({"annotation": make.DOG, "score": 0.5, "version": "2"})
    assert asked(owner, project)["taken"] == 1
    assert dict(Task.objects.values_list("image", "prelabel_model")) == {begun.pk: "net 1", fresh.pk: "net 2"}
    assert [(one.task.image_id, one.model.name) for one in Prediction.objects.all()] == [(fresh.pk, "net 1")]
    assert asked(owner, project)["wanted"] == 0
    assert asked(owner, project, scope="all")["taken"] == 1
    kept = Prediction.objects.get(task__image=begun)
    assert (kept.model.name, kept.annotation, Task.objects.get(image=begun).prelabel) == ("net 2", make.DOG, make.CAT)


def test_gold_gets_a_proposal_too_as_it_could_be_told_without(owner: User, model: Model) -> None:
    project = make.project(owner)
    gold: Gold = make.golden(project)
    make.images(project, 1)
    named(owner, project, model)
    assert asked(owner, project)["taken"] == 2
    assert Task.objects.get(pk=gold.task_id).prelabel == make.CAT


@pytest.mark.parametrize(
    ("body", "status", "code", "part"),
    [
        ({"annotation": None, "reason": "Too dark\nfor me."}, 200, "nothing", "Too dark for me."),
        ({"annotation": {"classifications": {"scene": "wolf"}}}, 200, "invalid_annotation", "classifications.scene"),
        ({"annotation": {"objects": [{"label": "car", "box": [0, 0, 99, 9]}]}}, 200, "invalid_annotation", "objects"),
        ({"annotation": make.CAT, "score": 7}, 200, "invalid", "score"),
        (b'{"annotation": {"classifications": NaN}}', 200, "not_json", "JSON"),
        (b"[" * 5000, 200, "not_json", ""),
        ({"labels": []}, 200, "not_an_answer", "annotation"),
        (b"cannot read this", 422, "refused", "cannot read this"),
        (b"x" * (9 << 20), 200, "too_large", ""),
    ],
)  # fmt: skip
def test_what_is_wrong_with_an_answer_is_told_and_the_run_goes_on(
    owner: User, model: Model, body: Any, status: int, code: str, part: str
) -> None:
    project = make.project(owner)
    first, second = make.images(project, 2)
    named(owner, project, model)
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    good = (200, json.dumps(CAT).encode())
    model.answer = lambda sent: (status, raw) if sent["image"]["id"] == first.pk else good
    told = asked(owner, project)
    assert (told["state"], told["taken"], told["refused"]) == ("done", 1, 1)
    [fault] = told["faults"]
    assert (fault["image"], fault["name"], fault["code"]) == (first.pk, first.name, code)
    assert part in fault["detail"]
    assert dict(Task.objects.values_list("image", "prelabel")) == {first.pk: None, second.pk: make.CAT}


@pytest.mark.parametrize(("status", "body"), [(401, {}), (404, {}), (302, {}), (200, {**CAT, "version": "7"})])
def test_a_server_that_is_not_the_one_named_ends_the_run(owner: User, model: Model, status: int, body: Any) -> None:
    project = make.project(owner)
    make.images(project, 2)
    named(owner, project, model)
    model.says(body, status)
    told = asked(owner, project)
    assert (told["state"], told["taken"], len(model.asked)) == ("failed", 0, 1)
    assert told["trouble"]


def test_a_busy_server_is_tried_again_later_each_time_and_given_up_in_the_end(
    owner: User, model: Model, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = make.project(owner)
    make.images(project, 1)
    named(owner, project, model)
    monkeypatch.setattr("crowd.workflow.predictions.model_calls.PAUSES", (0.0, 0.0))
    model.says(b"", 503)
    told = asked(owner, project)
    assert (told["state"], len(model.asked)) == ("running", 3)
    run = ModelRun.objects.get(pk=told["id"])
    assert (run.tries, run.trouble) == (1, "The model server answered with 503.")
    model_runs.run(run_id=run.pk, clock=timezone.now)
    assert len(model.asked) == 3  # not before it is due
    waits = []
    while run.state == "running":
        assert run.next_at is not None
        later = run.next_at + timedelta(seconds=1)
        sweeping.sweep(now=later)
        model_runs.run(run_id=run.pk, clock=lambda now=later: now)
        run.refresh_from_db()
        waits.append((run.next_at - later).total_seconds() if run.next_at else 0)
    assert waits[:3] == [30, 60, 120]
    assert (run.state, run.tries) == ("failed", model_runs.MOST_TRIES)
    model.says(CAT)
    assert asked(owner, project)["taken"] == 1


def test_a_run_is_cancelled_and_another_can_be_begun(owner: User, model: Model) -> None:
    project = make.project(owner)
    make.images(project, 3)
    named(owner, project, model)
    begun = send(client(owner), project, "runs/", {}, expect=202)
    assert send(client(owner), project, "runs/", {}, expect=409)["code"] == "run_under_way"
    body = {"url": model.url, "model": "net", "version": "2"}
    assert send(client(owner), project, "", body, expect=409)["code"] == "run_under_way"
    model_runs.run(run_id=begun["id"], clock=timezone.now, seconds=0)
    ended = send(client(owner), project, f"runs/{begun['id']}/cancel/", {}, expect=200)
    assert ended["state"] == "cancelled"
    model_runs.run(run_id=begun["id"], clock=timezone.now)
    assert model.asked == []
    assert asked(owner, project)["taken"] == 3
    listed = send(client(owner), project, "runs/", verb="get", expect=200)["results"]
    assert [one["state"] for one in listed] == ["cancelled", "done"]


def test_the_server_is_tried_on_one_image_and_nothing_is_kept(owner: User, model: Model) -> None:
    project = make.project(owner)
    image, _ = make.images(project, 2)
    named(owner, project, model, header="X-Key")
    told = send(client(owner), project, "try/", {"image": image.name}, expect=200)
    assert (told["image"], told["annotation"], told["score"]) == (image.pk, make.CAT, 0.9)
    assert model.headers[0]["X-Key"] == "Bearer s3cret"
    assert not Task.objects.filter(prelabel__isnull=False).exists()
    model.says({"annotation": {"objects": 7}})
    assert send(client(owner), project, "try/", {}, expect=400)["code"] == "invalid_annotation"
    model.says(b"", 401)
    assert send(client(owner), project, "try/", {}, expect=409)["code"] == "model_server"


def test_a_secret_goes_to_nobody_but_the_address_it_was_given_for(owner: User, model: Model) -> None:
    project = make.project(owner)
    named(owner, project, model)
    same = {"url": model.url, "model": "net", "version": "2"}
    assert send(client(owner), project, "", same, expect=201)["has_secret"]
    assert not send(client(owner), project, "", same | {"url": model.url + "/2"}, expect=201)["has_secret"]
    send(client(owner), project, "", expect=204, verb="delete")
    assert not ModelServer.objects.exists()
    assert send(client(owner), project, "", verb="get", expect=404)["code"] == "not_found"
    assert send(client(owner), project, "runs/", {}, expect=409)["code"] == "no_model_server"


@pytest.mark.parametrize(
    ("fields", "path"),
    [
        ({"url": "http://127.0.0.2/"}, "url"),
        ({"url": "https://user:pass@8.8.8.8/"}, "url"),
        ({"url": "http://8.8.8.8/"}, "url"),
        ({"header": "Host"}, "header"),
        ({"header": "X: y"}, "header"),
        ({"secret": "two\nlines"}, "secret"),
        ({"version": " "}, "version"),
        ({"seconds": 0}, "seconds"),
    ],
)
def test_an_address_that_is_none_is_refused_by_name(owner: User, model: Model, fields: Any, path: str) -> None:
    project = make.project(owner)
    body = {"url": model.url, "model": "net", "version": "1", **fields}
    assert path in send(client(owner), project, "", body, expect=400)["errors"]


def test_a_round_stops_where_its_project_is_archived(owner: User, model: Model) -> None:
    project = make.project(owner)
    make.images(project, 1)
    named(owner, project, model)
    begun = send(client(owner), project, "runs/", {}, expect=202)
    life.archive(project=project, by=owner, now=timezone.now())
    model_runs.run(run_id=begun["id"], clock=timezone.now)
    told = send(client(owner), project, f"runs/{begun['id']}/", verb="get", expect=200)
    assert (told["state"], told["trouble"], model.asked) == ("cancelled", "The project was archived.", [])


def test_a_server_is_tried_once_and_not_waited_for_long(owner: User, model: Model, monkeypatch: Any) -> None:
    project = make.project(owner)
    make.images(project, 1)
    named(owner, project, model)
    model.says(b"", 503)
    assert send(client(owner), project, "try/", {}, expect=503)["code"] == "model_server_busy"
    monkeypatch.setattr(model_servers, "LONGEST_TRIAL", 0.2)
    slow = threading.Event()
    model.answer = lambda _: (slow.wait(5), (200, b"{}"))[1]
    send(client(owner), project, "try/", {}, expect=503)
    slow.set()
    assert len(model.asked) == 2


@pytest.mark.usefixtures("settled")
def test_a_try_with_a_key_stands_in_no_transaction_and_a_twin_is_told_to_come_back(
    model: Model, monkeypatch: Any
) -> None:
    monkeypatch.setattr(idempotency, "WAITS", 0.0)
    owner = make.user()
    project = make.project(owner)
    make.images(project, 1)
    named(owner, project, model)
    headers = {"Authorization": f"Bearer {make.token(owner)}", "Idempotency-Key": "one"}
    seen: list[Any] = []

    def post() -> Any:
        return client().post(f"{V1}projects/{project.slug}/model-server/try/", {}, headers=headers)

    def answer(_: Any) -> tuple[int, bytes]:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
                " AND pid <> pg_backend_pid() AND xact_start IS NOT NULL"
            )
            seen.append(cursor.fetchone()[0])
        seen.append(post())
        connection.close()
        return 200, json.dumps(CAT).encode()

    model.answer = answer
    first, again = post(), post()
    waiting, twin = seen
    assert (waiting, twin.status_code, twin.json()["code"], twin["Retry-After"]) == (0, 503, "under_way", "2")
    assert (first.status_code, again.status_code, again["Idempotent-Replay"]) == (200, 200, "true")
    assert (first.json(), len(model.asked)) == (again.json(), 1)

    model.says(CAT)
    long_ago = timezone.now() - idempotency.GIVEN_UP * 2
    IdempotencyKey.objects.update(status=None, body=None, created_at=long_ago)  # as left by a process that died
    assert (post().status_code, len(model.asked)) == (200, 2)
    model.says(b"", 503)
    IdempotencyKey.objects.all().delete()
    assert (post().status_code, IdempotencyKey.objects.count()) == (503, 0)
