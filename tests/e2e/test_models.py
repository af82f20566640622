"""An owner's model in the loop, in a real browser: named, tried, asked, measured, and taken on to the next project."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from django.test import override_settings
from django.utils import timezone
from playwright.sync_api import expect

from crowd.models import ModelVersion, Project, Task
from crowd.workflow import releasing
from crowd.workflow.conflicts import adjudication
from crowd.workflow.upkeep import summarising
from tests.e2e.conftest import PHONE, Visit
from tests.factories import make

CAR = {"label": "car", "box": [5, 5, 20, 20]}
SAID = {"annotation": {"classifications": {"scene": "dog"}, "objects": [CAR]}, "score": 0.9}


@pytest.fixture
def model() -> Iterator[str]:
    """A model server that says a dog with a car of everything but of what is called `dark.png`."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(200)
            self.end_headers()
            self.wfile.write(json.dumps(SAID).encode())

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    with override_settings(CROWD_EGRESS_ALLOW=["127.0.0.1"]):
        yield f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()
    thread.join()
    server.server_close()


def test_a_model_is_named_tried_asked_measured_and_its_project_goes_on_with_outlines(visit: Visit, model: str) -> None:
    owner = make.user("olga")
    project = make.project(owner)
    images = make.images(project, 3)
    page = visit(owner, f"/projects/{project.slug}/models/", **PHONE)
    page.get_by_label("URL").fill(model)
    page.get_by_label("Model", exact=True).fill("net")
    page.get_by_label("Version", exact=False).first.fill("1")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("net 1 is asked there from now on.")).to_be_visible()
    page.get_by_label("Try it on one image").fill(images[1].name)
    page.get_by_role("button", name="Try", exact=True).click()
    expect(page.locator("#tried")).to_contain_text("scene: dog, 1 × car")
    expect(page.locator("#tried svg.marks polygon")).to_have_count(1)
    page.get_by_role("button", name="Ask", exact=True).click()
    expect(page.locator("#runs")).to_contain_text("3 taken, 0 refused of 3")

    truths: list[Any] = [make.CAT, {"classifications": {"scene": "dog"}, "objects": [CAR]}, make.DOG]
    for task, truth in zip(Task.objects.filter(project=project).order_by("pk"), truths, strict=True):
        adjudication.adjudicate(task=task, by=owner, annotation=truth, now=timezone.now())
    release = releasing.cut(project=project, by=owner, now=timezone.now())
    releasing.build(release_id=release.pk, now=timezone.now())
    summarising.summarise(project_id=project.pk, now=timezone.now())
    version = ModelVersion.objects.get(project=project)
    page.goto(page.url)
    page.get_by_role("link", name="net 1").click()
    expect(page.locator("#charts")).to_contain_text("Class by class")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.wait_for_selector(".chart__figure canvas")
    page.locator("#chart-model_confusion").scroll_into_view_if_needed()
    page.locator("td.heat--wrong a").first.click()
    expect(page.locator("#mistakes-title")).to_contain_text("taken for")
    page.locator("#mistakes .tile__picture").first.click()
    expect(page.get_by_text("Model’s proposal").first).to_be_visible()
    assert version.prelabels == 3

    page.goto(page.url.split("/images/")[0] + "/releases/1/")
    page.get_by_text("Make a project of it").click()
    page.get_by_label("Name of the new project").fill("Outlines")
    page.get_by_label("Only with objects of class").fill("car")
    page.get_by_label("Label schema").select_option("mask")
    page.get_by_role("button", name="Make the project").click()
    expect(page.get_by_text(f"Made of release 1 of {project.name}")).to_be_visible()
    made = Project.objects.get(name="Outlines")
    assert [len(task.prelabel["objects"]) for task in made.tasks.all()] == [1]
