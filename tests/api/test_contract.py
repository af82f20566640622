"""The outside contract: each call is served and documented, each shape has the keys that clients read."""

import io
import re
from collections.abc import Callable
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.test import Client
from openapi_schema_validator import OAS31Validator
from openapi_spec_validator import validate
from rest_framework.test import APIClient

from crowd.models import Conflict
from crowd.workflow import conflicts
from crowd.workflow.workers import standing
from tests.api.routes import CALLS
from tests.api.world import V1, World
from tests.factories import make

CONTRACT = """
POST projects/
GET projects/
GET projects/{slug}/
PATCH projects/{slug}/
DELETE projects/{slug}/
POST projects/{slug}/members/
GET projects/{slug}/members/
DELETE projects/{slug}/members/{username}/
POST projects/{slug}/guidelines/
GET projects/{slug}/guidelines/
GET projects/{slug}/guidelines/{number}/
PATCH projects/{slug}/guidelines/{number}/
POST projects/{slug}/guidelines/{number}/publish/
GET projects/{slug}/guidelines/{number}/diff/{other}/
GET projects/{slug}/guidelines/{number}/impact/
POST projects/{slug}/guidelines/{number}/acknowledge/
POST projects/{slug}/images/
GET projects/{slug}/images/
POST projects/{slug}/imports/
GET projects/{slug}/imports/
GET imports/{id}/
POST imports/{id}/cancel/
GET imports/{id}/errors/
GET projects/{slug}/tasks/
GET tasks/{id}/
PATCH tasks/{id}/
POST projects/{slug}/gold/
GET projects/{slug}/gold/
PATCH gold/{id}/
DELETE gold/{id}/
POST projects/{slug}/prelabels/
POST projects/{slug}/assignments/
GET assignments/{id}/
PATCH assignments/{id}/
POST assignments/{id}/submit/
POST assignments/{id}/skip/
GET projects/{slug}/me/
GET projects/{slug}/conflicts/
POST tasks/{id}/adjudicate/
POST tasks/{id}/reopen/
GET projects/{slug}/stats/
GET projects/{slug}/workers/
PATCH projects/{slug}/workers/{username}/
POST projects/{slug}/releases/
GET projects/{slug}/releases/
GET projects/{slug}/releases/{number}/
GET projects/{slug}/releases/{number}/diff/{other}/
GET projects/{slug}/releases/{number}/images/
GET projects/{slug}/releases/{number}/files/{format_name}/
GET projects/{slug}/labels/
GET projects/{slug}/events/
POST projects/{slug}/webhooks/
GET projects/{slug}/webhooks/
GET webhooks/{id}/
PATCH webhooks/{id}/
DELETE webhooks/{id}/
PATCH projects/{slug}/webhooks/{id}/
DELETE projects/{slug}/webhooks/{id}/
POST webhooks/{id}/rotate/
GET webhooks/{id}/deliveries/
POST deliveries/{id}/redeliver/
"""

ME = {"status", "reason", "warning", "labels", "handed_in", "gold", "training", "appeal", "may_appeal", "qualification",
      "notes"}  # fmt: skip
IMAGE = {"id", "name", "sha256", "width", "height", "url"}
TASK = {"id", "image", "state", "priority", "skill", "overlap", "labels", "gold", "consensus", "assignments"}
CONSENSUS = {"annotation", "confidence", "agreement", "method", "guideline", "by"}
TURN = {"id", "worker", "state", "guideline", "annotation", "submitted_at", "seconds"}
SHOWN = {"id", "project", "image", "guideline", "prelabel", "draft", "expires_at", "state"}


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    """The served OpenAPI document."""
    answer = Client(headers={"Accept": "application/json"}).get("/api/schema/")
    assert answer.status_code == 200
    return answer.json()


def test_every_call_of_the_contract_is_in_the_served_document(document: dict[str, Any]) -> None:
    for line in CONTRACT.split("\n")[1:-1]:
        verb, path = line.split()
        assert verb.lower() in document["paths"][V1 + path], line


def test_the_document_and_the_url_map_have_the_same_calls(document: dict[str, Any]) -> None:
    documented = [verb for path in document["paths"].values() for verb in path if verb != "parameters"]
    assert len(documented) == len(CALLS)


def test_the_document_is_valid_and_made_without_a_warning(document: dict[str, Any]) -> None:
    validate(document)
    call_command("spectacular", "--validate", "--fail-on-warn", stdout=io.StringIO())


def test_the_document_tells_errors_and_idempotency_keys(document: dict[str, Any]) -> None:
    for path, verbs in document["paths"].items():
        for verb, operation in verbs.items():
            if path.startswith(V1):
                assert "4XX" in operation["responses"], (verb, path)
                named = {one["name"] for one in operation.get("parameters", [])}
                assert ("Idempotency-Key" in named) == (verb == "post"), (verb, path)
    assert set(document["components"]["schemas"]["Error"]["required"]) == {"code", "detail", "errors"}


def test_links_lead_from_what_an_answer_names_to_what_can_be_done_with_it(document: dict[str, Any]) -> None:
    calls = [(path, call) for path, verbs in document["paths"].items() for call in verbs.values()]
    holes = {call["operationId"]: set(re.findall(r"\{(\w+)\}", path)) for path, call in calls}
    links = [
        (call["operationId"], link)
        for _, call in calls
        for answer in call["responses"].values()
        for link in answer.get("links", {}).values()
    ]
    assert all(link["parameters"].keys() == holes[link["operationId"]] for _, link in links)
    led = {(source, link["operationId"]): link["parameters"] for source, link in links}
    assert led["tasks_list", "tasks_adjudicate"] == {"id": "$response.body#/results/0/id"}
    assert led["tasks_read", "tasks_adjudicate"] == {"id": "$request.path.id"}
    assert led["conflicts_read", "tasks_adjudicate"] == {"id": "$response.body#/task"}
    assert led["webhooks_create", "webhooks_deliveries"] == {"id": "$response.body#/id"}
    assert ("conflicts_list", "images_erase") not in led


def test_lists_are_documented_as_the_pages_that_they_are(document: dict[str, Any]) -> None:
    for noun in ("tasks", "images", "gold", "workers", "releases", "members", "guidelines", "conflicts"):
        listing = document["paths"][f"{V1}projects/{{slug}}/{noun}/"]["get"]
        shape = listing["responses"]["200"]["content"]["application/json"]["schema"]["$ref"].rpartition("/")[2]
        assert document["components"]["schemas"][shape]["properties"].keys() == {"next", "previous", "results"}
        assert {"cursor", "page_size"} <= {one["name"] for one in listing["parameters"]}


def test_every_answer_is_as_documented(world: World, document: dict[str, Any], now: Any) -> None:
    conflicts.open_(task=world.held.task, kind=Conflict.Kind.SKIPPED, consensus=None, now=now)
    checked, wrong = 0, []
    for route, _ in (call for call in CALLS if call[1] == "GET"):
        path = re.sub(r"<(?:\w+:)(\w+)>", r"{\1}", route.path).replace("{pk}", "{id}")
        documented = document["paths"][V1 + path]["get"]["responses"]
        answer = world.as_("worker" if route.noun.startswith(("me/", "assignments/<str:pk>")) else "owner").get(
            route.fill(world)
        )
        assert str(answer.status_code) in documented, path
        if answer.status_code == 200 and answer["Content-Type"] == "application/json":
            schema = documented["200"]["content"]["application/json"]["schema"]
            checker = OAS31Validator({**document, "allOf": [schema]})
            wrong += [(path, fault.json_path, fault.message) for fault in checker.iter_errors(answer.json())]
            checked += 1
    assert wrong == []
    assert checked >= 20


def got(caller: APIClient, path: str) -> Any:
    answer = caller.get(path)
    assert answer.status_code == 200, answer.content
    return answer.json()


def test_a_task_has_the_keys_of_the_contract(world: World) -> None:
    task = got(world.as_("reviewer"), f"{V1}tasks/{world.agreed.pk}/")
    assert (task.keys(), task["image"].keys(), task["consensus"].keys()) == (TASK, IMAGE, CONSENSUS)
    assert len(task["assignments"]) >= 3
    assert all(turn.keys() >= TURN for turn in task["assignments"])
    assert (task["state"], task["gold"], task["labels"]) == ("resolved", False, 3)
    listed = got(world.as_("owner"), world.base + "tasks/?state=resolved")["results"]
    assert next(one for one in listed if one["id"] == world.agreed.pk).keys() == TASK


def test_a_gold_task_is_resolved_by_gold(world: World) -> None:
    task = got(world.as_("owner"), f"{V1}tasks/{world.gold.task_id}/")
    assert (task["state"], task["gold"], task["consensus"]["method"]) == ("resolved", True, "gold")


def test_an_assignment_has_exactly_the_keys_of_the_contract_gold_or_not(world: World) -> None:
    """The values are of the same kinds too."""
    leases = [
        make.claim(world.project, world.users["colleague"], rng=rng())[0] for rng in (make.AlwaysGold, make.NeverGold)
    ]
    shown = [got(world.as_("colleague"), f"{V1}assignments/{one.pk}/") for one in leases]
    kinds = [{key: type(value) for key, value in one.items()} for one in shown]
    assert [one.task_id == world.gold.task_id for one in leases] == [True, False]
    assert kinds[0] == kinds[1]
    for one in shown:
        assert (one.keys(), one["image"].keys(), one["state"]) == (SHOWN, {"url", "width", "height"}, "leased")
        assert one["image"]["url"].startswith("http://testserver/")


def test_a_claim_without_body_or_content_type_gives_work(world: World) -> None:
    answer = world.as_("colleague").generic("POST", world.base + "assignments/", b"", content_type="")
    assert answer.status_code == 201
    [given] = answer.json()["results"]
    assert given.keys() == SHOWN


def test_submitting_and_skipping_answer_what_became_of_it(world: World) -> None:
    path = f"{V1}assignments/{world.held.pk}/"
    draft = world.as_("worker").patch(path, {"draft": {"anything": [1]}})
    assert (draft.status_code, draft.json()["draft"], draft.json().keys()) == (200, {"anything": [1]}, SHOWN)
    done = world.as_("worker").post(path + "submit/", {"annotation": make.CAT, "seconds": 3.5})
    assert (done.status_code, done.json()) == (200, {"id": str(world.held.pk), "state": "submitted", "feedback": None})
    [lease] = make.claim(world.project, world.users["colleague"])
    skipped = world.as_("colleague").post(f"{V1}assignments/{lease.pk}/skip/", {"reason": "blurred"})
    assert (skipped.status_code, skipped.json()["state"], skipped.json()["feedback"]) == (200, "skipped", None)


def test_training_gives_feedback(world: World) -> None:
    world.project.training_tasks = 1
    world.project.save()
    make.golden(world.project, make.CAT, use="training", explanation="Look at the whiskers.")
    [given] = world.as_("colleague").post(world.base + "assignments/").json()["results"]
    done = world.as_("colleague").post(f"{V1}assignments/{given['id']}/submit/", {"annotation": make.CAT}).json()
    assert done["feedback"] == {"score": 1.0, "explanation": "Look at the whiskers.", "expected": make.CAT}
    [told] = got(world.as_("colleague"), world.base + "me/")["training"]
    assert told["score"] == 1.0


def test_an_image_and_me_have_the_keys_of_the_contract(world: World) -> None:
    assert got(world.as_("owner"), world.base + "images/")["results"][0].keys() == IMAGE
    me = got(world.as_("worker"), world.base + "me/")
    assert (me.keys(), me["gold"].keys()) == (ME, {"seen", "passed"})
    assert (me["status"], me["labels"], me["training"]) == ("active", 0, [])


def test_a_conflict_has_the_keys_of_the_contract(world: World, now: Any) -> None:
    conflicts.open_(task=world.held.task, kind=Conflict.Kind.LOW_CONFIDENCE, consensus=None, now=now)
    conflict = got(world.as_("reviewer"), world.base + "conflicts/")["results"][-1]
    assert conflict.keys() >= {"id", "task", "kind", "confidence", "opened_at", "assignee"}
    assert (conflict["task"], conflict["kind"]) == (world.held.task_id, "low_confidence")


def test_stats_have_the_keys_of_the_contract(world: World) -> None:
    stats = got(world.as_("owner"), world.base + "stats/")
    assert stats.keys() == {
        "tasks", "labels", "labels_per_resolved_task", "agreement", "gold_accuracy", "workers",
        "throughput_per_hour", "eta", "gold", "prelabel_bias", "quality", "reviewers",
    }  # fmt: skip
    assert stats["tasks"].keys() == {"total", "open", "conflict", "resolved", "excluded"}
    assert stats["agreement"].keys() == {"krippendorff_alpha", "pairwise"}
    assert stats["workers"].keys() == {"active", "paused", "banned"}


def test_a_worker_row_has_the_keys_of_the_contract(world: World) -> None:
    rows = got(world.as_("owner"), world.base + "workers/")["results"]
    assert len(rows) == 6
    for row in rows:
        assert row.keys() == {
            "username", "status", "reason", "labels", "gold", "agreement", "median_seconds", "weight",
            "pace", "doubt", "findings", "appealed",
        }  # fmt: skip
        assert row["gold"].keys() == {"seen", "passed", "accuracy", "interval"}
        assert len(row["gold"]["interval"]) == 2


def test_a_release_has_the_keys_of_the_contract(world: World) -> None:
    release = got(world.as_("reviewer"), world.base + "releases/1/")
    assert release.keys() >= {
        "number", "state", "created_at", "images", "annotations", "guidelines", "manifest_sha256", "files",
    }  # fmt: skip
    assert all(file.keys() == {"format", "path", "bytes", "sha256"} for file in release["files"])
    pulled = world.as_("reviewer").get(world.base + "releases/1/files/jsonl/", headers={"Accept": "text/csv"})
    assert pulled.status_code == 302


def test_what_a_claim_is_refused_for_is_a_word_and_a_sentence(world: World, now: Any) -> None:
    def refusal() -> tuple[int, str, str]:
        answer = world.as_("colleague").post(world.base + "assignments/")
        return answer.status_code, answer.json()["code"], answer.json()["detail"]

    how = {"project": world.project, "username": "colleague", "by": world.users["owner"], "now": now}
    for status in ("paused", "banned"):
        standing.set_status(status=status, reason="You were too fast.", **how)
        assert refusal() == (403, status, "You were too fast.")
    standing.set_status(status="active", **how)
    world.project.require_acknowledgement = True
    world.project.max_leases = 1
    world.project.save()
    assert refusal()[:2] == (409, "guideline_unacknowledged")
    acknowledged = world.as_("colleague").post(world.base + "guidelines/1/acknowledge/")
    assert (acknowledged.status_code, acknowledged.content) == (204, b"")
    assert world.as_("colleague").post(world.base + "assignments/").status_code == 201
    assert refusal()[:2] == (409, "too_many_leases")


def test_an_upload_says_what_became_of_each_file(world: World) -> None:
    image = make.picture()
    files = [SimpleUploadedFile(name, data) for name, data in (("a", image), ("b", image), ("c", b"<svg/>"))]
    answer = world.as_("owner").post(world.base + "images/", {"file": files}, format="multipart")
    body = answer.json()
    assert (answer.status_code, body.keys()) == (201, {"created", "duplicates", "rejected"})
    assert [one.keys() for one in body["created"]] == [IMAGE]
    assert body["duplicates"] == [{"name": "b", "image": body["created"][0]["id"]}]
    assert [one.keys() for one in body["rejected"]] == [{"name", "code", "detail"}]


ERROR = {"code", "detail", "errors"}


@pytest.mark.parametrize(
    ("ask", "status"),
    [
        (lambda api: api.put(V1 + "projects/", {}), 405),
        (lambda api: api.get(V1 + "no-such-thing/"), 404),
        (lambda api: api.get("/api/no-such-thing"), 404),
        (lambda api: api.post(V1 + "projects/", b"<x/>", content_type="application/xml"), 415),
        (lambda api: api.post(V1 + "projects/", b'{"name": ', content_type="application/json"), 400),
        (lambda api: api.post(V1 + "projects/", b"[" * (16 << 20) + b"[", content_type="application/json"), 413),
        (lambda api: api.post(V1 + "projects/", {}), 400),
        (lambda api: api.get(V1 + "projects/", HTTP_HOST="elsewhere.example"), 400),
    ],
)
def test_every_refusal_has_the_same_form(world: World, ask: Callable[[APIClient], Any], status: int) -> None:
    answer = ask(world.as_("owner"))
    assert (answer.status_code, answer.json().keys(), answer["Content-Type"]) == (status, ERROR, "application/json")
    assert len(answer.json()["detail"]) > 10


def test_an_address_without_its_last_slash_is_called_again_whole(world: World) -> None:
    for verb in ("get", "post"):
        answer = getattr(world.as_("owner"), verb)("/api/v1/projects?page_size=3")
        assert (answer.status_code, answer["Location"]) == (308, "/api/v1/projects/?page_size=3")


@pytest.mark.django_db
def test_the_docs_run_no_inline_script_and_load_nothing_from_elsewhere() -> None:
    browser = Client()
    page = browser.get("/api/docs/")
    assert page.status_code == 200
    text = page.content.decode()
    assert "<script>" not in text
    assert "<style" not in text
    assert "http" not in text
    assert "script-src 'self';" in page["Content-Security-Policy"] + ";"
    script = browser.get("/api/docs/?script=")
    assert script["Content-Type"].startswith("application/javascript")
    for path in ("swagger-ui.css", "swagger-ui-bundle.js"):
        answer = browser.get(f"/static/drf_spectacular_sidecar/swagger-ui-dist/{path}")
        answer.close()
        assert answer.status_code == 200
