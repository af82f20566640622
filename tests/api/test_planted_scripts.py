"""Whatever people write is shown as they wrote it: no text of theirs becomes a part of a page."""

from html.parser import HTMLParser
from itertools import product

import pytest
from django.apps import apps
from django.db import DatabaseError, models, transaction

from tests.api.test_every_page import IN_PROJECT, addresses, signed_in
from tests.api.world import World

pytestmark = pytest.mark.django_db
PLANTED = "\"'></title></textarea></script><img src=x onerror=alert(1) planted><script planted>alert(1)</script>{{7*7}}"
TEXTS = {
    *(
        "name",
        "note",
        "comment",
        "reason",
        "text",
        "body",
        "filename",
        "detail",
        "explanation",
        "answer",
        "description",
    ),
    *("label", "camera", "email", "error", "category", "first_name", "last_name"),
}


class Planted(HTMLParser):
    """Finds the elements that a text brought with it."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note an element of ours that carries the mark, or anything that runs by itself."""
        if any(name == "planted" or name in {"onerror", "onclick"} for name, _ in attrs):
            self.found.append(tag)


def plant() -> set[str]:
    """Write it wherever people's words are kept; return where that was."""
    done = set()
    for model in apps.get_app_config("crowd").get_models():
        for field in model._meta.concrete_fields:
            if field.name not in TEXTS or not isinstance(field, models.CharField | models.TextField) or field.choices:
                continue
            word = PLANTED if isinstance(field, models.TextField) else PLANTED[: field.max_length]
            try:
                with transaction.atomic():  # what a trigger or a constraint keeps as it is stays so
                    if model._default_manager.update(**{field.name: word}):
                        done.add(f"{model.__name__}.{field.name}")
            except DatabaseError:
                continue
    return done


def test_no_text_becomes_a_part_of_a_page(world: World) -> None:
    done = plant()
    assert {"Project.name", "Image.name", "Appeal.text", "Bulk.reason"} <= done, done
    found, pages = set(), 0
    for who, pattern in product(("owner", "colleague"), IN_PROJECT):
        browser = signed_in(world, who)
        for path in addresses(pattern, world.project.slug, world):
            with transaction.atomic():
                answer = browser.get(path)
                transaction.set_rollback(True)
            if answer.status_code != 200 or not answer["Content-Type"].startswith("text/html"):
                assert answer.status_code < 500, path
                continue
            reader = Planted()
            reader.feed(answer.content.decode())
            pages += 1
            found |= {(path, tag) for tag in reader.found}
    assert found == set()
    assert pages > 40
