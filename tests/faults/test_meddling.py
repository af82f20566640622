"""An owner who changes everything while a crowd is at work: no deadlock, no error, nothing lost."""

import random
import threading
import urllib.error
from collections import Counter
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import pytest

from tests.factories.make import SCHEMA
from tests.faults.beside import Beside, beside
from tests.faults.clients import at_work
from tests.faults.running import Up, up
from tests.faults.scene import Scene

pytestmark = pytest.mark.slow

WORKERS, OWNERS, SECONDS = 16, 4, 15.0
ORDERS = ["priority", "random", "uncertainty"]
CAT: dict[str, Any] = {"classifications": {"scene": "cat"}, "objects": []}


@pytest.fixture(scope="module")
def site(tmp_path_factory) -> Iterator[Up]:
    with up(tmp_path_factory.mktemp("meddling") / "data") as found:
        yield found


@pytest.fixture(scope="module")
def helper(site: Up) -> Iterator[Beside]:
    with beside(site) as found:
        yield found


@pytest.fixture
def make_scene(site: Up, helper: Beside) -> Callable[..., Scene]:
    return partial(Scene, site, helper, helper.ask("people", WORKERS))


class Owner(threading.Thread):
    """One who changes something, and something else, and something else."""

    def __init__(self, scene: Scene, number: int, done: threading.Event) -> None:
        super().__init__(daemon=True)
        self._scene, self._done = scene, done
        self._dice = random.Random(number)
        self.answers: Counter[str] = Counter()
        self.faults: list[str] = []

    def run(self) -> None:
        verbs = [self.pause, self.ban, self.change_task, self.plant, self.withdraw, self.rule, self.reopen]
        verbs += [self.publish, self.settings, self.dismiss, self.exclude, self.release]
        while not self._done.is_set():
            self._dice.choice(verbs)()

    def ask(self, method: str, path: str, body: Any = None) -> Any:
        """Ask, and take no for an answer."""
        what = f"{method} {path.split('/')[0]}"
        try:
            found = self._scene.call(f"{self._scene.here}{path}", body, method=method)
        except urllib.error.HTTPError as error:
            self.answers[f"{what} {error.code}"] += 1
            said = error.read().decode(errors="replace")
            if error.code >= 500:
                self.faults.append(f"{what} {error.code} {said[:300]}")
            return None
        self.answers[f"{what} done"] += 1
        return found

    def _worker(self) -> str:
        return f"worker{self._dice.randrange(WORKERS)}"

    def _any(self, path: str) -> Any:
        found = self.ask("GET", f"{path}{'&' if '?' in path else '?'}page_size=100")
        return self._dice.choice(found["results"]) if found and found["results"] else None

    def pause(self) -> None:
        name = self._worker()
        self.ask("PATCH", f"workers/{name}/", {"status": "paused", "reason": "Have a rest."})
        self.ask("PATCH", f"workers/{name}/", {"status": "active"})

    def ban(self) -> None:
        name = self._worker()
        self.ask("PATCH", f"workers/{name}/", {"status": "banned", "reason": "At random.", "void_labels": True})
        self.ask("PATCH", f"workers/{name}/", {"status": "active"})

    def change_task(self) -> None:
        if task := self._any("tasks/"):
            body = {"priority": self._dice.randrange(5), "overlap": self._dice.randint(1, 4)}
            self.ask("PATCH", f"tasks/{task['id']}/", body)

    def exclude(self) -> None:
        if task := self._any("tasks/"):
            self.ask("PATCH", f"tasks/{task['id']}/", {"state": "excluded"})
            self.ask("PATCH", f"tasks/{task['id']}/", {"state": "open"})

    def plant(self) -> None:
        if image := self._any("images/"):
            self.ask("POST", "gold/", {"image": image["id"], "annotation": CAT})

    def withdraw(self) -> None:
        if gold := self._any("gold/"):
            self.ask("PATCH", f"gold/{gold['id']}/", {"annotation": CAT, "explanation": str(self._dice.random())})
            self.ask("DELETE", f"gold/{gold['id']}/")

    def rule(self) -> None:
        if conflict := self._any("conflicts/"):
            self.ask("POST", f"tasks/{conflict['task']}/adjudicate/", {"annotation": CAT})

    def reopen(self) -> None:
        if task := self._any("tasks/?state=resolved"):
            self.ask("POST", f"tasks/{task['id']}/reopen/", {"reason": "Look again."})

    def publish(self) -> None:
        if made := self.ask("POST", "guidelines/", {"body": f"# {self._dice.random()}", "schema": SCHEMA}):
            impact = self._dice.choice([{"impact": "clarification"}, {"impact": "relabel", "affected": ["car"]}])
            self.ask("POST", f"guidelines/{made['number']}/publish/", impact)

    def settings(self) -> None:
        self.ask("PATCH", "", {"overlap": self._dice.randint(1, 3), "order": self._dice.choice(ORDERS)})

    def dismiss(self) -> None:
        name = self._worker()
        self.ask("DELETE", f"members/{name}/")
        self.ask("POST", "members/", {"username": name, "role": "worker"})

    def release(self) -> None:
        self.ask("POST", "releases/", {"note": "As it is now."})


def deadlocks(scene: Scene) -> int:
    return scene.rows("SELECT deadlocks::int FROM pg_stat_database WHERE datname = current_database()")[0][0]


def test_owners_may_change_everything_while_a_crowd_works(site, helper, make_scene: Callable[..., Scene]):
    scene = make_scene(images=60)
    done = threading.Event()
    owners = [Owner(scene, n, done) for n in range(OWNERS)]
    with at_work(site.url, scene.slug, scene.tokens, refusable=True) as seen:
        for owner in owners:
            owner.start()
        done.wait(SECONDS)
        done.set()
        for owner in owners:
            owner.join(60)
    assert [fault for owner in owners for fault in owner.faults] == []
    assert deadlocks(scene) == 0
    assert seen.failures() == 0
    scene.check(seen, voided=True)
