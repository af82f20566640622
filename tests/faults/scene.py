"""A project on a real `up`, made over its API; and what must be true of it whatever has happened meanwhile."""

import copy
import json
import time
import urllib.request
from typing import Any, Self
from uuid import UUID, uuid4

import psycopg

from tests.factories.make import SCHEMA, picture
from tests.faults.beside import Beside
from tests.faults.clients import Seen
from tests.faults.running import Up

GOLD = 4
STILL = 4.0  # seconds without anything coming to its end, after which a message counts as lost


class Scene:
    """A project with images, some gold and all workers."""

    def __init__(self, site: Up, helper: Beside, tokens: dict[str, str], *, images: int = 40, **settings: Any) -> None:
        self.site, self._helper, self.images = site, helper, images
        self.tokens = [token for name, token in tokens.items() if name != "owner"]
        self._token = tokens["owner"]
        few = {"overlap": 2, "max_overlap": 3, "confidence_target": 0.8, "lease_seconds": 4, "min_gold_accuracy": 0.0}
        settings = {**few, **settings}
        self.slug = self.call("projects/", {"name": "Faults", "slug": f"faults-{uuid4().hex[:8]}", **settings})["slug"]
        self.here = f"projects/{self.slug}/"
        self.call(f"{self.here}guidelines/", {"body": "# Look", "schema": SCHEMA})
        self.call(f"{self.here}guidelines/1/publish/", {"impact": "clarification"})
        for image in self._upload(images + GOLD)[:GOLD]:
            answer = {"classifications": {"scene": "cat"}, "objects": []}
            self.call(f"{self.here}gold/", {"image": image["id"], "annotation": answer})
        for name in tokens:
            if name != "owner":
                self.call(f"{self.here}members/", {"username": name, "role": "worker"})

    def on(self, site: Up, helper: Beside) -> Self:
        """Return the same project on a later run of the same folder."""
        found = copy.copy(self)
        found.site, found._helper = site, helper
        return found

    def call(self, path: str, body: Any = None, *, method: str = "POST", kind: str = "application/json") -> Any:
        """Have the owner ask this; return the answer."""
        data = body if isinstance(body, bytes) else json.dumps(body).encode() if body is not None else None
        headers = {"Authorization": f"Bearer {self._token}", "Content-Type": kind}
        request = urllib.request.Request(f"{self.site.url}/api/v1/{path}", data, headers, method=method)
        with urllib.request.urlopen(request, timeout=60) as response:
            heard = response.read()
        return json.loads(heard) if heard else None

    def _upload(self, count: int) -> list[dict[str, Any]]:
        parts = b"".join(
            b'--edge\r\nContent-Disposition: form-data; name="file"; filename="%d.png"\r\n\r\n%s\r\n'
            % (n, picture(width=16, height=12, seed=n))
            for n in range(count)
        )
        answer = self.call(f"{self.here}images/", parts + b"--edge--\r\n", kind="multipart/form-data; boundary=edge")
        assert len(answer["created"]) == count, answer
        return answer["created"]

    def rows(self, statement: str, *values: Any) -> list[tuple[Any, ...]]:
        """Return what the database says; `%(project)s` is this one's number."""
        with psycopg.connect(self.site.addresses()["DATABASE_URL"], connect_timeout=5) as connection:
            number = connection.execute("SELECT id FROM crowd_project WHERE slug = %s", [self.slug]).fetchone()
            return connection.execute(statement.replace("%(project)s", str(number[0])), values or None).fetchall()

    def unfinished(self) -> int:
        """Return how many tasks have not come to their end, all jobs done."""
        try:
            return self.rows(
                "SELECT count(*) FROM crowd_task WHERE project_id = %(project)s"
                " AND (state NOT IN ('resolved', 'conflict') OR stale_at IS NOT NULL)"
            )[0][0]
        except psycopg.OperationalError:  # it is down just now
            return self.images

    def finish(self, seen: Seen, *, seconds: float = 240.0) -> None:
        """Wait until every task has come to its end; where nothing moves, what a lost message left behind is swept."""
        deadline = time.monotonic() + seconds
        left, since = self.unfinished(), time.monotonic()
        while left > 0:
            assert time.monotonic() < deadline, f"{left} tasks have no end; {seen.answers} {seen.refused[:3]}"
            time.sleep(0.2)
            before, left = left, self.unfinished()
            if left != before:
                since = time.monotonic()
            elif time.monotonic() - since > STILL:
                self._helper.ask("sweep")
                since = time.monotonic()

    def check(self, seen: Seen, *, voided: bool = False) -> None:
        """Nothing acknowledged is lost or changed, nobody was refused, every invariant holds.

        Where the owner may have `voided` answers, those are still there.
        """
        assert voided or seen.refused == []
        kept = {
            str(pk): (annotation, state)
            for pk, annotation, state in self.rows(
                "SELECT id, annotation, state FROM crowd_assignment WHERE id = ANY(%s)",
                list(map(UUID, seen.acknowledged)),
            )
        }
        for name, (annotation, state) in kept.items():
            if voided and state == "void":
                kept[name] = annotation, seen.acknowledged[name].state
        assert kept == {name: (one.annotation, one.state) for name, one in seen.acknowledged.items()}
        twice = self.rows(
            "SELECT task_id, worker_id FROM crowd_assignment a JOIN crowd_task t ON t.id = task_id"
            " WHERE project_id = %(project)s GROUP BY 1, 2 HAVING count(*) > 1"
        )
        assert twice == []
        broken = self._helper.ask("check", self.slug)
        assert not broken, broken
