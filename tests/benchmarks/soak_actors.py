"""Who is on the site during a soak: each does what people and programs do, at their pace, and notes how it went.

Nothing here imports Django: it all goes over HTTP.
"""

import base64
import hashlib
import hmac
import http.server
import io
import itertools
import json
import random
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import httpx
import numpy as np
from PIL import Image

CLASSES = ("cat", "dog", "fox")
RIGHT = 0.85  # of the workers' answers: some images end up with the reviewers


class Book:
    """What every actor noted: how long each kind of request took, and what went wrong."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.took: dict[str, list[float]] = defaultdict(list)
        self.statuses: Counter[str] = Counter()
        self.faults: list[str] = []

    def note(self, kind: str, status: int, seconds: float) -> None:
        with self._lock:
            self.took[kind].append(seconds)
            self.statuses[f"{kind} {status}"] += 1

    def complain(self, sentence: str) -> None:
        with self._lock:
            self.faults.append(sentence)


@dataclass
class Actor:
    """Somebody with a connection of their own; `pause` is the mean of the seconds between two turns."""

    name: str
    http: httpx.Client
    book: Book
    stop: threading.Event
    pause: float
    dice: random.Random = field(default_factory=random.Random)

    def ask(self, kind: str, method: str, path: str, *, fine: tuple[int, ...] = (200,), **sent: Any) -> httpx.Response:
        """Send one request, note it; any answer but those named is a fault."""
        began = time.perf_counter()
        answer = self.http.request(method, path, **sent)
        self.book.note(kind, answer.status_code, time.perf_counter() - began)
        if answer.status_code not in fine:
            self.book.complain(f"{self.name}: {method} {path}: {answer.status_code} {answer.text[:200]}")
        return answer

    def run(self, turn: Callable[["Actor"], None]) -> None:
        """Take turns until the end; what a turn raises is a fault, and the next one comes all the same."""
        while not self.stop.wait(self.dice.expovariate(1 / self.pause)):
            try:
                turn(self)
            except Exception as error:  # noqa: BLE001 -- told among the faults
                self.book.complain(f"{self.name}: {error!r}")


def picture(seed: int) -> bytes:
    """Return a small PNG that no other seed has."""
    noise = np.random.default_rng(seed).integers(0, 255, (24, 32, 3), dtype=np.uint8)
    kept = io.BytesIO()
    Image.fromarray(noise).resize((320, 240), Image.Resampling.BICUBIC).save(kept, "PNG")
    return kept.getvalue()


def answer(dice: random.Random) -> dict[str, Any]:
    """Return what a worker sees: mostly the same, with a box that is never quite another's."""
    box = [round(dice.uniform(48, 52), 2), round(dice.uniform(48, 52), 2), 90, 70]
    scene = "cat" if dice.random() < RIGHT else dice.choice(CLASSES)
    return {"classifications": {"scene": scene}, "objects": [{"label": "car", "box": box}]}


def label(project: str) -> Callable[[Actor], None]:
    """Return a worker's turn: claim, look, save a draft, submit; now and then skip, or go away with the image held."""

    def turn(me: Actor) -> None:
        given = me.ask("claim", "POST", f"/api/v1/projects/{project}/assignments/", json={}, fine=(201, 204))
        if given.status_code != 201:
            return
        [work] = given.json()["results"]
        me.ask("image", "GET", work["image"]["url"], follow_redirects=True)
        drawn, fate = answer(me.dice), me.dice.random()
        me.ask("draft", "PATCH", f"/api/v1/assignments/{work['id']}/", json={"draft": drawn})
        if fate < 0.01:
            return
        if fate < 0.03:
            me.ask("skip", "POST", f"/api/v1/assignments/{work['id']}/skip/", json={"reason": "I cannot tell."})
            return
        me.stop.wait(me.dice.uniform(0, me.pause / 2))
        sent = {"annotation": drawn, "seconds": 3}
        me.ask("submit", "POST", f"/api/v1/assignments/{work['id']}/submit/", json=sent)

    return turn


def watch(project: str) -> Callable[[Actor], None]:
    """Return an owner's turn: one page or call after the other, each with its parts."""
    parts = ("", "images/", "workers/", "quality/agreement/charts/", "quality/workers/charts/", "gold/", "releases/")
    paths = [f"/projects/{project}/{part}" for part in parts] + [f"/api/v1/projects/{project}/stats/"]

    def turn(me: Actor) -> None:
        path = me.dice.choice(paths)
        me.ask("owner's page" if "/api/" not in path else "stats", "GET", path)

    return turn


def bring(project: str, first: int, count: int = 20) -> Callable[[Actor], None]:
    """Return an importer's turn: so many images in one request."""
    starts = itertools.count(first, count)

    def turn(me: Actor) -> None:
        files = [("file", (name, content, "image/png")) for name, content in seeds(next(starts), count)]
        told = me.ask("upload", "POST", f"/api/v1/projects/{project}/images/", files=files, fine=(201,))
        if len(told.json()["created"]) != count:
            me.book.complain(f"{count} images sent: {told.text[:300]}")

    return turn


def settle(project: str) -> Callable[[Actor], None]:
    """Return a reviewer's turn: take the next conflict, look at its page, accept the consensus."""

    def turn(me: Actor) -> None:
        given = me.ask("next conflict", "POST", f"/api/v1/projects/{project}/conflicts/next/", json={}, fine=(201, 204))
        if given.status_code != 201:
            return
        task = given.json()["results"][0]["task"]
        me.ask("desk", "GET", f"/api/v1/tasks/{task}/")
        drawn = {"annotation": answer(random.Random(0)), "comment": "Seen."}
        me.ask("adjudicate", "POST", f"/api/v1/tasks/{task}/adjudicate/", json=drawn, fine=(200, 409))

    return turn


def release(project: str) -> Callable[[Actor], None]:
    """Return a data engineer's turn: cut, wait, pull two formats and check one sum."""

    def turn(me: Actor) -> None:
        base = f"/api/v1/projects/{project}/releases/"
        number = me.ask("cut", "POST", base, json={}, fine=(202,)).json()["number"]
        began = time.perf_counter()
        while (found := me.ask("release", "GET", f"{base}{number}/").json())["state"] == "building":
            if me.stop.wait(0.5):
                return
        me.book.note("release built", 200, time.perf_counter() - began)
        if found["state"] != "ready":
            me.book.complain(f"release {number}: {found['state']}")
            return
        for name in ("coco", "jsonl"):
            got = me.ask("pull", "GET", f"{base}{number}/files/{name}/", follow_redirects=True).content
            stated = {file["format"]: file for file in found["files"]}[name]
            if hashlib.sha256(got).hexdigest() != stated["sha256"]:
                me.book.complain(f"release {number}: {name} is not what its sum says")

    return turn


@dataclass
class Feed:
    """A client that follows the settled labels: each comes once, in the order of cursors."""

    project: str
    cursor: str = ""
    seen: Counter[tuple[int, str]] = field(default_factory=Counter)

    def __call__(self, me: Actor) -> None:
        while True:
            path = f"/api/v1/projects/{self.project}/labels/"
            page = me.ask("labels", "GET", path, params={"since": self.cursor, "page_size": 500}).json()
            for row in page["results"]:
                self.seen[row["task"], row["cursor"]] += 1
            if not page["results"]:
                return
            self.cursor = page["results"][-1]["cursor"]

    @property
    def twice(self) -> int:
        """How many rows came more than once."""
        return sum(count - 1 for count in self.seen.values())


class Receiver:
    """A webhook's endpoint that verifies each signature and, now and then, is not well."""

    def __init__(self, *, sick: float = 0.02) -> None:
        self.secret, self.ids, self.forged = "", Counter[str](), 0
        dice, outer = random.Random(7), self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                ill = dice.random() < sick
                if not ill:
                    outer.take(self.headers, body)
                self.send_response(503 if ill else 204)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_: object) -> None:
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.server_port}/"

    def take(self, headers: Any, body: bytes) -> None:
        """Count a message; one whose signature does not hold is forged."""
        name, moment = headers["webhook-id"], headers["webhook-timestamp"]
        key = base64.b64decode(self.secret.removeprefix("whsec_"))
        right = base64.b64encode(hmac.digest(key, f"{name}.{moment}.".encode() + body, "sha256")).decode()
        signed = [each.removeprefix("v1,") for each in headers["webhook-signature"].split()]
        self.forged += not any(hmac.compare_digest(right, each) for each in signed)
        json.loads(body)
        self.ids[name] += 1


def seeds(start: int, count: int) -> Iterator[tuple[str, bytes]]:
    """Yield names and bytes of images."""
    for seed in range(start, start + count):
        yield f"{seed}.png", picture(seed)
