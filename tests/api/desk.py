"""A project with conflicts, its crew and its reviewers, and what tests of the desk ask of them."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.utils import timezone
from rest_framework.test import APIClient

from crowd.models import Project, Task, User
from crowd.workflow.assignments import submission
from crowd.workflow.consensus import resolving
from tests.api.world import V1
from tests.factories import make

BOXLESS: dict[str, Any] = {"classifications": make.SCHEMA["classifications"], "objects": []}


@dataclass
class Desk:
    """A project with conflicts, its workers, and reviewers who call."""

    project: Project
    owner: User
    crew: list[User]
    reviewers: list[User]
    api: Callable[[User], APIClient]

    @property
    def base(self) -> str:
        return f"{V1}projects/{self.project.slug}/"

    def disputed(self) -> Task:
        """One more task on which three answers disagree."""
        task = make.task(self.project)
        for worker, scene in zip(self.crew, (make.CAT, make.DOG, make.FOX), strict=True):
            [leased] = make.claim(self.project, worker)
            submission.submit(assignment=leased, annotation=scene, now=timezone.now())
        resolving.resolve(task_id=task.pk, now=timezone.now())
        return Task.objects.get(pk=task.pk)

    def open(self, **query: Any) -> list[dict[str, Any]]:
        return self.api(self.reviewers[0]).get(self.base + "conflicts/", query).json()["results"]

    def post(self, who: User, path: str, body: object = None) -> Any:
        return self.api(who).post(path if path.startswith("/") else self.base + path, body or {})


def settle(desk: Desk, scene: dict[str, Any] = make.CAT) -> Task:
    """One more task on which three answers agree."""
    task = make.task(desk.project)
    for worker in desk.crew:
        [leased] = make.claim(desk.project, worker)
        submission.submit(assignment=leased, annotation=scene, now=timezone.now())
    resolving.resolve(task_id=task.pk, now=timezone.now())
    return Task.objects.get(pk=task.pk)


def set_rate(desk: Desk, rate: float) -> None:
    desk.api(desk.owner).patch(desk.base, {"review_rate": rate})
