"""The things tests are about, made the way the product makes them: by its verbs."""

import io
import itertools
from collections.abc import Mapping
from typing import Any

from django.utils import timezone
from PIL import Image as Pillow

from crowd.models import Assignment, Gold, Image, Project, Task, User
from crowd.workflow import accounts, gold, importing, projects
from crowd.workflow.assignments import claiming, submission
from crowd.workflow.guidelines import publishing
from crowd.workflow.projects import members

SCHEMA: dict[str, Any] = {
    "classifications": [
        {"name": "scene", "kind": "single", "required": True, "options": [{"name": n} for n in ("cat", "dog", "fox")]}
    ],
    "objects": [{"name": "car", "shape": "box"}],
}
CAT: dict[str, Any] = {"classifications": {"scene": "cat"}, "objects": []}
DOG: dict[str, Any] = {"classifications": {"scene": "dog"}, "objects": []}
FOX: dict[str, Any] = {"classifications": {"scene": "fox"}, "objects": []}

_numbers = itertools.count(1)


def user(username: str = "", **fields: Any) -> User:
    """A user, who signs in with the password “secret-pass-1”."""
    return accounts.create_user(username=username or f"user{next(_numbers)}", password="secret-pass-1", **fields)


def token(of: User) -> str:
    """A token of the user."""
    return accounts.issue_token(user=of, now=timezone.now())


def project(owner: User, *, schema: Mapping[str, Any] = SCHEMA, publish: bool = True, **settings: Any) -> Project:
    """A project with a published guideline; without gold and samples by chance, unless asked for."""
    settings = {"gold_rate": 0.0, "review_rate": 0.0, **settings}
    made = projects.create(by=owner, name=f"Project {next(_numbers)}", settings=settings, now=timezone.now())
    if publish:
        publishing.draft(project=made, by=owner, body="# Look", schema=schema, now=timezone.now())
        publishing.publish(project=made, number=1, by=owner, now=timezone.now())
    return made


def member(of: Project, role: str = "worker", username: str = "") -> User:
    """A new user with a role in the project."""
    made = user(username)
    owner = of.memberships.filter(role="owner").select_related("user")[0].user
    members.add(project=of, username=made.username, role=role, by=owner, now=timezone.now())
    return made


def picture(*, width: int = 64, height: int = 48, seed: int | None = None, kind: str = "PNG", **save: Any) -> bytes:
    """The bytes of an image, different each time unless a seed is given."""
    number = next(_numbers) if seed is None else seed
    made = Pillow.new("RGB", (width, height), (number % 256, number // 256 % 256, 7))
    out = io.BytesIO()
    made.save(out, kind, **save)
    return out.getvalue()


def images(of: Project, count: int = 1, **size: int) -> list[Image]:
    """New images in the project, each with an open task."""
    owner = of.memberships.filter(role="owner").select_related("user")[0].user
    files = [(f"image{next(_numbers)}.png", io.BytesIO(picture(**size))) for _ in range(count)]
    upload = importing.add_images(project=of, files=files, by=owner, now=timezone.now())
    assert not upload.rejected, upload.rejected
    return upload.created


def task(of: Project, **size: int) -> Task:
    """A new open task."""
    return Task.objects.get(image=images(of, 1, **size)[0])


def golden(of: Project, annotation: Mapping[str, Any] = CAT, **fields: Any) -> Gold:
    """A new image whose answer is known."""
    owner = of.memberships.filter(role="owner").select_related("user")[0].user
    return gold.plant(image=images(of)[0], annotation=annotation, by=owner, now=timezone.now(), **fields)


class NeverGold:
    """A dice that never serves gold."""

    def random(self) -> float:
        """Return the highest number."""
        return 0.999999


class AlwaysGold:
    """A dice that serves gold whenever there is any."""

    def random(self) -> float:
        """Return the lowest number."""
        return 0.0


def claim(of: Project, worker: User, *, rng: Any = None, count: int = 1, now: Any = None) -> list[Assignment]:
    """What the worker is given."""
    given = claiming.claim(project=of, worker=worker, now=now or timezone.now(), rng=rng or NeverGold(), count=count)
    return list(given.assignments)


def answer(of: Project, worker: User, annotation: Mapping[str, Any] = CAT, *, rng: Any = None) -> Assignment:
    """The worker claims one task and answers it."""
    [leased] = claim(of, worker, rng=rng)
    return submission.submit(assignment=leased, annotation=annotation, now=timezone.now()).assignment
