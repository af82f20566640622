"""Real servers for the tests, loaded by `-p tests.servers` before pytest-django reads the settings.

PostgreSQL starts once per run (unless DATABASE_URL names one) and dies with it, even when the run is killed. Valkey and
SeaweedFS start when a test first asks for them.
"""

import os
import secrets
import shutil
import tempfile
from collections.abc import Generator
from pathlib import Path

import pytest

from crowd.embedded import postgres
from crowd.embedded.folder import DataFolder
from crowd.embedded.part import Process, await_answer, stop

_run = pytest.StashKey["Run"]()


class Run:
    """The servers and the folder of one test run."""

    def __init__(self) -> None:
        self.folder = DataFolder(Path(tempfile.mkdtemp(prefix="crowd-tests-")))
        self.processes: list[Process] = []

    def start_database(self) -> str:
        port = self.folder.port("database")
        part = postgres.part(self.folder, port=port, durable=False)
        process = Process(part)
        self.processes.append(process)
        await_answer(process)
        return postgres.url(self.folder, port=port)

    def stop(self) -> None:
        for process in reversed(self.processes):
            stop([process])
        shutil.rmtree(self.folder.path)


def _is_worker() -> bool:
    return "PYTEST_XDIST_WORKER" in os.environ


@pytest.hookimpl(wrapper=True)
def pytest_load_initial_conftests(early_config: pytest.Config) -> Generator[None, object, object]:
    if not _is_worker():
        run = early_config.stash[_run] = Run()
        os.environ["CROWD_DATA_DIR"] = str(run.folder.path / "data")
        os.environ["CROWD_STORAGE_URL"] = (run.folder.path / "data" / "objects").as_uri()
        os.environ.setdefault("CROWD_SECRET_KEY", secrets.token_urlsafe(48))
        if "DATABASE_URL" not in os.environ:
            os.environ["DATABASE_URL"] = run.start_database()
    return (yield)


def pytest_unconfigure(config: pytest.Config) -> None:
    if run := config.stash.get(_run, None):
        run.stop()
