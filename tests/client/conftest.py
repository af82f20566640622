"""A real site, a project on it, and a line to it that breaks when told to."""

from collections.abc import Iterator
from typing import Any

import pytest

from crowd.celery import app
from crowd.client import Client
from crowd.models import Project, User
from tests.client.breaking import Breaking, breaking
from tests.client.scripted import Server, scripted
from tests.factories import make


@pytest.fixture
def server() -> Iterator[Server]:
    """A site that answers what the test has laid ready."""
    with scripted() as found:
        yield found


@pytest.fixture
def site(transactional_db: None, live_server: Any) -> Iterator[str]:
    """The address of a real site; jobs run where they are sent."""
    before = app.conf.task_always_eager, app.conf.task_eager_propagates
    app.conf.task_always_eager = app.conf.task_eager_propagates = True
    yield live_server.url
    app.conf.task_always_eager, app.conf.task_eager_propagates = before


@pytest.fixture
def weak(site: str) -> Iterator[Breaking]:
    """The same site behind a line that breaks where the test says."""
    with breaking(site) as line:
        yield line


@pytest.fixture
def owner(site: str) -> User:
    return make.user("ann")


@pytest.fixture
def pets(owner: User) -> Project:
    """A project in which every image needs one answer."""
    return make.project(owner, overlap=1, max_overlap=1)


@pytest.fixture
def ann(site: str, owner: User) -> Iterator[Client]:
    """The owner's client."""
    with Client(site, make.token(owner), patience=20.0) as client:
        yield client
