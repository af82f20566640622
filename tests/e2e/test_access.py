"""Everybody can read and use every page: axe finds nothing serious on any of them, in light and dark, wide and narrow.

The pages are those of the map of addresses, so that a new one is looked at without anybody's remembering it.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from random import Random
from typing import Any
from uuid import uuid4

import axe_playwright_python
import pytest
from babel.messages.pofile import read_po
from django.conf import settings
from django.test import Client
from django.urls import URLPattern, reverse
from django.utils import timezone
from playwright.sync_api import Page, expect

from crowd.models import FailedJob, Gold, GuidelineExample, Image, Process, Project, User, Webhook
from crowd.queries import history
from crowd.web.urls import urlpatterns
from crowd.workflow import releasing
from crowd.workflow.assignments import submission
from crowd.workflow.guidelines import examples, piloting, publishing
from crowd.workflow.predictions import predicting
from crowd.workflow.projects import inviting
from crowd.workflow.workers import appeals, reporting
from crowd.workflow.workers import standing as standings
from tests.e2e.conftest import Visit
from tests.factories import make, scene

AXE = (Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text()
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
GRAVE = {"serious", "critical"}
WIDE, NARROW = {"width": 1280, "height": 800}, {"width": 390, "height": 844}
ENTRANCES = ["account_login", "account_signup", "account_reset_password", "account_change_password", "account_logout"]
NO_PAGES = {"object", "quality_table", "model_table"}  # files
SAME_AS = {"reviewer": "owner", "operator": "owner", "paused": "worker"}  # who sees a page as somebody else does
LOOK = """async (tags) => (await axe.run(document, {
    runOnly: tags, resultTypes: ["violations"], preload: false,
  })).violations
    .flatMap((one) => one.nodes.map((node) => [one.impact, one.id, node.target.join(" "), node.failureSummary]))"""


# every text and every name that a page shows or reads out
SAID = """() => [...document.body.querySelectorAll("*")].flatMap((one) => [one.ariaLabel, one.title, one.placeholder,
    ...[...one.childNodes].filter((child) => child.nodeType === 3).map((child) => child.data)])
    .map((text) => String(text ?? "").trim()).filter(Boolean)"""


@dataclass(frozen=True)
class World:
    """People and things to go and see."""

    slug: str
    people: dict[str, User]
    keys: dict[str, list[Any]]


@pytest.fixture
def world(site: str) -> World:
    """A project in which everything has happened, a draft with an example, questions asked and answered."""
    all_ = scene.everything()
    project, owner, now = all_.project, all_.owner, timezone.now()
    worker = make.member(project, username="wanda")
    make.images(project, 3)
    mine = make.answer(project, worker)
    asked = reporting.report(assignment=mine, kind="question", comment="Is a fox a dog?", now=now)
    reporting.answer(report=asked, answer="No.", by=owner, now=now)
    reporting.report(assignment=mine, kind="image", comment="Blurred", now=now)
    make.claim(project, worker, count=2)
    piloted(project, owner)
    again = releasing.cut(project=project, by=owner, now=now, options={"splits": {"fractions": {"train": 1}}})
    releasing.build(release_id=again.pk, now=now)
    publishing.draft(project=project, by=owner, body="# Look twice", schema=make.SCHEMA, now=now)
    picture = Image.objects.filter(project=project).order_by("pk")[0]
    sample = {"image": str(picture.pk), "annotation": make.CAT, "label": "scene", "verdict": "right", "note": "So."}
    example = examples.add(project=project, number=2, by=owner, now=now, **sample)
    paused = make.member(project, username="paula")
    told = {"status": "paused", "reason": "Too fast.", "by": owner, "now": now}
    standings.set_status(project=project, username="paula", **told)
    upheld = make.member(project, username="una")
    standings.set_status(project=project, username="una", **told)
    appeals.appeal(project=project, worker=upheld, text="I was careful.", now=now)
    reviewer = project.memberships.filter(role="reviewer")[0].user
    things = [
        *Gold.objects.filter(task__project=project),
        *Webhook.objects.filter(project=project),
        *GuidelineExample.objects.filter(pk=example.pk),
        predicting.version(project=project, name="net 1", now=now),
        picture,
        all_.ruled,
        all_.agreed,
    ]
    keys = {"number": [1, 2], "pk": sorted({thing.pk for thing in things}), "uuid": [mine.pk]}
    invited = inviting.invite(project=project, role="worker", by=owner, now=now)
    keys["token"] = [inviting.path_of(invited).split("/")[2]]
    keys |= {"part": ["progress"], "other": [2], "before": [1], "after": [1], "username": [worker.username]}
    assert history.own(project=project, worker=worker).count() == 1
    people = {"owner": owner, "worker": worker, "paused": paused, "reviewer": reviewer, "operator": operator()}
    return World(project.slug, people, keys)


def operator() -> User:
    """Somebody who looks after the installation, where some things run and one has failed."""
    now = timezone.now()
    FailedJob.objects.create(job="crowd.resolve", ids=[1], failed_at=now, error="ValueError", place="crowd.jobs:1")
    for role, doing in (("web", ""), ("worker", "crowd.refit"), ("beat", "crowd.expire")):
        of = {"host": "h", "pid": 1, "version": "1", "started_at": now, "doing_since": now if doing else None}
        Process.objects.create(key=uuid4(), role=role, seen_at=now, doing=doing, **of)
    return make.user("olga", staff=True)


def piloted(project: Project, owner: User) -> None:
    """Have two people answer two images differently, and open the rest."""
    how = {"project": project, "by": owner, "now": timezone.now()}
    make.images(project, 2)
    piloting.start(**how, rng=Random(1), size=2, overlap=2)
    for said in (make.CAT, make.DOG):
        for one in make.claim(project, make.member(project), count=2):
            submission.submit(assignment=one, annotation=said, now=timezone.now())
    piloting.open_rest(**how)


def addresses(pattern: URLPattern, world: World) -> Iterator[str]:
    """Every address that the pattern may stand for in this world."""
    converters = {name: converter for name, converter in pattern.pattern.converters.items() if name != "slug"}
    names = ["uuid" if "<uuid:" in str(pattern.pattern) else name for name in converters]
    slug = {"slug": world.slug} if "slug" in pattern.pattern.converters else {}
    for values in product(*(world.keys[name] for name in names)):
        yield reverse(str(pattern.name), kwargs={**slug, **dict(zip(converters, values, strict=True))})


def ways_in(pattern: URLPattern, world: World, clients: dict[str, Client]) -> dict[str, str] | None:
    """Who finds the page, and where; None where it only takes what is sent, or is a part of other pages."""
    found: dict[str, str] = {}
    for address, (role, client) in product(addresses(pattern, world), clients.items()):
        if role in found or SAME_AS.get(role) in found:
            continue
        answer = client.get(address)
        if answer.status_code == 405:
            return None
        if answer.status_code == 200:
            if not answer.content.lstrip()[:9].lower().startswith(b"<!doctype"):
                return None
            found[role] = address
    return found


def sign_in(page: Page, user: User | None, site: str) -> None:
    page.context.clear_cookies()
    if user is not None:
        client = Client()
        client.force_login(user)
        value = client.cookies[settings.SESSION_COOKIE_NAME].value
        page.context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": value, "url": site}])


def look(page: Page, tags: list[str]) -> list[tuple[str, ...]]:
    """What axe has against the page as it is."""
    return [tuple(one[1:]) for one in page.evaluate(LOOK, tags) if one[0] in GRAVE]


def findings(page: Page, path: str) -> Iterator[tuple[str, ...]]:
    """What axe has against the page, wide and light, wide and dark, narrow."""
    page.set_viewport_size(WIDE)
    page.emulate_media(color_scheme="light", reduced_motion="reduce")
    page.goto(path)
    page.evaluate(AXE)
    yield from (("light", *one) for one in look(page, RULES))
    page.emulate_media(color_scheme="dark", reduced_motion="reduce")
    yield from (("dark", *one) for one in look(page, ["color-contrast"]))
    page.set_viewport_size(NARROW)
    yield from (("narrow", *one) for one in look(page, RULES))
    if beside := page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth"):
        yield "narrow", f"{beside} pixels lie beside the screen"


def test_axe_finds_nothing_serious_on_any_page(
    visit: Visit, site: str, world: World, expected_errors: list[str]
) -> None:
    expected_errors.append("404 (Not Found)")
    clients = {role: Client() for role in world.people}
    for role, user in world.people.items():
        clients[role].force_login(user)
    tour: dict[str, dict[str, None]] = {role: {} for role in [*world.people, "nobody"]}
    unseen = []
    for pattern in urlpatterns:
        if pattern.name not in NO_PAGES and (found_by := ways_in(pattern, world, clients)) is not None:
            unseen += [] if found_by else [pattern.name]
            for role, address in found_by.items():
                tour[role][address] = None
    tour["paused"][reverse("project", args=[world.slug])] = None
    tour["worker"] |= dict.fromkeys([*(reverse(name) for name in ENTRANCES[3:]), "/no-such-page/"])
    tour["nobody"] |= dict.fromkeys(reverse(name) for name in ENTRANCES[:3])
    page = visit(None, "/accounts/login/")
    found: dict[str, list[str]] = {}
    for role, paths in tour.items():
        sign_in(page, world.people.get(role), site)
        for path in paths:
            for way, rule, target, told in findings(page, path):
                found.setdefault(f"{rule}: {target}", []).append(f"{role} {way} {path}\n{told}")
    assert sum(map(len, tour.values())) >= 45
    assert unseen == [], "nobody of this test's world finds these; give it what they are about"
    assert not found, json.dumps({what: [where[0], len(where)] for what, where in found.items()}, indent=1)


def english_of_german() -> set[str]:
    """Every English text that has a German one which is not the same."""
    found, german = set(), set()
    for source in (Path(str(settings.LOCALE_PATHS[0])) / "de").rglob("*.po"):
        with source.open("rb") as file:
            plain = [(one.id, one.string) for one in read_po(file) if isinstance(one.id, str)]
        found |= {text for text, _ in plain}
        german |= {text for _, text in plain}
    return found - german


def test_the_workbench_speaks_german_where_the_browser_asks_for_it(visit: Visit, world: World) -> None:
    page = visit(world.people["worker"], f"/projects/{world.slug}/label/", locale="de-DE")
    expect(page.locator("#workbench")).to_have_attribute("data-state", "labelling")
    page.keyboard.press("?")
    expect(page.get_by_role("dialog")).to_be_visible()
    told = page.evaluate(SAID)
    assert {"Abgeben", "Ganzes Bild", "Tasten"} <= set(told)
    assert set(told) & english_of_german() <= {"Look"}  # as the guideline says
