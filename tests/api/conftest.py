"""The API as its callers meet it."""

from collections.abc import Callable, Iterator

import pytest
from rest_framework.test import APIClient

from crowd.celery import app
from crowd.models import User
from tests.factories import make


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

    def client(user: User) -> APIClient:
        made = APIClient()
        made.credentials(HTTP_AUTHORIZATION=f"Bearer {make.token(user)}")
        return made

    return client
