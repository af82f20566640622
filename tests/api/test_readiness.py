"""Ready means that each part really does its work; which does not is told to all, where and why to operators."""

import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from crowd.celery import app
from crowd.queries import readiness
from tests.factories import make
from tests.servers import S3

TOKEN = "a-long-scrape-token"
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def scrape_token(settings: Any) -> None:
    """Whoever holds it is told more."""
    settings.CROWD_METRICS_TOKEN = TOKEN


def ask(*, knows: bool = False) -> tuple[int, dict[str, Any]]:
    answer = Client(headers={"Authorization": f"Bearer {TOKEN}"} if knows else {}).get("/readyz")
    return answer.status_code, answer.json()


def all_but(part: str, told: str) -> dict[str, str]:
    return {**dict.fromkeys(readiness.PARTS, "ok"), part: told}


@pytest.fixture
def silent() -> Iterator[str]:
    """A server that takes connections and never says a word."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield f"127.0.0.1:{server.getsockname()[1]}"


def test_ready_means_that_every_part_answers(broker: str) -> None:
    assert ask() == (200, dict.fromkeys(readiness.PARTS, "ok"))
    assert ask(knows=True) == ask()
    assert Client().get("/livez").content == b"ok"


def test_a_broker_that_is_away_is_named_and_why_is_told_to_operators_alone(broker: str) -> None:
    app.conf.broker_url = app.conf.broker_read_url = "redis://127.0.0.1:1/0"
    assert ask() == (503, all_but("broker", "unreachable"))
    assert ask(knows=True)[1]["details"].keys() == {"broker"}
    session = Client()
    session.force_login(make.user("nobody"))
    assert "details" not in session.get("/readyz").json()
    session.force_login(make.user("operator", staff=True))
    assert session.get("/readyz").json()["details"].keys() == {"broker"}


def test_a_part_that_hangs_holds_nobody_up_and_is_asked_once(
    broker: str, silent: str, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(readiness, "PATIENCE", 1.0)
    settings.STORAGE_URL = f"s3://bucket/p?endpoint_url=http://{silent}&access_key_id=a&secret_access_key=b"
    assert ask()[1]["storage"] == "no answer in time"
    waiting = readiness._open["storage"]
    assert ask(knows=True)[1]["storage"] == "no answer in time"
    assert readiness._open["storage"] is waiting
    readiness._open.clear()


@pytest.mark.django_db(transaction=True)
def test_a_database_that_only_reads_is_not_ready(broker: str) -> None:
    name = connection.settings_dict["NAME"]
    with connection.cursor() as cursor:
        cursor.execute(f'ALTER DATABASE "{name}" SET default_transaction_read_only = on')
        try:
            assert ask() == (503, all_but("database", "read only"))
        finally:
            cursor.execute("SET default_transaction_read_only = off")
            cursor.execute(f'ALTER DATABASE "{name}" RESET default_transaction_read_only')
    assert ask()[0] == 200


@pytest.mark.django_db(transaction=True)
def test_a_migration_that_is_missing_is_not_ready(broker: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM django_migrations WHERE app = 'crowd' AND name LIKE '%webhooks' RETURNING *")
        [(pk, *row)] = cursor.fetchall()
        try:
            assert ask() == (503, all_but("migrations", "1 to apply"))
        finally:
            cursor.execute("INSERT INTO django_migrations VALUES (%s, %s, %s, %s)", [pk, *row])


def test_a_folder_that_cannot_be_written_is_not_ready(broker: str, settings: Any, tmp_path: Path) -> None:
    (tmp_path / "objects").write_text("a file stands where the folder should be")
    settings.STORAGE_URL = (tmp_path / "objects").as_uri()
    assert ask() == (503, all_but("storage", "unreachable"))
    assert "objects" in ask(knows=True)[1]["details"]["storage"]


def test_a_bucket_that_is_gone_or_not_ours_is_not_ready(broker: str, s3: S3, settings: Any) -> None:
    s3.bucket("ready")
    for bucket, key, status in (("ready", s3.access_key, 200), ("gone", s3.access_key, 503), ("ready", "other", 503)):
        keys = f"access_key_id={key}&secret_access_key={s3.secret_key}"
        settings.STORAGE_URL = f"s3://{bucket}/p?endpoint_url={s3.endpoint_url}&addressing=path&{keys}"
        assert ask()[0] == status, (bucket, ask(knows=True))
