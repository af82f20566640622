"""The operators' page: the state of the installation, for operators alone."""

from datetime import timedelta
from io import StringIO
from typing import Any
from uuid import uuid4

import pytest
from django.core.management import call_command
from django.test import Client

from crowd import jobs
from crowd.celery import app
from crowd.models import FailedJob, Measure, Process, Project, Release, User
from crowd.queries import operating as queries
from crowd.telemetry.messages import HEADER
from crowd.web.operator import span
from tests.factories import make

pytestmark = pytest.mark.django_db
PAGE = "/operator/"


@pytest.fixture
def operator() -> Client:
    client = Client()
    client.force_login(make.user("olga", staff=True))
    return client


def failed(now: Any, **fields: Any) -> FailedJob:
    told = {"job": "crowd.resolve", "ids": [7], "error": "ValueError", "place": "crowd.workflow.consensus.resolving:3"}
    return FailedJob.objects.create(failed_at=now, **told | fields)


def test_to_everybody_else_there_is_nothing_here(project: Project, owner: User, now: Any) -> None:
    pk = failed(now).pk
    for user in (owner, make.member(project, "reviewer"), make.member(project)):
        client = Client()
        client.force_login(user)
        for path in (f"{PAGE}jobs/{pk}/send-again/", f"{PAGE}jobs/{pk}/dismiss/"):
            assert client.post(path).status_code == 404
        assert client.get(PAGE).status_code == 404
        assert b"/operator/" not in client.get("/").content
    assert Client().get(PAGE).status_code == 302
    assert FailedJob.objects.filter(pk=pk, retried_at=None).exists()


def test_it_tells_the_state_of_every_part(operator: Client, owner: User, now: Any, broker: str) -> None:
    project = make.project(owner)
    of = {"host": "box", "version": "1", "started_at": now}
    ago = now - timedelta(minutes=10)
    Process.objects.create(
        key=uuid4(), role="worker", pid=4242, seen_at=now, doing="crowd.refit", doing_since=ago, **of
    )
    Process.objects.create(key=uuid4(), role="web", pid=4343, seen_at=ago, **of)
    Process.objects.create(key=uuid4(), role="beat", pid=4444, seen_at=now, doing="crowd.expire", doing_since=now, **of)
    for outcome, count, total in (("success", 9, 4.5), ("failure", 1, 0.5)):
        Measure.objects.create(
            name="job_seconds", labels=["crowd.resolve", outcome], count=count, total=total, buckets=[count]
        )
    Release.objects.create(project=project, number=3, created_by=owner, created_at=now)
    Release.objects.create(project=project, number=4, created_by=owner, created_at=now, state="failed", error="x")
    failed(now)
    found = queries.state(now=now)
    assert found.unread == []
    assert (found.migrations, found.queue.name, found.database.limit > 0) == (0, "all", True)
    assert [(one.runs, one.failures, one.mean) for one in found.jobs] == [(10, 1, 0.5)]
    assert [(one.project, one.told) for one in found.worries] == [(project, "Release 4 failed")]
    assert found.disk.free > 0
    page = operator.get(PAGE).content.decode()
    for text in ("4242", "crowd.refit", "for 10 min", "10\xa0minutes ago", "Release 3 of", "Release 4 failed",
                 "crowd.workflow.consensus.resolving:3", "applied", "sent <code>crowd.expire</code>"):  # fmt: skip
        assert text in page, text
    part = operator.get(PAGE, headers={"HX-Request": "true"}).content.decode()
    assert "<!doctype" not in part
    assert "4242" in part
    assert b"/operator/" in operator.get("/").content


def test_a_part_that_is_away_is_named_and_hides_no_other(operator: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(queries, "DATABASE", "SELECT 1/0")
    page = operator.get(PAGE)
    assert page.status_code == 200
    assert b"database" in page.content.partition(b"could not be read")[2][:60]
    assert b"Processes" in page.content


@pytest.mark.django_db(transaction=True)
def test_a_failed_job_is_sent_again_with_its_ids(now: Any, broker: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jobs, "_quiet_until", 0.0)
    client = Client()
    client.force_login(make.user("olga", staff=True))
    one, gone = failed(now), failed(now, job="crowd.of_an_earlier_version")
    with app.connection_for_write() as connection:
        connection.default_channel.client.delete("crowd.quick")
        page = client.post(f"{PAGE}jobs/{one.pk}/send-again/", follow=True)
        queue = connection.SimpleQueue("crowd.quick")
        message = queue.get(timeout=10)
        message.ack()
        queue.close()
    assert b"was sent again" in page.content
    assert (message.headers["task"], message.payload[0]) == ("crowd.resolve", [7])
    assert message.headers[HEADER].keys() == {"request_id", "sent_at"}
    assert FailedJob.objects.get(pk=one.pk).retried_at is not None
    assert client.post(f"{PAGE}jobs/{gone.pk}/send-again/").status_code == 409
    assert client.post(f"{PAGE}jobs/{gone.pk}/dismiss/", follow=True).status_code == 200
    assert client.post(f"{PAGE}jobs/{gone.pk}/dismiss/").status_code == 404
    assert [row.pk for row in FailedJob.objects.all()] == [one.pk]


def test_the_doctor_says_the_same_on_a_terminal(now: Any, broker: str) -> None:
    def ask() -> tuple[int, str]:
        out = StringIO()
        try:
            call_command("doctor", stdout=out, no_color=True)
        except SystemExit as ended:
            return int(str(ended.code)), out.getvalue()
        return 0, out.getvalue()

    code, told = ask()
    assert (code, "well  database     ok" in told, "LOOK  worker       0 alive" in told) == (1, True, True)
    for role in ("web", "worker", "beat"):
        of = {"host": "box", "version": "1", "started_at": now, "pid": 1}
        Process.objects.create(key=uuid4(), role=role, seen_at=now, **of)
    assert ask()[0] == 0, ask()[1]
    failed(now)
    code, told = ask()
    assert (code, told.count("LOOK"), "LOOK  failed jobs  1\n" in told) == (1, 1, True)


@pytest.mark.parametrize(
    ("seconds", "told"), [(0, "0 s"), (119, "119 s"), (120, "2 min"), (7199, "120 min"), (7200, "2 h"), (1e6, "12 d")]
)
def test_a_span_of_time_has_few_letters(seconds: float, told: str) -> None:
    assert span(seconds) == told
