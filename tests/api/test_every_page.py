"""Every page that the map of addresses has, by everybody it is not for: a new one is asked without being listed."""

from collections.abc import Iterator
from itertools import product

import pytest
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import URLPattern, reverse

from crowd.models import Gold, Image, Task
from crowd.web.urls import urlpatterns
from tests.api.world import World

pytestmark = pytest.mark.django_db
IN_PROJECT = [one for one in urlpatterns if str(one.pattern).startswith("projects/<slug:slug>/")]
OPEN = {"invitation", "object"}  # for whoever holds the link
# what is not there is neither forgotten nor cancelled, without a word; a published guideline is not changed at all
QUIET = {"filter_forget", "model_cancel", "guideline_example_remove"}
KEPT = ("django_session", "crowd_cache", "crowd_user")  # what a look may write: that it was taken


def keys(world: World) -> list[int]:
    """The ids of everything in the project that has one, none of which the stranger's project has too."""
    rows = (
        *(world.agreed, world.ruled, world.gold, world.report, world.example, world.brought, world.webhook),
        *(world.invitation, world.delivery, world.dispute, world.proposal, world.model_run, world.agreed.image),
    )
    own = {
        pk
        for model, where in ((Gold, "task__project"), (Task, "project"), (Image, "project"))
        for pk in model.objects.filter(**{where: world.foreign}).values_list("pk", flat=True)
    }
    return sorted({int(row.pk) for row in rows} - own)


def addresses(pattern: URLPattern, slug: str, world: World) -> Iterator[str]:
    """Every address that the pattern may stand for."""
    known = {
        **{"pk": keys(world), "number": [1], "other": [1], "before": [1], "after": [1], "part": ["progress"]},
        "username": [world.users["colleague"].username],
    }
    if "<uuid:" in str(pattern.pattern):
        known["pk"] = [world.held.pk]  # type: ignore[list-item]
    names = [name for name in pattern.pattern.converters if name != "slug"]
    for values in product(*(known[name] for name in names)):
        yield reverse(str(pattern.name), kwargs={"slug": slug, **dict(zip(names, values, strict=True))})


def asked(browser: Client, verb: str, path: str) -> int:
    """The status of the answer, what it did being taken back."""
    with transaction.atomic():
        answer = getattr(browser, verb)(path)
        transaction.set_rollback(True)
    return int(answer.status_code)


def signed_in(world: World, who: str) -> Client:
    browser = Client()
    browser.force_login(world.users[who])
    return browser


def test_no_page_of_a_project_is_there_for_a_stranger(world: World) -> None:
    browser = signed_in(world, "stranger")
    found = {
        (path, verb, status)
        for pattern in IN_PROJECT
        for path in [next(addresses(pattern, world.project.slug, world))]
        for verb in ("get", "post", "put", "delete")
        if (status := asked(browser, verb, path)) not in {404, 405}
    }
    assert found == set()


def test_no_id_of_a_project_is_found_below_another_one(world: World) -> None:
    browser = signed_in(world, "stranger")
    found = {
        (path, verb, status)
        for pattern in IN_PROJECT
        if {"pk", "username"} & pattern.pattern.converters.keys() and pattern.name not in QUIET
        for path in addresses(pattern, world.foreign.slug, world)
        for verb in ("get", "post")
        if (status := asked(browser, verb, path)) not in {404, 405}
    }
    assert found == set()


def test_every_page_asks_who_is_there(world: World) -> None:
    browser = Client()
    for pattern in urlpatterns:
        if pattern.name in OPEN:
            continue
        inside = pattern in IN_PROJECT
        plain = {"pk": 1} if "pk" in pattern.pattern.converters else {}
        path = (
            next(addresses(pattern, world.project.slug, world)) if inside else reverse(str(pattern.name), kwargs=plain)
        )
        for verb in ("get", "post"):
            answer = getattr(browser, verb)(path)
            asks = answer.status_code == 302 and answer["Location"].startswith("/accounts/login/")
            assert asks or answer.status_code in {404, 405} or (path == "/" and verb == "get"), (verb, path)


def test_a_look_changes_nothing(world: World) -> None:
    """So a link in a chat, a prefetching browser and a page that is reloaded do no harm."""
    changed = set()
    for who, pattern in product(("owner", "colleague"), IN_PROJECT):
        browser = signed_in(world, who)
        for path in addresses(pattern, world.project.slug, world):
            with CaptureQueriesContext(
                connection,
            ) as queries:
                asked(browser, "get", path)
            for query in queries:
                words = (query["sql"] or "-").replace('"', "").split()
                verb, table = (
                    words[0].upper(),
                    next((word for word in words if word.startswith(("crowd_", "django_"))), ""),
                )
                if verb in {"INSERT", "UPDATE", "DELETE"} and table not in KEPT:
                    changed.add((pattern.name, verb, table))
    assert changed == set()
