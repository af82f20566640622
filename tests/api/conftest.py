"""The API as its callers meet it."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.db import transaction
from rest_framework.test import APIClient

from crowd.celery import app
from crowd.models import User
from tests.api import world as worlds
from tests.api.desk import BOXLESS, Desk
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
    return worlds.client


@pytest.fixture
def desk(settled: None, api: Callable[[User], APIClient]) -> Desk:
    owner = make.user("owner")
    project = make.project(owner, schema=BOXLESS, max_overlap=3)
    crew = [make.member(project) for _ in range(3)]
    return Desk(project, owner, crew, [make.member(project, "reviewer") for _ in range(2)], api)


@pytest.fixture(scope="module")
def module_world(django_db_setup: None, django_db_blocker: Any) -> Iterator[worlds.World]:
    """A world that a module's tests share; it is gone after the module, and what a test does to it, after the test."""
    with django_db_blocker.unblock(), transaction.atomic():
        yield worlds.world()
        transaction.set_rollback(True)


@pytest.fixture
def world(module_world: worlds.World, db: None) -> worlds.World:
    """A project with everything in it, and the people around it, as fresh from the database."""
    return module_world.afresh()
