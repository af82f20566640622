"""One trace from a request through the broker to the job and its statements, as an OTLP receiver gets it."""

import json
import os
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

from crowd.telemetry import traces
from tests.factories import make
from tests.faults.running import eventually
from tests.telemetry.receiver import CLIENT, CONSUMER, PRODUCER, SERVER, Receiver, receiving

ROOT = Path(__file__).resolve().parents[2]
PATIENCE = 120.0  # seconds: two Pythons start, on a machine that may be busy
WEB = """
import sys
from wsgiref.simple_server import make_server
from crowd.wsgi import application
make_server("127.0.0.1", int(sys.argv[1]), application).serve_forever()
"""


@contextmanager
def process(*words: str, env: dict[str, str], log: Path) -> Iterator[None]:
    """Have a process running in this block."""
    with log.open("w") as file, subprocess.Popen([sys.executable, *words], env=env, cwd=ROOT, stderr=file) as popen:
        try:
            yield
        finally:
            popen.terminate()
            popen.wait(timeout=60)


def environment(receiver: Receiver, broker_url: str) -> dict[str, str]:
    of = connection.settings_dict
    url = "postgresql://{USER}:{PASSWORD}@{HOST}:{PORT}/{NAME}".format(**{name: of[name] or "" for name in of})
    if not of["HOST"] or of["HOST"].startswith("/"):
        url = "postgresql://{USER}@/{NAME}?host={HOST}&port={PORT}".format(**of)
    return {
        **os.environ, "DATABASE_URL": url, "CROWD_BROKER_URL": broker_url, "PYTHONPATH": str(ROOT),
        "DJANGO_SETTINGS_MODULE": "crowd.settings", "CROWD_TELEMETRY_SECONDS": "0",
        "OTEL_EXPORTER_OTLP_ENDPOINT": receiver.url, "OTEL_BSP_SCHEDULE_DELAY": "100",
    }  # fmt: skip


def answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=20) as response:
            return response.status == 200
    except OSError:
        return False


def call(url: str, token: str, **body: Any) -> Any:
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    with urllib.request.urlopen(urllib.request.Request(url, json.dumps(body).encode(), headers), timeout=60) as answer:
        return json.loads(answer.read())


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_one_trace_goes_from_the_request_to_the_jobs_statements(broker_url: str, tmp_path: Path) -> None:
    project = make.project(make.user("planted-owner"), overlap=1)
    worker = make.member(project, username="planted-worker")
    make.images(project, 1)
    token = make.token(worker)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    celery = (
        "-m",
        "celery",
        "--app",
        "crowd.celery",
        "worker",
        "--pool",
        "solo",
        "--without-gossip",
        "--without-mingle",
    )
    with receiving() as receiver:
        env = environment(receiver, broker_url)
        web = process("-c", WEB, str(port), env=env, log=tmp_path / "web")
        with web, process(*celery, env=env, log=tmp_path / "worker"):
            site = f"http://127.0.0.1:{port}"
            assert eventually(lambda: answers(f"{site}/healthz"), seconds=PATIENCE), (tmp_path / "web").read_text()
            [claimed] = call(f"{site}/api/v1/projects/{project.slug}/assignments/", token)["results"]
            call(f"{site}/api/v1/assignments/{claimed['id']}/submit/?planted=1", token, annotation=make.CAT)
            arrived = eventually(lambda: bool(receiver.path_to("UPDATE", "crowd-worker")), seconds=PATIENCE)
            assert arrived, (tmp_path / "worker").read_text()
    path = receiver.path_to("UPDATE", "crowd-worker")
    assert [(one.service, one.kind, one.name) for one in path] == [
        ("crowd-web", SERVER, "POST /api/v1/assignments/<str:pk>/submit/"),
        ("crowd-web", PRODUCER, "send crowd.resolve"),
        ("crowd-worker", CONSUMER, "crowd.resolve"),
        ("crowd-worker", CLIENT, "UPDATE"),
    ]
    assert len({one.trace for one in path}) == 1
    assert path[-1].told["db.query.text"].startswith('UPDATE "crowd_task" SET')
    assert (path[0].told["http.response.status_code"], path[0].told["crowd.user"]) == (200, worker.pk)
    for secret in ("planted", token, claimed["id"], project.slug):
        assert secret.encode() not in receiver.raw


def test_without_an_endpoint_there_are_no_spans_and_no_libraries() -> None:
    assert not traces.wanted()
    traces.begin("web")
    with traces.span("x", "SERVER") as span:
        assert span is None
        assert traces.carried() == {}
    assert traces.span("x", "SERVER") is traces.span("y", "CLIENT", {"a": 1})
