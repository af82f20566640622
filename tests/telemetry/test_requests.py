"""What is logged of real requests and their jobs: who, which, how long; never a name, an address or a secret."""

import io
import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError, OperationalError
from django.test import Client
from rest_framework.test import APIClient

from crowd import jobs
from crowd.celery import app
from crowd.models import Project, User
from crowd.telemetry import measures
from crowd.telemetry.lines import Lines
from crowd.workflow.projects import inviting
from crowd.workflow.upkeep import sweeping
from tests.factories import make

pytestmark = pytest.mark.django_db


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    """Everything that is said, as production says it."""
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(Lines())
    root = logging.getLogger()
    before = root.level
    root.addHandler(handler)
    root.setLevel(logging.INFO)
    yield stream
    root.removeHandler(handler)
    root.setLevel(before)


@pytest.fixture
def eager() -> Iterator[None]:
    """Jobs run where they are sent."""
    app.conf.task_always_eager = True
    yield
    app.conf.task_always_eager = False


def caller(user: User) -> APIClient:
    return APIClient(headers={"Authorization": f"Bearer {make.token(user)}"})


def said(log: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in log.getvalue().splitlines()]


def test_a_request_is_one_line_with_numbers_for_names(project: Project, owner: User, log: io.StringIO) -> None:
    client = Client(headers={"X-Request-ID": "call-0123456789"})
    client.force_login(owner)
    answer = client.get(f"/projects/{project.slug}/?q=secret")
    assert answer["X-Request-ID"] == "call-0123456789"
    [line] = [one for one in said(log) if one["logger"] == "crowd.requests"]
    assert line.pop("milliseconds") > 0
    line.pop("time")
    assert line == {
        "level": "INFO", "logger": "crowd.requests", "message": "GET /projects/<slug:slug>/", "view": "project",
        "status": 200, "request_id": "call-0123456789", "project": project.pk, "user": owner.pk,
    }  # fmt: skip
    for quiet in ("/healthz", "/livez", "/static/crowd/icon.svg"):
        client.get(quiet).close()
    assert len([one for one in said(log) if one["logger"] == "crowd.requests"]) == 1


@pytest.mark.django_db(transaction=True)
def test_nobody_is_named_whatever_happens(
    project: Project, owner: User, now: Any, log: io.StringIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    worker = make.member(project, username="zacharias-planted")
    worker.email = "zacharias@planted.example"
    worker.save()
    token = make.token(worker)
    [image] = make.images(project, 1)
    invited = inviting.path_of(inviting.invite(project=project, role="worker", by=owner, now=now))
    of_worker, of_owner = caller(worker), Client(raise_request_exception=False)
    of_owner.force_login(owner)
    base = f"/api/v1/projects/{project.slug}"
    [claimed] = of_worker.post(f"{base}/assignments/").json()["results"]
    of_worker.patch(f"/api/v1/assignments/{claimed['id']}/", {"draft": {"objects": "planted"}}, format="json")
    of_worker.post(f"/api/v1/assignments/{claimed['id']}/submit/", {"annotation": make.CAT}, format="json")
    Client().get(claimed["image"]["url"]).close()
    Client(headers={"Authorization": f"Bearer {token}x"}).get(f"{base}/")
    Client().post("/accounts/login/", {"login": "zacharias-planted", "password": "planted-password"})
    for path in (invited, f"/invitations/{invited.split('/')[2]}x/", f"/projects/{project.slug}/workers/{worker}/"):
        of_owner.get(path)
    of_owner.get(f"/projects/{project.slug}/members/nobody-planted/?token=planted")
    of_owner.post(f"{base}/members/", {"username": "planted\nname", "role": "worker"})
    said_by_the_database = "duplicate key\nDETAIL:  Key (username)=(zacharias-planted) already exists."
    for error in (IntegrityError(said_by_the_database), OperationalError("zacharias@planted.example")):
        monkeypatch.setattr("crowd.queries.scope.callers.membership", raising(error))
        assert of_owner.get(f"/projects/{project.slug}/").status_code == 500
    told = log.getvalue()
    assert told.count('"logger": "crowd.requests"') >= 12
    assert told.count('"logger": "django.request"') == 2
    signature = claimed["image"]["url"].partition("?")[2]
    secrets = ["planted", token, invited.split("/")[2], signature, image.name, project.slug, owner.username]
    assert signature
    assert [secret for secret in secrets if secret in told] == []


def raising(error: Exception) -> Any:
    def fail(**_: Any) -> None:
        raise error

    return fail


@pytest.mark.django_db(transaction=True)
def test_a_jobs_lines_carry_the_request_that_caused_it(
    owner: User, log: io.StringIO, eager: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = make.project(owner, overlap=1)
    worker = make.member(project)
    make.images(project, 1)
    client = caller(worker)
    [claimed] = client.post(f"/api/v1/projects/{project.slug}/assignments/").json()["results"]
    resolving = logging.getLogger("crowd.workflow.consensus.resolving")
    monkeypatch.setattr("crowd.workflow.consensus.resolving.resolve", lambda **_: resolving.warning("Looked"))
    path = f"/api/v1/assignments/{claimed['id']}/submit/"
    client.post(path, {"annotation": make.CAT}, format="json", headers={"X-Request-ID": "caused-it-1"})
    [line] = [one for one in said(log) if one["logger"] == "crowd.workflow.consensus.resolving"]
    assert (line["request_id"], line["job"], set(line["ids"])) == ("caused-it-1", "crowd.resolve", {"task_id"})
    assert line["job_id"]


def test_what_is_ours_to_look_into_names_the_request(
    client: Client, project: Project, owner: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("crowd.queries.scope.callers.membership", raising(DatabaseError("x")))
    client.raise_request_exception = False
    client.force_login(owner)
    given = {"X-Request-ID": "ours-to-look-at"}
    answer = client.get(f"/api/v1/projects/{project.slug}/guidelines/", headers=given)
    assert (answer.status_code, answer.json()["request_id"]) == (500, "ours-to-look-at")
    page = client.get(f"/projects/{project.slug}/", headers=given)
    assert (page.status_code, b"<code>ours-to-look-at</code>" in page.content) == (500, True)
    assert "request_id" not in client.get("/api/v1/nowhere/", headers=given).json()


def test_requests_are_counted_by_view_and_never_by_what_they_name(project: Project, client: Client) -> None:
    measures.take()
    for path in ("/healthz", f"/projects/{project.slug}/", "/projects/other/", "/no-such", "/no-such-either", "/no"):
        client.get(path)
    client.generic("BREW", "/healthz")
    found = {key[1]: one.count for key, one in measures.take().items() if key[0] == "http_request_seconds"}
    assert found == {
        ("healthz", "GET", "2xx"): 1, ("project", "GET", "3xx"): 2, ("unknown", "GET", "4xx"): 3,
        ("healthz", "other", "2xx"): 1,
    }  # fmt: skip


def test_jobs_are_counted_with_how_they_ended(db: None, eager: None, monkeypatch: pytest.MonkeyPatch) -> None:
    measures.take()
    jobs.sweep.delay()
    monkeypatch.setattr(sweeping, "sweep", raising(ValueError("x")))
    jobs.sweep.delay()
    found = {key[1]: one.count for key, one in measures.take().items() if key[0] == "job_seconds"}
    assert found == {("crowd.sweep", "success"): 1, ("crowd.sweep", "failure"): 1}
