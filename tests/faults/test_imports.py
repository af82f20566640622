"""An import whose worker is killed goes on where it stood, with exact counts and nothing twice."""

import hashlib
import json
import os
import signal
import subprocess
import sys
import time
from datetime import timedelta
from typing import Any
from urllib.parse import quote, urlencode

import pytest
from django.db import connection
from django.utils import timezone

from crowd.models import Attempt, Image, Import, Project, Task, User
from crowd.workflow import attempts
from crowd.workflow.importing import imports, runs
from tests.faults.running import ROOT

RUN = "import django; django.setup(); from crowd.workflow.importing import runs; runs.run(import_id={pk})"
ROWS = 25_000
# a reader that a library takes down: what it cannot catch is what a full memory does too
DIES = """
import os, signal, django
django.setup()
from crowd.workflow import attempts
from crowd.workflow.importing import runs
attempts.APART = 0.0
runs.READERS["manifest"] = lambda _: os.kill(os.getpid(), signal.SIGKILL)
runs.run(import_id={pk})
"""


def database_url() -> str:
    """The test's own database, for another process."""
    of = connection.settings_dict
    options = urlencode({"host": of["HOST"], "port": of["PORT"]} if of["PORT"] else {"host": of["HOST"]})
    return f"postgresql://{quote(of['USER'])}:{quote(of['PASSWORD'])}@/{of['NAME']}?{options}"


def begun(owner: User, project: Project, count: int) -> Import:
    """An import of so many rows, in the store and waiting."""
    rows = [
        {
            "url": f"https://images.example.org/{number}.jpg",
            "width": 4,
            "height": 3,
            "sha256": hashlib.sha256(str(number).encode()).hexdigest(),
        }
        for number in range(count)
    ]
    made = Import(project=project, source="manifest", format="jsonl", created_by=owner, filename="rows")
    made.created_at = made.moved_at = timezone.now()
    imports.keep(made, b"\n".join(json.dumps(row).encode() for row in rows))
    made.save()
    return made


def await_end_of_its_session() -> None:
    """Wait until nobody else is connected: a commit under way when its client is killed is still made."""
    others = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
    until = time.monotonic() + 60
    with connection.cursor() as cursor:
        while time.monotonic() < until:
            cursor.execute(others)
            if cursor.fetchone() == (0,):
                return
            time.sleep(0.05)


def environment() -> dict[str, str]:
    """What another process needs to go on with it."""
    return os.environ | {
        "DATABASE_URL": database_url(),
        "CROWD_IMPORT_SOURCES": "https://images.example.org",
        "DJANGO_SETTINGS_MODULE": "crowd.settings",
    }


@pytest.mark.django_db(transaction=True)
def test_an_import_whose_worker_is_killed_goes_on_where_it_stood(owner: User, project: Project, settings: Any) -> None:
    settings.CROWD_IMPORT_SOURCES = ["https://images.example.org"]
    made = begun(owner, project, ROWS)
    with subprocess.Popen([sys.executable, "-c", RUN.format(pk=made.pk)], cwd=ROOT, env=environment()) as worker:
        until = time.monotonic() + 120
        while made.seen == 0 and time.monotonic() < until and worker.poll() is None:
            time.sleep(0.005)
            made.refresh_from_db()
        worker.send_signal(signal.SIGKILL)
    await_end_of_its_session()
    made.refresh_from_db()
    assert (made.state, 0 < made.seen < ROWS) == ("running", True)
    assert Image.objects.filter(project=project).count() == made.seen
    runs.run(import_id=made.pk)
    made.refresh_from_db()
    assert (made.state, made.seen, made.created, made.duplicates) == ("done", ROWS, ROWS, 0)
    assert Image.objects.filter(project=project).count() == Task.objects.filter(project=project).count() == ROWS


@pytest.mark.django_db(transaction=True)
def test_an_import_that_kills_each_worker_is_given_up_and_says_so(owner: User, project: Project, settings: Any) -> None:
    settings.CROWD_IMPORT_SOURCES = ["https://images.example.org"]
    made = begun(owner, project, 2)
    for times in range(1, attempts.MOST + 1):
        killed = subprocess.run(
            [sys.executable, "-c", DIES.format(pk=made.pk)], cwd=ROOT, env=environment(), check=False
        )
        made.refresh_from_db()
        assert (killed.returncode, made.state) == (-signal.SIGKILL, "running")
        assert Attempt.objects.get(key=made.pk).times == times
    Attempt.objects.update(at=timezone.now() - timedelta(minutes=1))
    runs.run(import_id=made.pk)
    made.refresh_from_db()
    assert (made.state, made.error, made.seen) == ("failed", attempts.KILLED, 0)
    assert not Attempt.objects.exists()
    again = begun(owner, project, 2)  # by hand, once what killed it is mended
    runs.run(import_id=again.pk)
    again.refresh_from_db()
    assert (again.state, again.created) == ("done", 2)
