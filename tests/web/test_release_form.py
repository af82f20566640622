"""What an owner chooses on the page is what is released."""

import pytest
from django.test import Client

from crowd.models import Release, User
from tests.factories import make

pytestmark = pytest.mark.django_db


def test_every_choice_of_the_form_reaches_the_release() -> None:
    owner: User = make.user()
    project = make.project(owner)
    page = Client()
    page.force_login(owner)
    address = f"/projects/{project.slug}/releases/"
    assert b"packed into the release" in page.get(address).content
    chosen = {
        "note": "n", "settled_by": ["gold"], "min_confidence": "0.5", "classes": ["car"], "train": "80", "test": "20",
        "group_by": "patient", "include": ["answers"], "formats": ["coco"], "images": "packed",
    }  # fmt: skip
    answer = page.post(f"{address}cut/", chosen)
    assert answer.status_code == 302
    assert Release.objects.get(project=project).options == {
        "filters": {"settled_by": ["gold"], "min_confidence": 0.5, "classes": ["car"]},
        "splits": {"fractions": {"train": 0.8, "test": 0.2}, "group_by": "patient", "stratify": True},
        "include": ["answers"],
        "formats": ["coco"],
        "images": "packed",
    }
