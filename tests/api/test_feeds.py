"""Feeds have no gap and no repeat, whoever writes at the same moment."""

import random
import threading
import time
from typing import Any

import psycopg
import pytest
from django.db import connection, transaction
from django.utils import timezone

from crowd.models import Consensus, Event, Project, Task
from crowd.queries import feeds
from crowd.workflow import adjudication, events
from tests.api.world import V1, client
from tests.factories import make

WRITERS, EACH = 4, 12


def read(api: Any, path: str, *, until: threading.Event, size: int) -> list[dict[str, Any]]:
    """Follow a feed by its rows' cursors, until the writers are done and nothing is left."""
    since, rows = "", []
    while True:
        done = until.is_set()
        piece = api.get(f"{path}?page_size={size}&since={since}").json()["results"]
        rows += piece
        if piece:
            since = piece[-1]["cursor"]
        elif done:
            return rows
        time.sleep(0.005)


def write(project: Project, seed: int, tasks: list[Task]) -> None:
    """Commit rows in any order: each transaction writes, dawdles, and writes again."""
    rng = random.Random(seed)
    owner = project.memberships.get(role="owner").user
    for task in tasks:
        with transaction.atomic():
            events.record(project=project, kind="test.first", now=timezone.now(), data={"task": task.pk})
            time.sleep(rng.random() * 0.03)
            adjudication.adjudicate(task=task, by=owner, annotation=make.CAT, now=timezone.now())
            time.sleep(rng.random() * 0.03)
            if rng.random() < 0.2:
                transaction.set_rollback(True)
    connection.close()


@pytest.mark.usefixtures("settled")
def test_labels_and_events_have_no_gap_and_no_repeat_while_four_write() -> None:
    owner = make.user()
    project = make.project(owner)
    images = make.images(project, WRITERS * EACH)
    tasks = list(Task.objects.filter(image__in=images).order_by("?"))
    finished, found = threading.Event(), {}

    def follow(name: str, size: int) -> None:
        found[name] = read(client(owner), f"{V1}projects/{project.slug}/{name}/", until=finished, size=size)
        connection.close()

    readers = [threading.Thread(target=follow, args=args) for args in (("labels", 3), ("events", 5))]
    writers = [
        threading.Thread(target=write, args=(project, number, tasks[number::WRITERS])) for number in range(WRITERS)
    ]
    for thread in (*readers, *writers):
        thread.start()
    for thread in writers:
        thread.join()
    finished.set()
    for thread in readers:
        thread.join()
    written = list(Event.objects.filter(project=project).order_by("transaction", "pk").values_list("pk", flat=True))
    assert [one["id"] for one in found["events"]] == written
    settled = Consensus.objects.filter(task__project=project, resolves=True).order_by("transaction", "pk")
    assert [one["cursor"] for one in found["labels"]] == [str(feeds.place_of(row)) for row in settled]
    assert 0 < len(found["labels"]) < WRITERS * EACH  # some were rolled back


@pytest.mark.usefixtures("settled")
def test_a_row_is_not_told_while_an_earlier_transaction_is_under_way() -> None:
    owner = make.user()
    project = make.project(owner)
    api, path = client(owner), f"{V1}projects/{project.slug}/events/"
    before = api.get(path).json()["results"]
    begun, may_end = threading.Event(), threading.Event()

    def dawdle() -> None:
        with transaction.atomic():
            events.record(project=project, kind="test.slow", now=timezone.now())
            begun.set()
            may_end.wait(20)
        connection.close()

    slow = threading.Thread(target=dawdle)
    slow.start()
    begun.wait(20)
    events.record(project=project, kind="test.fast", now=timezone.now())
    held_back = api.get(f"{path}?since={before[-1]['cursor']}").json()
    may_end.set()
    slow.join()
    told = api.get(f"{path}?since={before[-1]['cursor']}").json()["results"]
    assert (held_back["results"], held_back["next"]) == ([], None)
    assert [one["type"] for one in told] == ["test.slow", "test.fast"]


@pytest.mark.usefixtures("settled")
def test_next_leads_through_the_whole_feed_and_ends() -> None:
    owner = make.user()
    project = make.project(owner)
    make.images(project, 5)
    api, address, rows = client(owner), f"{V1}projects/{project.slug}/events/?page_size=2", []
    while address:
        piece = api.get(address).json()
        rows += [one["id"] for one in piece["results"]]
        address = piece["next"]
    assert rows == sorted(Event.objects.filter(project=project).values_list("pk", flat=True))


@pytest.mark.usefixtures("settled")
def test_a_transaction_of_another_database_holds_nothing_back() -> None:
    """Numbers of transactions are drawn for the whole server."""
    where = connection.get_connection_params() | {"dbname": "postgres"}
    where = {name: where[name] for name in ("dbname", "user", "password", "host", "port") if name in where}
    with psycopg.connect(**where) as elsewhere:
        elsewhere.execute("SELECT pg_current_xact_id()")
        owner = make.user()
        project = make.project(owner)
        told = client(owner).get(f"{V1}projects/{project.slug}/events/").json()["results"]
    assert [one["type"] for one in told] == ["project.created", "guideline.published"]


@pytest.mark.usefixtures("settled")
def test_a_label_and_an_event_have_the_keys_of_the_contract() -> None:
    """The feeds tell what is committed only."""
    owner = make.user()
    project = make.project(owner, overlap=1, max_overlap=1, confidence_target=0.0)
    make.task(project)
    make.answer(project, make.member(project))
    api, base = client(owner), f"{V1}projects/{project.slug}/"
    [label] = api.get(base + "labels/").json()["results"]
    assert label.keys() == {
        "cursor", "task", "image", "annotation", "confidence", "agreement", "method", "guideline", "by", "resolved_at",
        "lineage",
    }  # fmt: skip
    assert (label["image"].keys(), label["by"], label["guideline"]) == (
        {"id", "name", "sha256", "width", "height", "url"},
        None,
        1,
    )
    assert [step.keys() for step in label["lineage"]] == [{"assignment", "worker", "guideline", "weight"}]
    for event in api.get(base + "events/").json()["results"]:
        assert event.keys() >= {"id", "type", "at", "actor", "data"}
