"""Whatever a client writes where it reaches the log, one event is one line, and no field of it is the client's."""

import io
import json
import logging
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from rest_framework.test import APIClient

from crowd.models import Project, User
from crowd.telemetry.lines import Lines, Words
from tests.factories import make

pytestmark = pytest.mark.django_db
EVIL = (
    "x\r\n2026-01-01 00:00:00.000 ERROR root forged",
    'x\n{"level": "ERROR", "logger": "root", "message": "forged"}',
    '", "level": "CRITICAL", "user": 1, "forged": "',
    "\x1b[2J\x1b]0;forged\x07\u2028\u202e\x85",
    "%(levelname)s %s %d {record.name} ${jndi:ldap://forged.example/a}",
)
FIELDS = {
    "time", "level", "logger", "message", "request_id", "project", "user", "job", "job_id", "ids", "error",
    "view", "status", "milliseconds",
}  # fmt: skip


@pytest.fixture(params=[Lines, Words], ids=["json", "line"])
def log(request: pytest.FixtureRequest) -> Iterator[io.StringIO]:
    """Everything that is said, in one of the two forms; a mark where an event begins."""
    stream = io.StringIO()

    class Marked(logging.StreamHandler):  # type: ignore[type-arg]
        def emit(self, record: logging.LogRecord) -> None:
            stream.write("\x00")
            super().emit(record)

    handler, root = Marked(stream), logging.getLogger()
    handler.setFormatter(request.param())
    before = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    yield stream
    root.removeHandler(handler)
    root.setLevel(before)


def written(project: Project, owner: User, evil: str) -> None:
    """Write it wherever a client's words may reach a log."""
    carried = "".join(each for each in evil if each not in "\r\n\x00")  # what a header can carry at all
    plain = carried.encode().decode("latin-1")  # and as a server hands it on
    headers = {
        "User-Agent": plain,
        "X-Request-ID": plain,
        "Referer": plain,
        "X-Forwarded-For": plain,
        "traceparent": plain,
    }
    token, base = make.token(owner), f"/api/v1/projects/{project.slug}"
    api = APIClient(raise_request_exception=False, headers={"Authorization": f"Bearer {token}", **headers})
    pages, nobody = (Client(raise_request_exception=False, headers=headers) for _ in range(2))
    pages.force_login(owner)
    for caller in (api, pages, nobody):
        for path in (
            f"/{quote(evil)}/",
            f"/projects/{quote(evil)}/",
            f"{base}/tasks/{quote(evil)}/",
            f"{base}/nothing",
        ):
            caller.get(f"{path}?q={quote(evil)}&{quote(evil)}=1")
    nobody.post("/accounts/login/", {"login": evil, "password": evil})
    Client(raise_request_exception=False, headers={"Authorization": f"Bearer {plain}"}).get(f"{base}/")
    Client(raise_request_exception=False, headers={"Host": "forged.example"}).get("/")
    for body in ({"username": evil, "role": evil}, {"username": owner.username, "role": evil, evil: evil}):
        api.post(f"{base}/members/", body, format="json")
    api.post("/api/v1/projects/", {"name": evil, "slug": evil}, format="json")
    api.post(f"{base}/images/", {"file": SimpleUploadedFile(evil, b"no picture")}, format="multipart")
    api.post(f"{base}/imports/", {"manifest": SimpleUploadedFile(evil, evil.encode())}, format="multipart")
    api.post(f"{base}/webhooks/", {"url": f"https://{plain}/", "events": [evil]}, format="json")
    api.post(f"{base}/model-server/", {"url": "https://8.8.8.8/", "model": evil, "version": evil}, format="json")
    api.generic("POST", f"{base}/gold/", evil, content_type=plain)
    api.generic(plain[:20].replace(" ", "") or "X", f"{base}/")
    logging.getLogger("crowd.tests").warning("A library says %s of %r", evil, evil, extra={"figures": {"name": evil}})


@pytest.mark.parametrize("evil", EVIL, ids=["line", "json", "field", "escape", "format"])
def test_one_event_is_one_line_and_no_field_is_forged(
    project: Project, owner: User, log: io.StringIO, evil: str
) -> None:
    written(project, owner, evil)
    events = log.getvalue().split("\x00")[1:]
    assert len(events) > 10
    for event in events:
        assert event.endswith("\n")
        line, _, traced = event[:-1].partition("\nTraceback (most recent call last):\n")  # for people, below its line
        assert len(line.splitlines()) == 1, line
        assert all(each.isprintable() for each in [line, *traced.split("\n")]), event
        assert not any(each.lstrip().startswith(("2026-01-01", "{")) for each in traced.split("\n")), event
        if line.startswith("{"):
            told: dict[str, Any] = json.loads(line)
            assert told.keys() <= FIELDS | {"name"}, line
            assert told["logger"] != "root"
            assert (told["level"] != "CRITICAL", "forged" not in str(told.get("user"))) == (True, True)
        else:
            assert not line.startswith("2026-01-01 00:00:00.000 ERROR root"), line
