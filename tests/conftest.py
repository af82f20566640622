"""What every test may ask for."""

from datetime import datetime

import pytest
from django.utils import timezone

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
    """A project with a published guideline: one required question, one box class; no gold by chance."""
    return make.project(owner)
