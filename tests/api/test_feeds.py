"""Feeds have no gap and no repeat, whoever writes at the same moment."""

import contextlib
import json
import random
import threading
import time
from collections import Counter
from typing import Any

import psycopg
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection, transaction
from django.utils import timezone

from crowd.models import Consensus, Event, Project, Task
from crowd.queries import feeds
from crowd.workflow import events
from crowd.workflow.conflicts import adjudication
from tests.api.world import V1, client
from tests.factories import make

WRITERS, EACH, SENT = 5, 7, 4


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


class TakenBackError(Exception):
    """What a transaction is abandoned with."""


def write(project: Project, seed: int, tasks: list[Task]) -> None:
    """Commit rows in any order: each transaction writes, dawdles, takes a part back, writes again, or is given up."""
    rng = random.Random(seed)
    owner = project.memberships.get(role="owner").user
    for task in tasks:
        with contextlib.suppress(TakenBackError), transaction.atomic():
            events.record(project=project, kind="test.first", now=timezone.now(), data={"task": task.pk})
            time.sleep(rng.random() * 0.03)
            with contextlib.suppress(TakenBackError), transaction.atomic():
                events.record(project=project, kind="test.nothing", now=timezone.now())
                raise TakenBackError
            adjudication.adjudicate(task=task, by=owner, annotation=make.CAT, now=timezone.now())
            time.sleep(rng.random() * (0.3 if rng.random() < 0.1 else 0.03))
            if rng.random() < 0.2:
                raise TakenBackError
    connection.close()


def dawdle(project: Project, task: Task, begun: threading.Event, may_end: threading.Event) -> None:
    """Hold one transaction open, with rows at its beginning and its end, until all others have ended."""
    owner = project.memberships.get(role="owner").user
    with transaction.atomic():
        events.record(project=project, kind="test.long", now=timezone.now())
        begun.set()
        may_end.wait(60)
        adjudication.adjudicate(task=task, by=owner, annotation=make.DOG, now=timezone.now())
    connection.close()


def send(project: Project) -> None:
    """Upload images by requests whose keys are committed apart from the effect, each sent twice."""
    owner = project.memberships.get(role="owner").user
    for number in range(SENT):
        answers = set()
        picture = make.picture()
        for _ in range(2):
            file = SimpleUploadedFile(f"sent{number}.png", picture, "image/png")
            address = f"{V1}projects/{project.slug}/images/"
            answer = client(owner).post(address, {"file": file}, format="multipart", HTTP_IDEMPOTENCY_KEY=f"k{number}")
            answers.add((answer.status_code, json.dumps(answer.json(), sort_keys=True)))
        assert len(answers) == 1
    connection.close()


@pytest.mark.usefixtures("settled")
def test_labels_and_events_have_no_gap_and_no_repeat_while_many_write() -> None:
    owner = make.user()
    project = make.project(owner)
    images = make.images(project, WRITERS * EACH + 1)
    slow, *tasks = Task.objects.filter(image__in=images).order_by("?")
    finished, begun, may_end = threading.Event(), threading.Event(), threading.Event()
    found: dict[str, list[dict[str, Any]]] = {}

    def follow(name: str, size: int) -> None:
        found[name] = read(client(owner), f"{V1}projects/{project.slug}/{name}/", until=finished, size=size)
        connection.close()

    long = threading.Thread(target=dawdle, args=(project, slow, begun, may_end))
    readers = [threading.Thread(target=follow, args=args) for args in (("labels", 3), ("events", 5))]
    writers = [threading.Thread(target=send, args=(project,))]
    writers += [threading.Thread(target=write, args=(project, seed, tasks[seed::WRITERS])) for seed in range(WRITERS)]
    for thread in (*readers, *writers[:3]):
        thread.start()
    long.start()
    begun.wait(60)
    for thread in writers[3:]:
        thread.start()
    for thread in writers:
        thread.join()
    may_end.set()
    long.join()
    finished.set()
    for thread in readers:
        thread.join()
    written = list(Event.objects.filter(project=project).order_by("transaction", "pk").values_list("pk", flat=True))
    assert [one["id"] for one in found["events"]] == written
    settled = Consensus.objects.filter(task__project=project, resolves=True).order_by("transaction", "pk")
    assert [one["cursor"] for one in found["labels"]] == [str(feeds.place_of(row)) for row in settled]
    assert 0 < len(found["labels"]) < WRITERS * EACH  # some were rolled back
    kinds = Counter(one["type"] for one in found["events"])
    assert (kinds["test.long"], kinds["test.nothing"], kinds["test.first"]) == (1, 0, len(found["labels"]) - 1)
    assert project.images.count() == WRITERS * EACH + 1 + SENT


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
