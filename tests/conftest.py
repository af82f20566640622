"""What every test may ask for."""

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from crowd.celery import app
from crowd.models import Project, User
from tests.factories import make


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
    """A project with a published guideline: one required question, one box class."""
    return make.project(owner)


@pytest.fixture
def client_of() -> Callable[[User], APIClient]:
    """An API client for a user, by a real token."""

    def make_client(user: User) -> APIClient:
        client = APIClient()
        client.credentials(HTTP_AUTHORIZATION=f"Bearer {make.token(user)}")
        return client

    return make_client


@pytest.fixture
def jobs_run(django_capture_on_commit_callbacks: Any) -> Iterator[None]:
    """Run jobs where they are sent, in the test's own thread: for tests of rules, not of the broker."""
    before = app.conf.task_always_eager
    app.conf.task_always_eager = True
    yield
    app.conf.task_always_eager = before
