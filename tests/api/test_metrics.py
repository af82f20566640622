"""What machines ask: figures for operators."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client
from prometheus_client.parser import text_string_to_metric_families

from crowd.celery import app
from crowd.models import Measure, Process, Project, User
from crowd.queries import metrics
from crowd.workflow import webhooks
from tests.factories import make

pytestmark = pytest.mark.django_db


def scrape(token: str = "") -> Any:
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    return Client(headers=headers).get("/metrics")


def figures(body: str) -> dict[tuple[str, tuple[str, ...]], float]:
    return {
        (sample.name, tuple(sample.labels.values())): sample.value
        for family in text_string_to_metric_families(body)
        for sample in family.samples
    }


def test_the_figures_are_what_the_database_and_the_broker_hold(
    project: Project, owner: User, now: Any, broker: str
) -> None:
    worker = make.member(project)
    make.images(project, 3)
    make.claim(project, worker)
    made = webhooks.create(project=project, by=owner, url="https://8.8.8.8/", now=now)
    with app.connection_for_write() as connection:
        app.send_task("crowd.nothing", connection=connection)
    found = figures(metrics.text().decode())
    parts = {key[1][0]: value for key, value in found.items() if key[0] == "crowd_part_up"}
    assert set(parts.values()) == {1.0}
    assert len(parts) == 12
    assert found["crowd_tasks_waiting", (str(project.pk), "open")] == 3
    assert found["crowd_tasks_waiting", (str(project.pk), "conflict")] == 0
    assert found["crowd_tasks_oldest_age_seconds", (str(project.pk), "open")] >= 0
    assert found["crowd_live_leases", ()] == 1
    assert found["crowd_overdue_leases", ()] == 0
    assert found["crowd_workers", ("active",)] == 1
    assert found["crowd_webhook_lag_seconds", (str(project.pk), "active", str(made.pk))] >= 0
    waiting = {key[1]: value for key, value in found.items() if key[0] == "crowd_jobs_queued"}
    assert waiting == {("crowd.quick",): 1, ("crowd.long",): 0, ("crowd.outside",): 0}
    assert 0 <= found["crowd_jobs_oldest_age_seconds", ("crowd.quick",)] < 3600
    assert found["crowd_drawn", ("events",)] >= project.events.count()


def test_what_processes_have_counted_is_told_as_prometheus_reads_it(db: None, broker: str) -> None:
    Measure.objects.create(name="claims", labels=["given"], count=3, total=0, buckets=[])
    waited = {"name": "job_wait_seconds", "labels": ["crowd.sweep"]}
    Measure.objects.create(**waited, count=4, total=70.5, buckets=[1, 0, 0, 2, 0, 0, 0, 0, 1])
    Measure.objects.create(name="of_a_later_version", labels=[], count=1, total=0, buckets=[])
    Measure.objects.create(name="claims", labels=["of", "another"], count=1, total=0, buckets=[])
    text = metrics.text().decode()
    found = figures(text)
    assert found["crowd_claims_total", ("given",)] == 3
    assert found["crowd_job_wait_seconds_sum", ("crowd.sweep",)] == 70.5
    of = {float(key[1][0]): value for key, value in found.items() if key[0] == "crowd_job_wait_seconds_bucket"}
    assert [of[bound] for bound in (0.1, 1.0, 5.0, float("inf"))] == [1, 1, 3, 4]
    assert "another" not in text
    assert "# TYPE crowd_storage_errors_total counter" in text  # without any yet


def test_processes_that_live_are_counted_and_beats_ticks_are_told(db: None, now: Any, broker: str) -> None:
    of = {"host": "h", "pid": 1, "version": "1", "started_at": now}
    ago = now - timedelta(minutes=5)
    Process.objects.create(key=uuid4(), role="worker", seen_at=now, **of)
    Process.objects.create(key=uuid4(), role="worker", seen_at=ago, **of)
    assert not [key for key in figures(metrics.text().decode()) if key[0] == "crowd_beat_age_seconds"]
    Process.objects.create(key=uuid4(), role="beat", seen_at=now, doing="crowd.expire", doing_since=ago, **of)
    found = figures(metrics.text().decode())
    alive = {key[1]: value for key, value in found.items() if key[0] == "crowd_processes"}
    assert alive == {("web",): 0, ("worker",): 1, ("beat",): 1}
    assert found["crowd_beat_age_seconds", ()] >= 300


def test_a_part_that_is_away_is_said_to_be_and_hides_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(metrics, "STANDINGS", "SELECT pg_sleep(60), 1, 1")
    monkeypatch.setattr(metrics, "TIMEOUT", "1s")
    found = figures(metrics.text().decode())
    assert found["crowd_part_up", ("workers",)] == 0
    assert found["crowd_part_up", ("tasks",)] == 1


def test_no_query_reads_a_big_table_from_end_to_end(project: Project) -> None:
    """The plans, with sequential scans made dear: where one is left there is no index that serves."""
    queries = [metrics.TASKS, metrics.RAN_OUT, metrics.WEBHOOKS]
    for table, moment, condition, _ in metrics.UNDER_WAY.values():
        queries.append(f"SELECT {moment} FROM {table} WHERE {condition} ORDER BY {moment} LIMIT 10")
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        for query in queries:
            cursor.execute("EXPLAIN " + query.replace("%(now)s", "now()"))
            plan = "\n".join(row[0] for row in cursor.fetchall())
            for table in ("crowd_task", "crowd_assignment", "crowd_event", "crowd_conflict"):
                assert f"Seq Scan on {table} " not in plan, plan


def test_staff_and_the_scrape_token_are_let_in_and_nobody_else(owner: User, settings: Any) -> None:
    staff = make.user("operator", staff=True)
    settings.CROWD_METRICS_TOKEN = "a-long-scrape-token"
    session = Client()
    session.force_login(staff)
    answer = session.get("/metrics")
    assert (answer.status_code, answer["Content-Type"].split(";")[0]) == (200, "text/plain")
    assert b"# TYPE crowd_tasks_waiting gauge" in answer.content
    assert scrape(make.token(staff)).status_code == 200
    assert scrape("a-long-scrape-token").status_code == 200
    signed_in = Client()
    signed_in.force_login(owner)
    for refused, status in (
        (scrape(), 404), (signed_in.get("/metrics"), 404), (scrape(make.token(owner)), 404),
        (scrape("a-long-scrape-toke"), 401), (scrape("crowd_unknown"), 401),
    ):  # fmt: skip
        assert refused.status_code == status
        assert refused.json().keys() == {"code", "detail", "errors"}
    settings.CROWD_METRICS_TOKEN = ""
    assert Client(headers={"Authorization": "Bearer "}).get("/metrics").status_code in {401, 404}
