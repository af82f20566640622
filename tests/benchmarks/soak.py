"""Half an hour of what a site lives through: does memory stay flat, does anything fail, how long does each wait?

    python -m tests.benchmarks.soak [--minutes 30] [--workers 20] [--pause 3]

Starts its own `up` on a fresh folder. Then all at once, each at their pace: workers claim, look, save a draft and
submit, and sometimes skip or leave; an owner opens one page after another; images come in; a reviewer settles
conflicts; releases are cut, waited for and pulled; a client follows the labels; a webhook's endpoint receives, and is
unwell for one message in fifty.

Printed: how long each kind of request took (half, 95 %, 99 %, the longest); each part's memory at the start and the end
with its slope once the start is over, and its open files; what went wrong. At the end everything comes to rest, and
then: each settled label came once to the client that followed; each event reached the endpoint with a good signature;
no deadlock; check_integrity. Exit 1 if anything failed or a part's memory was not flat (see soak_watch.py).
"""

import argparse
import os
import random
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import numpy as np

from tests.benchmarks import load_site, soak_actors
from tests.benchmarks.load_site import Site
from tests.benchmarks.soak_actors import Actor, Book, Feed, Receiver
from tests.benchmarks.soak_watch import Memory
from tests.faults.running import environment, up

IMAGES, GOLD, REVIEWERS = 200, 20, 1
TOLD = ("task.resolved", "image.imported", "release.ready")
REST_SECONDS = 300.0


@dataclass
class Scene:
    """The project and how everybody signs in."""

    site: Site
    slug: str
    tokens: dict[str, list[str]]
    cookie: dict[str, str]
    receiver: Receiver

    def http(self, token: str = "") -> httpx.Client:
        """Return a connection: with a token, or as the owner's browser."""
        headers, cookies = ({"Authorization": f"Bearer {token}"}, None) if token else ({}, self.cookie)
        return httpx.Client(base_url=self.site.url, headers=headers, cookies=cookies, timeout=60)


def prepare(site: Site, workers: int) -> Scene:
    """Make the project, its people, first images, gold and webhook."""
    from django.conf import settings
    from django.test import Client
    from django.utils import timezone

    from crowd.workflow import accounts
    from tests.factories import make

    now = timezone.now()
    owner = accounts.create_user(username="olga")
    project = make.project(owner, gold_rate=0.1, review_rate=0.05, overlap=2, max_overlap=3, lease_seconds=60)
    people = {"worker": workers, "reviewer": REVIEWERS}
    tokens = {
        role: [accounts.issue_token(user=make.member(project, role), now=now) for _ in range(count)]
        for role, count in people.items()
    }
    browser = Client()
    browser.force_login(owner)
    cookie = {settings.SESSION_COOKIE_NAME: browser.cookies[settings.SESSION_COOKIE_NAME].value}
    tokens["owner"] = [accounts.issue_token(user=owner, now=now)]
    scene = Scene(site, project.slug, tokens, cookie, Receiver())
    _fill(scene)
    return scene


def _fill(scene: Scene) -> None:
    base = f"/api/v1/projects/{scene.slug}/"
    with scene.http(scene.tokens["owner"][0]) as http:
        for start in range(0, IMAGES, 50):
            files = [("file", (name, content, "image/png")) for name, content in soak_actors.seeds(start, 50)]
            http.post(f"{base}images/", files=files).raise_for_status()
        known = {**soak_actors.answer(random.Random(0)), "classifications": {"scene": "cat"}}
        for image in http.get(f"{base}images/", params={"page_size": GOLD}).raise_for_status().json()["results"]:
            http.post(f"{base}gold/", json={"image": str(image["id"]), "annotation": known}).raise_for_status()
        made = http.post(f"{base}webhooks/", json={"url": scene.receiver.url, "events": list(TOLD)}).raise_for_status()
        scene.receiver.secret = made.json()["secret"]


def cast(scene: Scene, book: Book, stop: threading.Event, pause: float, feed: Feed) -> list[threading.Thread]:
    """Return everybody, ready to start."""
    slug, [owner] = scene.slug, scene.tokens["owner"]
    parts: list[tuple[str, str, float, Callable[[Actor], None]]] = [
        *((f"worker {n}", token, pause, soak_actors.label(slug)) for n, token in enumerate(scene.tokens["worker"])),
        *((f"reviewer {n}", token, 4.0, soak_actors.settle(slug)) for n, token in enumerate(scene.tokens["reviewer"])),
        ("owner", "", 4.0, soak_actors.watch(slug)),
        ("importer", owner, 12.0, soak_actors.bring(slug, first=IMAGES)),
        ("data engineer", owner, 60.0, soak_actors.release(slug)),
        ("follower", owner, 2.0, feed),
    ]
    return [
        threading.Thread(target=Actor(name, scene.http(token), book, stop, mean).run, args=[turn], name=name)
        for name, token, mean, turn in parts
    ]


def play(people: Sequence[threading.Thread], book: Book, stop: threading.Event, minutes: float) -> None:
    """Let everybody in, and out again after this time; print a line a minute."""
    for person in people:
        person.start()
    began = time.monotonic()
    while (left := began + minutes * 60 - time.monotonic()) > 0:
        time.sleep(min(60.0, left))
        done = (time.monotonic() - began) / 60
        print(f"{done:5.1f} min: {len(book.took['submit'])} answers, {len(book.faults)} faults", flush=True)
    stop.set()
    for person in people:
        person.join()


def rest(scene: Scene, feed: Feed, book: Book) -> dict[str, int]:
    """Let everything come to rest; return the counts of what must not be."""
    from crowd.models import Event, Project, Release

    project, deadline = Project.objects.get(slug=scene.slug), time.monotonic() + REST_SECONDS
    drained = load_site.drained(seconds=REST_SECONDS)
    building = Release.objects.filter(project=project, state="building")
    while building.exists() and time.monotonic() < deadline:
        time.sleep(0.5)
    told = Event.objects.filter(project=project, type__in=TOLD)
    first = Event.objects.get(project=project, type="webhook.created").pk
    expected = told.filter(pk__gt=first).count()
    while len(scene.receiver.ids) < expected and time.monotonic() < deadline:
        time.sleep(0.5)
        expected = told.filter(pk__gt=first).count()
    with scene.http(scene.tokens["owner"][0]) as http:
        me = Actor("follower", http, Book(), threading.Event(), 1.0)
        feed(me)
        whole = Feed(scene.slug)
        whole(me)
    print(f"{len(whole.seen)} settled labels; {len(feed.seen)} rows came to the client that followed; ", end="")
    print(f"{sum(scene.receiver.ids.values())} messages of {expected} events to the endpoint")
    return {
        "jobs not done": int(drained is None),
        "labels that never came": len(whole.seen.keys() - feed.seen.keys()),
        "rows that came twice": feed.twice,
        "events that never reached the endpoint": max(0, expected - len(scene.receiver.ids)),
        "forged messages": scene.receiver.forged,
        "faults": len(book.faults),
    }


def report(book: Book, memory: Memory, minutes: float) -> bool:
    """Print what was seen; True where every part's memory is flat."""
    print(f"\n{'ms':<16}{'count':>8}{'a second':>10}{'p50':>9}{'p95':>9}{'p99':>9}{'longest':>9}")
    for kind, took in sorted(book.took.items()):
        row = "".join(f"{1000 * value:>9.0f}" for value in np.percentile(took, [50, 95, 99, 100]))
        print(f"{kind:<16}{len(took):>8}{len(took) / minutes / 60:>10.2f}{row}")
    print(f"\n{'MiB':<16}{'start':>8}{'end':>10}{'MiB/h':>9}{'files':>9}")
    flat = True
    for course in memory.courses():
        flat = flat and course.flat
        word = "" if course.flat else "  grows"
        print(f"{course.part:<16}{course.start:>8.0f}{course.end:>10.0f}{course.slope:>9.0f}{course.files:>9}{word}")
    for fault in book.faults[:20]:
        print(f"  fault: {fault}")
    return flat


def soak(site: Site, minutes: float, workers: int, pause: float) -> bool:
    """Run all of it; True where nothing was wrong."""
    from crowd.models import Project
    from tests.benchmarks import load_checks
    from tests.benchmarks.load_clients import Outcome

    scene = prepare(site, workers)
    book, stop, feed = Book(), threading.Event(), Feed(scene.slug)
    deadlocks, spent = load_checks.deadlocks(), site.cpu()
    with Memory(site) as memory:
        play(cast(scene, book, stop, pause, feed), book, stop, minutes)
    flat = report(book, memory, minutes)
    cores = {part: (after - spent[part]) / minutes / 60 for part, after in site.cpu().items()}
    print("cores used: " + ", ".join(f"{part} {value:.2f}" for part, value in cores.items()))
    wrong = rest(scene, feed, book)
    print(", ".join(f"{count} {what}" for what, count in wrong.items()))
    project = Project.objects.get(slug=scene.slug)
    sound = load_checks.sound(project, Outcome(), deadlocks_before=deadlocks)
    print(f"load average {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
    return flat and sound and not any(wrong.values())


def main(words: Sequence[str] | None = None) -> int:
    """Start the site and soak it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=30.0)
    parser.add_argument("--workers", type=int, default=20)
    parser.add_argument("--pause", type=float, default=3.0, help="seconds a worker takes from one image to the next")
    given = parser.parse_args(words)
    surroundings: dict[str, Any] = environment(CROWD_EGRESS_ALLOW="127.0.0.1/32")
    with (
        tempfile.TemporaryDirectory(prefix="crowd-soak-") as folder,
        up(Path(folder) / "data", env=surroundings) as started,
    ):
        load_site.connect(started.folder)
        good = soak(Site(started.url, started.folder), given.minutes, given.workers, given.pause)
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
