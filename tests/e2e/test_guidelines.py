"""Guidelines in a browser: the schema as a form, labels from elsewhere, examples, publishing."""

import json
import re

from django.utils import timezone
from playwright.sync_api import Page, expect

from crowd.models import Guideline, GuidelineExample
from crowd.workflow.guidelines import publishing
from tests.e2e.conftest import PHONE, Visit
from tests.e2e.scenes import BOXES, started
from tests.factories import make


def schema(page: Page) -> dict:
    """What the JSON view holds."""
    return json.loads(page.locator("textarea[name=schema]").input_value())


def test_a_schema_is_built_as_a_form_by_pointer_and_keyboard_and_stays_in_step_with_its_json(visit: Visit) -> None:
    project, owner, _ = started(images=1, schema=BOXES)
    page = visit(owner, f"/projects/{project.slug}/guidelines/new/")
    page.get_by_role("button", name="Add a class").click()
    page.keyboard.type("person")
    page.get_by_role("button", name="Open person").click()
    page.get_by_label("Shape", exact=True).last.select_option("keypoints")
    board = page.get_by_role("group", name="Keypoints and the lines between them")
    for x, y in ((60, 40), (60, 120)):
        board.click(position={"x": x, "y": y})
    points = board.get_by_role("button")
    points.nth(0).focus()
    page.keyboard.press("Enter")
    points.nth(1).focus()
    page.keyboard.press("Enter")
    person = schema(page)["objects"][1]
    assert person == {"name": "person", "shape": "keypoints", "keypoints": ["point", "point 2"], "skeleton": [[0, 1]]}
    page.get_by_role("button", name="Move person: drag, or arrow keys up and down").press("ArrowUp")
    assert [one["name"] for one in schema(page)["objects"]] == ["person", "car"]
    expect(page.get_by_role("status").filter(has_text="person is now 1 of 2.")).to_be_attached()
    page.get_by_role("button", name="Add a question").first.click()
    page.keyboard.type("scene")
    page.get_by_role("textbox", name="Name of the option").first.press("Enter")
    page.keyboard.type("night")
    worker = page.locator("[data-part=worker]")
    expect(worker.get_by_text("night")).to_be_visible()
    assert [one["name"] for one in schema(page)["classifications"][0]["options"]] == ["first", "night", "second"]
    page.get_by_role("button", name="Remove this question").click()
    assert schema(page)["classifications"] == []
    page.get_by_role("button", name="Undo").click()
    assert schema(page)["classifications"][0]["name"] == "scene"
    page.get_by_role("button", name="JSON").click()
    typed = {"classifications": [], "objects": [{"name": "ship", "shape": "bx"}, {"name": "", "shape": "box"}]}
    page.get_by_label("Label schema").fill(json.dumps(typed))
    page.get_by_role("button", name=re.compile("^Form")).click()
    expect(page.locator("[data-at='objects[1].name']")).to_have_text("must not be empty")
    page.get_by_role("button", name="Save the draft").click()
    expect(page.locator("[data-at='objects[0].shape'] li")).to_contain_text("must be one of")
    assert schema(page) == typed
    page.get_by_label("Shape", exact=True).first.select_option("rotated_box")
    page.get_by_role("textbox", name="Name of the class").last.fill("boat")
    page.get_by_role("button", name="Save the draft").click()
    expect(page.get_by_text("Draft 2 is saved.")).to_be_visible()
    assert [one["name"] for one in Guideline.objects.get(number=2).schema["objects"]] == ["ship", "boat"]


def test_classes_are_dragged_into_order_on_a_phone_and_labels_come_from_another_tool(visit: Visit) -> None:
    project, owner, _ = started(images=1, schema=BOXES)
    page = visit(owner, f"/projects/{project.slug}/guidelines/new/", **PHONE)
    page.get_by_role("button", name="Import labels…").click()
    labels = '<RectangleLabels name="a"><Label value="car"/><Label value="bus"/></RectangleLabels>'
    config = f'<View>{labels}<TextArea name="t"/></View>'
    page.get_by_label("or paste it").fill(config)
    page.get_by_role("button", name="Read it").click()
    expect(page.get_by_text("<TextArea> has no like here and is left out.")).to_be_visible()
    page.locator("#import").get_by_role("button", name="Cancel").click()
    assert [one["name"] for one in schema(page)["objects"]] == ["car", "bus"]
    handle = page.get_by_role("button", name="Move bus: drag, or arrow keys up and down")
    handle.evaluate("one => one.scrollIntoView({block: 'center', behavior: 'instant'})")
    page.wait_for_timeout(200)
    bus = handle.bounding_box()
    car = page.get_by_role("button", name="Move car: drag, or arrow keys up and down").bounding_box()
    assert bus
    assert car
    page.mouse.move(bus["x"] + 8, bus["y"] + 8)
    page.mouse.down()
    page.mouse.move(car["x"] + 8, car["y"] + 4, steps=4)
    page.mouse.up()
    assert [one["name"] for one in schema(page)["objects"]] == ["bus", "car"]
    width = page.evaluate("document.documentElement.scrollWidth")
    assert width <= 390


def test_an_example_is_drawn_and_workers_see_it_beside_the_text(visit: Visit) -> None:
    project, owner, worker = started(images=1, schema=BOXES)
    publishing.begin(project=project, number=1, by=owner, now=timezone.now())
    page = visit(owner, f"/projects/{project.slug}/guidelines/2/examples/")
    page.get_by_role("link", name="New example").click()
    page.locator(".tile a").click()
    page.wait_for_load_state("networkidle")
    page.wait_for_timeout(500)
    board = page.locator(".board").bounding_box()
    assert board
    x, y = board["x"] + board["width"] / 2, board["y"] + board["height"] / 2
    page.mouse.move(x - 50, y - 40)
    page.mouse.down()
    page.mouse.move(x + 50, y + 40)
    page.mouse.up()
    page.get_by_label("Wrong").check()
    page.get_by_label("Why").fill("Far too loose.")
    page.get_by_role("button", name="Keep the example").click()
    expect(page.get_by_text("Far too loose.")).to_be_visible()
    made = GuidelineExample.objects.get()
    assert (made.label, made.verdict, len(made.annotation["objects"])) == ("car", "wrong", 1)
    publishing.publish(project=project, number=2, by=owner, now=timezone.now())
    seen = visit(worker, f"/projects/{project.slug}/guidelines/2/")
    expect(seen.locator(".example--wrong polygon")).to_have_count(1)
    bench = visit(worker, f"/projects/{project.slug}/label/")
    expect(bench.locator("#guideline .example--wrong")).to_have_count(1)


def test_a_class_is_divided_by_a_rule_and_the_page_tells_what_that_asks_again(visit: Visit) -> None:
    attributes = [{"name": "large", "kind": "binary"}]
    old = {"classifications": [], "objects": [{"name": "vehicle", "shape": "box", "attributes": attributes}]}
    project, owner, worker = started(images=2, schema=old)
    for said in ({"large": True}, {}):
        box = {"label": "vehicle", "box": [1, 1, 20, 20], "attributes": said}
        make.answer(project, worker, {"classifications": {}, "objects": [box]})
    planted = make.golden(project, {"classifications": {}, "objects": [{"label": "vehicle", "box": [1, 1, 20, 20]}]})
    new = {"classifications": [], "objects": [{"name": name, "shape": "box"} for name in ("truck", "car")]}
    publishing.draft(project=project, by=owner, body="New", schema=new, now=timezone.now())
    page = visit(owner, f"/projects/{project.slug}/guidelines/2/publish/")
    page.get_by_label("vehicle optional").select_option("by:large")
    page.get_by_label("large: true").select_option("truck")
    expect(page.get_by_text("1 answer on 1 image will be set aside")).to_be_visible()
    expect(page.get_by_text("1 gold answer cannot be read under this version.")).to_be_visible()
    page.get_by_role("button", name="Publish version 2").click()
    expect(page.get_by_role("heading", name="Gold to look at")).to_be_visible()
    planted.refresh_from_db()
    assert planted.unreadable_at is not None
    assert project.guidelines.get(number=2).split == {"vehicle": {"by": "large", "into": {"true": "truck"}}}
    page.goto(f"/projects/{project.slug}/guidelines/")
    page.get_by_role("button", name="Start from 1").click()
    expect(page.get_by_role("heading", name="Draft 3")).to_be_visible()
    assert project.guidelines.get(number=3).schema == project.guidelines.get(number=1).schema
    page.goto(f"/projects/{project.slug}/guidelines/1/diff/2/")
    expect(page.get_by_text("class vehicle → truck")).to_be_visible()
    expect(page.locator("ins")).to_contain_text("New")
