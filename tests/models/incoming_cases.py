"""Ways to break each rule about imports, uploads, measured images, figures, examples and approvals."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from crowd.models import (
    DirectUpload,
    Figure,
    Guideline,
    GuidelineExample,
    Image,
    ImageQuality,
    Import,
    Project,
    SourceObject,
)
from tests.factories import make, scene

NOW = datetime(2026, 1, 2, tzinfo=UTC)


def image(found: scene.Scene) -> Image:
    return Image.objects.filter(project=found.project).order_by("pk")[0]


def import_(found: scene.Scene, **values: Any) -> Import:
    return Import.objects.create(
        project=found.project, source="s3", created_by=found.owner, created_at=NOW, moved_at=NOW, **values
    )


def quality(found: scene.Scene, **values: Any) -> ImageQuality:
    of = image(found)
    ImageQuality.objects.filter(image=of).delete()
    return ImageQuality.objects.create(image=of, project=found.project, **values)


def example(found: scene.Scene, *, verdict: str, state: str) -> GuidelineExample:
    values = {"body": "", "schema": make.SCHEMA, "created_by": found.owner, "created_at": NOW}
    draft = Guideline.objects.create(project=found.project, number=98, **values)
    of = draft if state == "draft" else Guideline.objects.get(project=found.project, state=state)
    return GuidelineExample.objects.create(
        guideline=of, label="car", verdict=verdict, image=image(found), annotation={}, created_by=found.owner,
        created_at=NOW,
    )  # fmt: skip


def approved(found: scene.Scene) -> Guideline:
    return Guideline.objects.create(
        project=found.project, number=99, body="", schema=make.SCHEMA, created_by=found.owner, created_at=NOW,
        approved_by=found.owner, approved_at=NOW, review_asked_by=found.owner,
    )  # fmt: skip


def known_twice(found: scene.Scene) -> None:
    for _ in range(2):
        SourceObject.objects.create(project=found.project, digest=b"0" * 32, etag="x")


def figure_twice(found: scene.Scene) -> None:
    for _ in range(2):
        Figure.objects.create(project=found.project, measure="never")


CASES: Mapping[str, Callable[[scene.Scene], object]] = {
    "import_counts_add_up": lambda found: import_(found, seen=1),
    "import_finished_has_a_time": lambda found: import_(found, state="done"),
    "source_object_once_per_project": known_twice,
    "upload_has_its_image": lambda found: DirectUpload.objects.create(
        project=found.project, created_by=found.owner, name="a", bytes=1, state="done", created_at=NOW
    ),
    "image_is_near_another": lambda found: quality(found, near=image(found)),
    "image_measured_or_faulty": lambda found: quality(found, measured_at=NOW),
    "figure_once": figure_twice,
    "project_pay_is_no_debt": lambda found: Project.objects.update(pay_per_answer=-1),
    "guideline_example_right_or_wrong": lambda found: example(found, verdict="maybe", state="draft"),
    "guideline_example_of_a_draft": lambda found: example(found, verdict="right", state="published"),
    "guideline_approved_by_a_second_owner": approved,
}
