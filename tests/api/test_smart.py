"""Proposals over the API: who may ask, for what, and that asking tells nothing."""

import io
import json
import threading
from collections.abc import Iterator
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest
from django.test import override_settings
from django.utils import timezone

from crowd.models import Assignment, Event, Project
from crowd.workflow import gold, importing
from crowd.workflow.assignments import submission
from tests.api.world import V1, client
from tests.factories import make
from tests.smart.scenes import box, disc, overlap, pixels_of, scene

pytestmark = pytest.mark.django_db

SCHEMA: dict[str, Any] = {
    "objects": [
        {"name": "disc", "shape": "mask"},
        {"name": "outline", "shape": "polygon"},
        {"name": "car", "shape": "box"},
        {"name": "spot", "shape": "point"},
    ]
}
WIDTH, HEIGHT = 300, 200
PROMPT = {"label": "disc", "box": list(box(WIDTH, HEIGHT))}


@pytest.fixture
def project() -> Project:
    """A project whose schema has shapes that can be proposed, and one that cannot."""
    return make.project(make.user("owner"), schema=SCHEMA)


def held(project: Project, *, is_gold: bool = False) -> Assignment:
    """A lease on a picture of the disc."""
    owner = project.memberships.get(role="owner").user
    done = importing.add_images(
        project=project, files=[("disc.jpg", io.BytesIO(scene(WIDTH, HEIGHT)))], by=owner, now=timezone.now()
    )
    worker = make.member(project)
    if is_gold:
        make.images(project)  # gold takes an ordinary image's place
        gold.plant(image=done.created[0], annotation={"objects": []}, by=owner, now=timezone.now())
        return make.claim(project, worker, rng=make.AlwaysGold())[0]
    return make.claim(project, worker)[0]


def ask(assignment: Assignment, prompt: dict[str, Any] = PROMPT) -> Any:
    return client(assignment.worker).post(f"{V1}assignments/{assignment.pk}/propose/", prompt, format="json")


@pytest.mark.parametrize(("label", "shape"), [("disc", "mask"), ("outline", "polygon"), ("car", "box")])
def test_an_outline_of_the_class_s_shape_is_proposed_and_may_be_handed_in(
    project: Project, label: str, shape: str
) -> None:
    assignment = held(project)
    said = ask(assignment, PROMPT | {"label": label})
    assert said.status_code == 200, said.json()
    assert set(said.json()) == {"object", "score"}
    thing = said.json()["object"]
    assert set(thing) == {"label", shape}
    if shape == "mask":
        assert overlap(pixels_of(thing["mask"]), disc(WIDTH, HEIGHT)) > 0.9
    done = submission.submit(assignment=assignment, annotation={"objects": [thing]}, now=timezone.now())
    assert done.assignment.state == "submitted"


def test_asking_changes_nothing_and_is_the_same_for_gold(project: Project) -> None:
    plain = held(project)
    before, events = Assignment.objects.filter(pk=plain.pk).values().get(), Event.objects.count()
    said = ask(plain)
    assert (Assignment.objects.filter(pk=plain.pk).values().get(), Event.objects.count()) == (before, events)
    of_gold = held(make.project(make.user("other"), schema=SCHEMA, gold_rate=0.5), is_gold=True)
    also = ask(of_gold)
    assert (also.status_code, also.json()) == (said.status_code, said.json())
    assert list(also.headers) == list(said.headers)


def test_only_who_holds_the_image_now_may_ask(project: Project) -> None:
    assignment = held(project)
    path = f"{V1}assignments/{assignment.pk}/propose/"
    owner = project.memberships.get(role="owner").user
    assert client(owner).post(path, PROMPT, format="json").status_code == 404
    assert client(make.user("stranger")).post(path, PROMPT, format="json").status_code == 404
    Assignment.objects.filter(pk=assignment.pk).update(expires_at=timezone.now() - timedelta(seconds=1))
    late = ask(assignment)
    assert (late.status_code, late.json()["code"]) == (409, "lease_over")
    Assignment.objects.filter(pk=assignment.pk).update(expires_at=timezone.now() + timedelta(hours=1))
    submission.submit(assignment=assignment, annotation={"objects": []}, now=timezone.now())
    after = ask(assignment)
    assert (after.status_code, after.json()["code"]) == (409, "closed")


@pytest.mark.parametrize(
    ("prompt", "path"),
    [
        ({"label": "spot", "box": [1, 1, 9, 9]}, "label"),
        ({"label": "nothing", "box": [1, 1, 9, 9]}, "label"),
        ({"label": "disc"}, "points"),
        ({"label": "disc", "points": [[5, 5, 0]]}, "points"),
        ({"label": "disc", "points": [[5, 5, 2]]}, "points[0]"),
        ({"label": "disc", "points": [[5, 500, 1]]}, "points[0]"),
        ({"label": "disc", "box": [5, 5, 0, 9]}, "box"),
        ({"label": "disc", "box": [500, 5, 9, 9]}, "box"),
    ],
)
def test_a_prompt_that_shows_nothing_is_refused_by_name(project: Project, prompt: dict[str, Any], path: str) -> None:
    said = ask(held(project), prompt)
    assert (said.status_code, list(said.json()["errors"])) == (400, [path])


def test_where_nothing_is_found_it_is_said(project: Project) -> None:
    said = ask(held(project), {"label": "disc", "box": [0, 0, WIDTH, HEIGHT]})
    assert (said.status_code, said.json()["code"]) == (422, "nothing_found")


@pytest.fixture
def model_server() -> Iterator[tuple[str, list[Any], dict[str, Any]]]:
    """A model server of the operator's, what it was asked, and what it answers."""
    asked: list[Any] = []
    answer: dict[str, Any] = {"status": 200, "body": b"{}"}

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            asked.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(answer["status"])
            self.end_headers()
            self.wfile.write(answer["body"])

        def log_message(self, *_: Any) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/propose", asked, answer
    server.shutdown()
    thread.join()
    server.server_close()


def test_a_model_server_is_asked_where_the_operator_names_one(project: Project, model_server: Any) -> None:
    url, asked, answer = model_server
    assignment = held(project)
    with override_settings(CROWD_SMART_URL=url):
        answer["body"] = json.dumps({"polygon": [[[40, 40], [90, 40], [90, 80], [40, 80]]], "score": 0.5}).encode()
        said = ask(assignment, PROMPT | {"label": "car"})
        assert (said.status_code, said.json()["score"]) == (200, 0.5)
        assert said.json()["object"]["box"][2:] == [50, 40]
        assert (asked[0]["label"], asked[0]["shape"]) == ("car", "box")
        for status, body in ((500, b"{}"), (302, b""), (200, b"nonsense"), (200, b"x" * (5 << 20))):
            answer.update(status=status, body=body)
            assert ask(assignment).status_code in (413, 503)
    with override_settings(CROWD_SMART_URL="http://127.0.0.1:9/"):
        away = ask(assignment)
        assert (away.status_code, away.json()["code"]) == (503, "unreachable")
