"""Bodies, addresses and queries that no client should send: each is refused in words, and changes nothing."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import transaction

from crowd.models import Assignment, Consensus, Event, Gold, Guideline, Image, Membership, Project, Task
from tests.api.routes import CALLS, ROUTES, Route
from tests.api.test_tenancy import ALLOWED
from tests.api.world import V1, World
from tests.factories import make

ERROR = {"code", "detail", "errors"}
DEEP = b"[" * 5000 + b"]" * 5000

# What no endpoint takes, whatever it expects.
NEVER: dict[str, bytes] = {
    "cut off": b'{"name": "x"',
    "NaN": b'{"name": NaN}',
    "infinity": b'{"name": -Infinity}',
    "overflowing": b'{"name": 1e400}',
    "endless number": b'{"name": ' + b"9" * 5000 + b"}",
    "huge number": b'{"name": ' + b"9" * 300 + b"}",
    "NUL": b'{"name": "a\\u0000b"}',
    "NUL in a key": b'{"a\\u0000b": 1}',
    "half a surrogate": b'{"name": "\\ud800"}',
    "bad UTF-8": b'{"name": "\xff\xfe"}',
    "UTF-16": '{"name": "x"}'.encode("utf-16"),
    "too deep": b'{"name": ' + DEEP + b"}",
    "a little too deep": b'{"name": ' + b"[" * 150 + b"]" * 150 + b"}",
    "two documents": b"{} {}",
    "a byte order mark": b"\xef\xbb\xbf{}",
}
# What these are sent is not read.
BODYLESS = {
    *(f"guidelines/<int:number>/{verb}/" for verb in ("acknowledge", "begin", "review", "approve")),
    "gold/proposals/<int:pk>/reject/",
    "gold/<str:pk>/confirm/",
    "webhooks/<str:pk>/rotate/",
    "deliveries/<str:pk>/redeliver/",
    "imports/<str:pk>/cancel/",
    "uploads/<str:pk>/complete/",
    "tasks/bulk/<int:pk>/cancel/",
    "model-server/runs/<int:pk>/cancel/",
    *("archive/", "unarchive/", "restore/"),
    *(f"conflicts/<str:pk>/{verb}/" for verb in ("take", "release")),
    *(f"pilots/{verb}/" for verb in ("<int:number>/cancel", "<int:number>/finish", "open-rest")),
    "releases/<int:number>/cancel/",
}
# What is JSON, but no object.
NO_OBJECTS = [b"null", b"[]", b"[{}]", b'"text"', b"7", b"true"]

NASTY: dict[str, Any] = {
    "null": None,
    "true": True,
    "zero": 0,
    "negative": -1,
    "fraction": 0.5,
    "beyond bigint": 2**64,
    "39 digits": int("9" * 39),
    "big float": 1e308,
    "nothing": "",
    "space": "   ",
    "words": "words",
    "nan": "nan",
    "infinite": "inf",
    "1e400": "1e400",
    "superscript": "²",
    "long": "x" * 300_000,
    "quote": "'; drop table crowd_task; --",
    "uuid": "00000000-0000-0000-0000-000000000000",
    "list": [],
    "list of null": [None],
    "list of lists": [[[[]]]],
    "object": {},
    "object of objects": {"a": {"b": None}},
    "long key": {"k" * 5000: 1},
    "long list": ["x"] * 5000,
}

FIELDS: dict[tuple[str, str], dict[str, Any]] = {
    ("projects/", "POST"): {"name": "N", "slug": "free-slug", "overlap": 3, "max_overlap": 7, "consensus": "auto"},
    ("", "PATCH"): {
        "name": "N", "overlap": 3, "max_overlap": 7, "gold_rate": 0.1, "lease_seconds": 60, "order": "priority",
        "consensus": "auto", "paused": False,
    },
    ("members/", "POST"): {"username": "worker", "role": "worker"},
    ("members/<username:username>/", "PATCH"): {
        "role": "worker", "expert": False, "tags": ["night"], "answers_per_hour": 5, "most_answers": 9, "max_leases": 2,
    },
    ("tokens/", "POST"): {"name": "n", "scopes": ["read:releases"], "days": 1},
    ("guidelines/", "POST"): {"body": "b", "schema": make.SCHEMA, "note": "n"},
    ("guidelines/<int:number>/", "PATCH"): {"body": "b", "schema": make.SCHEMA, "note": "n"},
    ("guidelines/<int:number>/publish/", "POST"): {
        "impact": "relabel", "affected": ["car"], "rename": {}, "merge": {"car": ["car"]}, "split": {"car": "ask"},
    },
    ("guidelines/<int:number>/acknowledge/", "POST"): {},
    ("guidelines/import/", "POST"): {"text": "<View/>", "format": "cvat"},
    ("guidelines/<int:number>/begin/", "POST"): {},
    ("guidelines/<int:number>/review/", "POST"): {},
    ("guidelines/<int:number>/approve/", "POST"): {},
    ("guidelines/<int:number>/examples/", "POST"): {
        "image": "1", "label": "car", "verdict": "right", "annotation": {}, "note": "n",
    },
    ("guidelines/<int:number>/examples/<int:pk>/", "PATCH"): {
        "label": "car", "verdict": "wrong", "annotation": {}, "note": "n",
    },
    ("images/", "POST"): {"file": "x"},
    ("tasks/<str:pk>/", "PATCH"): {"priority": 1, "overlap": 5, "state": "open"},
    ("tasks/<str:pk>/adjudicate/", "POST"): {
        "annotation": make.CAT, "accept": "consensus", "comment": "c", "gold": False,
    },
    ("tasks/<str:pk>/reopen/", "POST"): {"reason": "r"},
    ("tasks/<str:pk>/ask/", "POST"): {"answers": 1, "reason": "r"},
    ("conflicts/next/", "POST"): {"kind": "geometry", "count": 1},
    ("conflicts/accept/", "POST"): {"kind": "geometry", "min_confidence": 0.5, "ids": [1], "comment": "c"},
    ("conflicts/<str:pk>/take/", "POST"): {},
    ("conflicts/<str:pk>/release/", "POST"): {},
    ("conflicts/<str:pk>/escalate/", "POST"): {"reason": "r"},
    ("conflicts/<str:pk>/comments/", "POST"): {"text": "t"},
    ("pilots/", "POST"): {"size": 1, "overlap": 2, "filter": {"state": "open", "q": "x"}},
    ("pilots/open-rest/", "POST"): {},
    ("pilots/<int:number>/finish/", "POST"): {},
    ("pilots/<int:number>/cancel/", "POST"): {},
    ("gold/", "POST"): {"image": "1", "annotation": make.CAT, "explanation": "e", "training": False},
    ("gold/<str:pk>/", "PATCH"): {"annotation": make.CAT, "explanation": "e", "training": False, "exam": False},
    ("gold/<str:pk>/confirm/", "POST"): {},
    ("gold/proposals/<int:pk>/approve/", "POST"): {"training": False, "exam": False},
    ("gold/proposals/<int:pk>/reject/", "POST"): {},
    ("disputes/<int:pk>/reject/", "POST"): {"reason": "r"},
    ("assignments/<str:pk>/dispute/", "POST"): {"text": "t"},
    ("assignments/<str:pk>/report/", "POST"): {"kind": "image", "comment": "c"},
    ("reports/<str:pk>/", "PATCH"): {"answer": "a"},
    ("prelabels/", "POST"): {"image": "1", "annotation": make.CAT, "model": "m", "score": 0.5},
    ("scores/", "POST"): {"image": "1", "score": 0.5, "model": "m"},
    ("model-server/", "POST"): {
        "url": "https://8.8.8.8/", "model": "m", "version": "1", "header": "X-Secret", "secret": "s", "seconds": 5,
    },
    ("model-server/try/", "POST"): {"image": "1"},
    ("model-server/runs/", "POST"): {"scope": "fresh"},
    ("model-server/runs/<int:pk>/cancel/", "POST"): {},
    ("assignments/", "POST"): {"count": 1},
    ("assignments/<str:pk>/", "PATCH"): {"draft": {}},
    ("assignments/<str:pk>/submit/", "POST"): {"annotation": make.CAT, "seconds": 1.0},
    ("assignments/<str:pk>/skip/", "POST"): {"reason": "r"},
    ("assignments/<str:pk>/propose/", "POST"): {"label": "car", "box": [5, 5, 20, 20], "points": [[9, 9, 1]]},
    ("workers/<username:username>/", "PATCH"): {"status": "paused", "reason": "r", "void_labels": False},
    ("me/appeal/", "POST"): {"text": "t"},
    ("appeals/<str:pk>/decide/", "POST"): {"outcome": "upheld", "reason": "r"},
    ("releases/", "POST"): {
        "note": "n",
        "filters": {"min_confidence": 0.5, "classes": ["scene/cat"], "guidelines": [1], "settled_by": ["gold"]},
        "splits": {"fractions": {"train": 1.0}, "group_by": "patient", "stratify": True},
        "include": ["answers"],
        "formats": ["csv"],
        "images": "packed",
    },
    ("releases/<int:number>/derive/", "POST"): {
        "name": "N", "slug": "n", "filter": {"class": "cat", "has_objects": "car", "confidence_above": 0.5},
        "carry": "prelabels", "shape": "mask", "starter": "segment", "schema": make.SCHEMA,
    },
    ("webhooks/", "POST"): {"url": "https://8.8.8.8/", "events": ["task.resolved"], "description": "d"},
    ("webhooks/<str:pk>/", "PATCH"): {
        "url": "https://8.8.8.8/", "events": [], "description": "d", "state": "paused",
    },
    ("webhooks/<str:pk>/rotate/", "POST"): {},
    ("deliveries/<str:pk>/redeliver/", "POST"): {},
    ("imports/", "POST"): {"source": "s3", "bucket": "nobodys", "prefix": "p", "rows": [{"url": "s3://nobodys/a.png"}]},
    ("imports/<str:pk>/cancel/", "POST"): {},
    ("uploads/", "POST"): {"files": [{"name": "a.png", "bytes": 10, "sha256": "0" * 64}]},
    ("uploads/<str:pk>/complete/", "POST"): {},
    ("invitations/", "POST"): {"role": "worker", "days": 7, "uses": 1, "tags": ["night"]},
    ("duplicate/", "POST"): {"name": "N", "people": False},
    ("archive/", "POST"): {},
    ("unarchive/", "POST"): {},
    ("restore/", "POST"): {},
    ("transfer/", "POST"): {"username": "nobody-of-that-name", "stays": "reviewer"},
    ("releases/<int:number>/cancel/", "POST"): {},
    ("tasks/bulk/", "POST"): {
        "action": "priority", "value": 1, "reason": "r", "filter": {"state": "open", "class": "car", "q": "x"},
        "ids": [1],
    },
    ("tasks/bulk/<int:pk>/cancel/", "POST"): {},
    ("simulate/", "POST"): {"overlap": 2, "max_overlap": 3, "gold_rate": 0.1, "images": 10, "seed": 0},
}  # fmt: skip
WRITES = [(route, verb) for route, verb in CALLS if verb in {"POST", "PATCH"}]
SHORT = [(route, verb) for route, verb in WRITES if not ("<slug:slug>" in route.path and "<str:pk>" in route.path)]


def caller_of(world: World, route: Route, verb: str) -> Any:
    """Somebody who may."""
    allowed = ALLOWED[route.noun][verb]
    return world.as_(next(who for who in ("owner", "worker", "reviewer") if who in allowed))


def path_of(world: World, route: Route) -> str:
    """The address; for guidelines that of the draft."""
    drafts = route.noun.startswith("guidelines/") and route.noun != "guidelines/<int:number>/acknowledge/"
    return route.fill(world, **({"<int:number>": 2} if drafts else {}))


def send(world: World, route: Route, verb: str, raw: bytes, content_type: str = "application/json") -> Any:
    caller = caller_of(world, route, verb)
    path = path_of(world, route)
    with transaction.atomic():
        answer = getattr(caller, verb.lower())(path, raw, content_type=content_type)
        transaction.set_rollback(True)
    return answer


def state() -> list[Any]:
    """Everything that a refused call must leave as it is."""
    tables = (Project, Membership, Guideline, Image, Task, Gold, Assignment, Consensus, Event)
    return [list(table.objects.order_by("pk").values()) for table in tables]


def test_every_writing_call_is_fuzzed() -> None:
    assert {(route.noun, verb) for route, verb in WRITES} == set(FIELDS)


def test_what_is_no_json_is_refused_everywhere(world: World) -> None:
    before = state()
    for route, verb in SHORT:
        if route.noun in {"images/", "prelabels/", "scores/"} | BODYLESS:
            continue
        for name, raw in NEVER.items():
            answer = caller_and_commit(world, route, verb, raw)
            assert (answer.status_code, answer.json().get("code")) == (400, "not_json"), (route.path, name)
            assert answer.json().keys() == ERROR
        for raw in NO_OBJECTS:
            answer = caller_and_commit(world, route, verb, raw)
            assert (answer.status_code, answer.json()["code"]) == (400, "invalid"), (route.path, raw)
            assert list(answer.json()["errors"]) == ["$"]
    assert state() == before


def caller_and_commit(world: World, route: Route, verb: str, raw: bytes) -> Any:
    return getattr(caller_of(world, route, verb), verb.lower())(
        path_of(world, route), raw, content_type="application/json"
    )


def bodies(fields: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for field in fields:
        for name, value in NASTY.items():
            yield f"{field}={name}", {**fields, field: value}


@pytest.mark.parametrize(("route", "verb"), SHORT, ids=[f"{verb} {route.noun or 'project/'}" for route, verb in SHORT])
def test_nasty_values_are_taken_or_refused_and_never_break_anything(world: World, route: Route, verb: str) -> None:
    wrong = []
    for name, body in bodies(FIELDS[route.noun, verb]):
        answer = send(world, route, verb, json.dumps(body).encode())
        if answer.status_code >= 500 or (answer.status_code >= 400 and answer.json().keys() != ERROR):
            wrong.append((name, answer.status_code, answer.content[:200]))
    for content_type in (
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data",
        "/;;",
        "a/b; q=\xff",
    ):
        answer = send(world, route, verb, b"--x\r\nname=x", content_type)
        if answer.status_code >= 500:
            wrong.append((content_type, answer.status_code))
    assert wrong == []


def test_not_a_number_is_no_setting_and_no_time(world: World) -> None:
    for value in ("nan", "inf", True, "0.5", 10**30, -0.1):
        for name in ("gold_rate", "confidence_target", "iou_threshold", "review_rate"):
            answer = world.as_("owner").patch(world.base, {name: value})
            assert (answer.status_code, list(answer.json()["errors"])) == (400, [name]), value
        answer = world.as_("worker").post(
            f"{V1}assignments/{world.held.pk}/submit/", {"annotation": make.CAT, "seconds": value}
        )
        assert (answer.status_code, list(answer.json()["errors"])) == (400, ["seconds"]), value


QUERIES = [
    "page_size=abc", "page_size=", "page_size=0", "page_size=-1", "page_size=1.5", "page_size=²", "page_size=%00",
    "cursor=abc", "cursor=%00", "cursor=ÿ", "cursor=cD1hYmM=", "cursor=cD0lMDA=",
    "cursor=cD05OTk5OTk5OTk5OTk5OTk5OTk5OTk5OQ==",
    "cursor=cj0xJnA9eA==", "cursor=bz0tMQ==", "cursor=eD0x", "cursor=!!!!",
]  # fmt: skip


@pytest.mark.parametrize("query", QUERIES)
def test_a_page_that_makes_no_sense_is_refused(world: World, query: str) -> None:
    for noun in ("tasks/", "conflicts/", "guidelines/", "members/", "gold/"):
        answer = world.as_("owner").get(f"{world.base}{noun}?{query}")
        if query.endswith("OQ==") and answer.status_code == 200:
            assert answer.json()["results"] == []  # behind the last one there is
            continue
        assert (answer.status_code, list(answer.json()["errors"])) == (400, [query.partition("=")[0]]), noun


@pytest.mark.parametrize("since", ["abc", "1", "1-", "--1-2", "1--2", "1-2-3", "%00", "9" * 19 + "-1", "1.0-2", "١-١"])
def test_a_place_in_a_feed_that_makes_no_sense_is_refused(world: World, since: str) -> None:
    for noun in ("labels/", "events/"):
        answer = world.as_("owner").get(f"{world.base}{noun}?since={since}")
        assert (answer.status_code, list(answer.json()["errors"])) == (400, ["since"])


def test_more_rows_than_allowed_are_as_many_as_allowed(world: World) -> None:
    for noun in ("tasks/", "labels/"):
        assert world.as_("owner").get(f"{world.base}{noun}?page_size={'9' * 30}").status_code == 200


IDS = ["0", "-1", str(2**63), "9" * 400, "abc", "%00", "1e3", "²", "00000000-0000-0000-0000-000000000000", "..", "%2e"]


def test_ids_that_nothing_has_are_missing(world: World) -> None:
    for route in (route for route in ROUTES if "<slug:slug>" not in route.path or "<str:pk>" not in route.path):
        for hole in ("<str:pk>", "<int:pk>", "<int:number>", "<int:other>", "<slug:slug>", "<username:username>"):
            if hole in route.path:
                for bad in IDS:
                    for verb in route.verbs:
                        caller = caller_of(world, route, verb)
                        answer = getattr(caller, verb.lower())(route.fill(world, **{hole: bad}))
                        assert answer.status_code in {400, 404, 405}, (verb, route.path, bad, answer.content)
                        assert answer.json().keys() == ERROR


@pytest.mark.parametrize("query", ["affected=%00", "affected=" + "x" * 300, "impact=maybe"])
def test_an_impact_of_nonsense_is_refused(world: World, query: str) -> None:
    answer = world.as_("owner").get(f"{world.base}guidelines/2/impact/?{query}")
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid")


def test_a_clarification_has_no_impact(world: World) -> None:
    path = f"{world.base}guidelines/2/impact/?affected=scene&impact="
    assert world.as_("owner").get(path + "relabel").json()["answers"] > 0
    told = world.as_("owner").get(path + "clarification").json()
    assert {told[name] for name in ("tasks", "answers", "gold", "adjudicated", "releases")} == {0}
    assert told["gold_affected"] == []


def test_bad_lines_of_prelabels_stop_no_good_one(world: World) -> None:
    image = world.held.task.image_id
    good = {"image": image, "annotation": make.CAT, "model": "m", "score": 0.5}
    bad = [
        *NEVER.values(), *NO_OBJECTS, b" " * 8 + DEEP,
        *(json.dumps({**good, **change}).encode() for change in (
            {"model": "a\x00"}, {"model": 5}, {"score": 2}, {"score": True}, {"image": "²"}, {"image": None},
            {"image": {}}, {"annotation": None}, {"image": "\x00"}, {"image": "\ud800"}, {"score": 10**30},
        )),
    ]  # fmt: skip
    bad = [line for line in bad if b"\n" not in line]
    lines = b"\n".join([json.dumps(good).encode(), *bad, json.dumps(good).encode(), b""])
    answer = world.as_("owner").post(world.base + "prelabels/", lines, content_type="application/x-ndjson")
    assert answer.status_code == 200
    told = answer.json()
    assert (told["created"], len(told["rejected"])) == (2, len(bad))
    assert [one["line"] for one in told["rejected"]] == list(range(2, len(bad) + 2))


def test_a_project_keeps_its_slug(world: World) -> None:
    answer = world.as_("owner").patch(world.base, {"slug": "other"})
    assert (answer.status_code, list(answer.json()["errors"])) == (400, ["slug"])
    assert world.as_("owner").patch(world.base, {"slug": world.project.slug, "name": "New"}).json()["name"] == "New"


def test_too_many_files_are_refused(world: World, settings: Any) -> None:
    settings.DATA_UPLOAD_MAX_NUMBER_FILES = 2
    part = b'--x\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\nx\r\n'
    answer = world.as_("owner").post(
        world.base + "images/", part * 3 + b"--x--\r\n", content_type="multipart/form-data; boundary=x"
    )
    assert (answer.status_code, answer.json().keys()) == (400, ERROR)


def test_a_body_beyond_the_limit_is_too_large_with_a_key_too(world: World, settings: Any) -> None:
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 1000
    for headers in ({}, {"Idempotency-Key": "k"}):
        answer = world.as_("owner").post(
            world.base + "prelabels/", b"x" * 1001, content_type="application/x-ndjson", headers=headers
        )
        assert (answer.status_code, answer.json()["code"]) == (413, "too_large")
