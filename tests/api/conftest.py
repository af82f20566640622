"""The API as its callers meet it."""

from collections.abc import Callable, Iterator

import pytest
from rest_framework.test import APIClient

from crowd.celery import app
from crowd.models import User
from tests.api import world as worlds


@pytest.fixture
def settled(transactional_db: None) -> Iterator[None]:
    """Real commits, and jobs run where they are sent."""
    before = app.conf.task_always_eager, app.conf.task_eager_propagates
    app.conf.task_always_eager = app.conf.task_eager_propagates = True
    yield
    app.conf.task_always_eager, app.conf.task_eager_propagates = before


@pytest.fixture
def api() -> Callable[[User], APIClient]:
    """A client that calls as a user, by a real token."""
    return worlds.client


@pytest.fixture
def world(db: None) -> worlds.World:
    """A project with everything in it, and the people around it."""
    return worlds.world()
