"""What an owner chooses on the page is what is released."""

import re

import pytest
from django.test import Client
from django.utils import timezone

from crowd.formats import BY_DEFAULT, WRITERS
from crowd.models import Release, User
from crowd.workflow import releasing
from tests.factories import make

pytestmark = pytest.mark.django_db


def test_every_choice_of_the_form_reaches_the_release() -> None:
    owner: User = make.user()
    project = make.project(owner)
    page = Client()
    page.force_login(owner)
    address = f"/projects/{project.slug}/releases/"
    shown = page.get(address).content.decode()
    assert "packed into the release" in shown
    boxes = [tag for tag in re.findall(r"<input[^>]*>", shown) if 'name="formats"' in tag]
    ticked = [name for name in WRITERS for tag in boxes if f'value="{name}"' in tag and "checked" in tag]
    assert (len(boxes), ticked) == (len(WRITERS), [*BY_DEFAULT])
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
    page.post(f"{address}cut/", {"note": "as it is", "formats": [*BY_DEFAULT]})
    assert Release.objects.get(project=project, note="as it is").options == {}


def test_two_releases_of_the_same_say_so() -> None:
    owner: User = make.user()
    project = make.project(owner)
    for _ in range(2):
        cut = releasing.cut(project=project, by=owner, now=timezone.now())
        releasing.build(release_id=cut.pk, now=timezone.now())
    page = Client()
    page.force_login(owner)
    assert "Nothing changed" in page.get(f"/projects/{project.slug}/releases/1/to/2/").content.decode()
