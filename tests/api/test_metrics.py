"""What machines ask: figures for operators, and readiness."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from prometheus_client.parser import text_string_to_metric_families

from crowd.celery import app
from crowd.models import Project, User
from crowd.queries import metrics, readiness
from crowd.workflow import webhooks
from tests.factories import make

pytestmark = pytest.mark.django_db


@pytest.fixture
def broker(broker_url: str) -> Iterator[str]:
    """A real broker, for everything that asks one."""
    names = ("broker_url", "broker_read_url", "broker_write_url")
    before = {name: getattr(app.conf, name) for name in names}
    app.conf.update(dict.fromkeys(names, broker_url))
    yield broker_url
    app.conf.update(before)


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
    assert len(parts) == 9
    assert found["crowd_tasks_waiting", (project.slug, "open")] == 3
    assert found["crowd_tasks_waiting", (project.slug, "conflict")] == 0
    assert found["crowd_tasks_oldest_age_seconds", (project.slug, "open")] >= 0
    assert found["crowd_live_leases", ()] == 1
    assert found["crowd_overdue_leases", ()] == 0
    assert found["crowd_workers", ("active",)] == 1
    assert found["crowd_webhook_lag_seconds", (project.slug, "active", str(made.pk))] >= 0
    assert found["crowd_jobs_queued", ("celery",)] == 1
    assert found["crowd_drawn", ("events",)] >= project.events.count()


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


def test_ready_means_that_every_part_answers(broker: str) -> None:
    answer = Client().get("/readyz")
    assert (answer.status_code, answer.json()) == (200, dict.fromkeys(readiness.PARTS, "ok"))


def test_what_is_away_is_named_and_the_answer_is_503(broker: str, settings: Any) -> None:
    app.conf.broker_url = app.conf.broker_read_url = "redis://127.0.0.1:1/0"
    answer = Client().get("/readyz")
    assert (answer.status_code, answer.json()["broker"], answer.json()["database"]) == (503, "unreachable", "ok")
    app.conf.broker_url = app.conf.broker_read_url = broker
    settings.STORAGE_URL = "s3://bucket/p?endpoint_url=http://127.0.0.1:1"
    answer = Client().get("/readyz")
    assert (answer.status_code, answer.json()["storage"], answer.json()["broker"]) == (503, "unreachable", "ok")


def test_a_migration_that_is_missing_is_not_ready(broker: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM django_migrations WHERE app = 'crowd' AND name LIKE '%webhooks'")
    answer = Client().get("/readyz")
    assert (answer.status_code, answer.json()["migrations"]) == (503, "1 to apply")
