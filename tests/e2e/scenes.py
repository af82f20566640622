"""What the browser tests begin with."""

import io
from typing import Any

from django.utils import timezone

from crowd.models import Assignment, Project, User
from crowd.workflow import importing
from tests.e2e.pictures import picture
from tests.factories import make

BOXES: dict[str, Any] = {"classifications": [], "objects": [{"name": "car", "shape": "box", "min_side": 4}]}


def upload(project: Project, by: User, *names: str, **options: Any) -> None:
    """Put red rectangles into the project."""
    files = [(name, io.BytesIO(picture(seed=seed, **options))) for seed, name in enumerate(names)]
    done = importing.add_images(project=project, files=files, by=by, now=timezone.now())
    assert len(done.created) == len(names), done


def started(*, images: int = 3, **settings: Any) -> tuple[Project, User, User]:
    """A project with images, its owner and one worker."""
    owner = make.user("owner")
    project = make.project(owner, **settings)
    upload(project, owner, *(f"image-{number}.jpg" for number in range(images)))
    return project, owner, make.member(project, username="worker")


def answers(worker: User) -> list[dict[str, Any]]:
    """What the worker handed in, in order."""
    rows = Assignment.objects.filter(worker=worker, submitted_at__isnull=False).order_by("submitted_at")
    return list(rows.values_list("annotation", flat=True))
