"""Workers over HTTP as they should be: they try again what was not answered, and remember what was."""

import http.client
import json
import random
import threading
import time
import uuid
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

PATIENCE = 120.0  # seconds of trying again before a client gives up
SCENES = ("cat", "dog", "fox")


@dataclass(frozen=True)
class Kept:
    """An answer that was acknowledged: what was sent, and what became of it."""

    annotation: dict[str, Any]
    state: str


@dataclass
class Seen:
    """What all clients saw."""

    acknowledged: dict[str, Kept] = field(default_factory=dict)
    answers: Counter[str] = field(default_factory=Counter)  # of the server, by call and status
    disconnected: Counter[str] = field(default_factory=Counter)
    refused: list[str] = field(default_factory=list)
    longest: float = 0.0  # seconds that any one request took to be answered or to fail

    def failures(self) -> int:
        """Return how many answers were 5xx."""
        return sum(count for what, count in self.answers.items() if what.split()[1] >= "500")


@dataclass(frozen=True)
class Place:
    """Where they work, for how many seconds they think at most, and whether they may be refused.

    Where they may, they also save drafts and skip.
    """

    url: str
    slug: str
    idle: float
    refusable: bool


class Worker(threading.Thread):
    """One worker, who claims and submits until there is nothing left; every other one uses idempotency keys."""

    def __init__(self, at: "Place", token: str, number: int, seen: Seen, done: threading.Event) -> None:
        super().__init__(name=f"worker-{number}", daemon=True)
        self._at, self._seen, self._done = at, seen, done
        self._address = urlsplit(at.url)
        self._headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        self._keys = number % 2 == 1
        self._dice = random.Random(number)
        self._vain = 0.2  # seconds to wait where there is nothing to do
        self._connection: http.client.HTTPConnection | None = None

    def run(self) -> None:
        while not self._done.is_set():
            try:
                self._cycle()
            except Exception as error:  # noqa: BLE001 -- the test tells it
                self._seen.refused.append(repr(error))
                break
        self._disconnect()

    def _cycle(self) -> None:
        status, body = self._post("claim", f"/api/v1/projects/{self._at.slug}/assignments/", {"count": 1})
        if status != 201:
            if status != 204 and not self._at.refusable:
                self._seen.refused.append(f"claim {status} {body}")
            self._vain = min(2 * self._vain, 3.0)
            self._done.wait(self._vain)
            return
        self._vain = 0.2
        time.sleep(self._dice.uniform(0, self._at.idle))
        for one in body["results"]:
            annotation = {
                "classifications": {"scene": "cat" if self._dice.random() < 0.9 else self._dice.choice(SCENES)},
                "objects": [{"label": "car", "box": [self._dice.randint(0, 8), self._dice.randint(0, 5), 4, 3]}],
            }
            if self._at.refusable and self._dice.random() < 0.3:
                self._hesitate(f"/api/v1/assignments/{one['id']}/")
            status, told = self._post("submit", f"/api/v1/assignments/{one['id']}/submit/", {"annotation": annotation})
            if status == 200:
                self._seen.acknowledged[one["id"]] = Kept(annotation, told["state"])
            elif not self._at.refusable:
                self._seen.refused.append(f"submit {status} {told}")

    def _hesitate(self, path: str) -> None:
        """Save a draft, perhaps give up."""
        self._post("autosave", path, {"draft": {"classifications": {}}}, method="PATCH")
        if self._dice.random() < 0.2:
            self._post("skip", f"{path}skip/", {"reason": "Too dark."})

    def _post(self, what: str, path: str, body: dict[str, Any], *, method: str = "POST") -> tuple[int, Any]:
        """Return the answer, having asked again until there was one that is not the server's fault."""
        headers = self._headers | ({"Idempotency-Key": uuid.uuid4().hex} if self._keys else {})
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            began = time.monotonic()
            try:
                status, found = self._once(method, path, json.dumps(body), headers)
            except (OSError, http.client.HTTPException) as error:
                self._disconnect()
                self._seen.disconnected[f"{what} {type(error).__name__}"] += 1
            else:
                self._seen.answers[f"{what} {status}"] += 1
                if status < 500:
                    return status, found
            finally:
                self._seen.longest = max(self._seen.longest, time.monotonic() - began)
            time.sleep(self._dice.uniform(0.1, 0.4))
        raise TimeoutError(f"{what}: no answer in {PATIENCE:.0f} s")

    def _disconnect(self) -> None:
        if self._connection is not None:
            self._connection.close()
        self._connection = None

    def _once(self, method: str, path: str, body: str, headers: dict[str, str]) -> tuple[int, Any]:
        kind = http.client.HTTPSConnection if self._address.scheme == "https" else http.client.HTTPConnection
        self._connection = self._connection or kind(self._address.netloc, timeout=60)
        self._connection.request(method, path, body, headers)
        with self._connection.getresponse() as response:
            heard = response.read()
            return response.status, json.loads(heard) if heard and response.status < 500 else None


@contextmanager
def at_work(
    url: str, slug: str, tokens: Sequence[str], *, idle: float = 0.0, refusable: bool = False
) -> Iterator[Seen]:
    """Have a worker for each token at work in this block."""
    seen, done, place = Seen(), threading.Event(), Place(url, slug, idle, refusable)
    workers = [Worker(place, token, n, seen, done) for n, token in enumerate(tokens)]
    for worker in workers:
        worker.start()
    try:
        yield seen
    finally:
        done.set()
        for worker in workers:
            worker.join(timeout=PATIENCE + 30)
