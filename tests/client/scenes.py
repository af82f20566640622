"""Scenes that the tests of the client begin with."""

from django.utils import timezone

from crowd.models import Project
from crowd.workflow.conflicts import adjudication
from tests.factories import make


def answered(project: Project, count: int) -> None:
    """Have new images in the project, each settled as a cat."""
    owner = project.memberships.get(role="owner").user
    for image in make.images(project, count):
        adjudication.adjudicate(task=image.task, by=owner, annotation=make.CAT, now=timezone.now())
