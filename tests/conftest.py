"""What every test may ask for."""

import os
from collections.abc import Iterator
from datetime import datetime

import pytest
from django.utils import timezone
from hypothesis import HealthCheck, settings

from crowd.celery import app
from crowd.models import Project, User
from tests.factories import make

# Properties are judged by what they find, not by the clock of a busy machine; where a change is judged, always alike.
settings.register_profile(
    "crowd",
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
    derandomize=bool(os.environ.get("CI")),
)
settings.load_profile("crowd")

# Rooms whose tests wait for browsers and other processes: what fails there is tried once more, and named as a rerun.
TIMED = ("/tests/client/", "/tests/demo/", "/tests/deploy/", "/tests/e2e/", "/tests/faults/")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if any(room in item.path.as_posix() for room in TIMED):
            item.add_marker(pytest.mark.flaky(reruns=1))


@pytest.fixture
def now() -> datetime:
    """The moment the test plays at."""
    return timezone.now()


@pytest.fixture
def owner(db: None) -> User:
    """The owner of `project`."""
    return make.user("owner")


@pytest.fixture
def project(owner: User) -> Project:
    """A project with a published guideline: one required question, one box class; no gold by chance."""
    return make.project(owner)


@pytest.fixture
def broker(broker_url: str) -> Iterator[str]:
    """A real broker, for everything that asks one."""
    names = ("broker_url", "broker_read_url", "broker_write_url")
    before = {name: getattr(app.conf, name) for name in names}
    app.conf.update(dict.fromkeys(names, broker_url))
    app._after_fork()  # forget connections to another one
    yield broker_url
    app.conf.update(before)
    app._after_fork()
