"""Masks, the view and the smart tool, at the workbench."""

import re
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Page, expect

from crowd.models import Project, User
from tests.e2e.boards import ready
from tests.e2e.conftest import PHONE, Visit
from tests.e2e.pictures import RECTANGLE, SIZE, TURNED, red_on_screen
from tests.e2e.scenes import upload
from tests.e2e.test_labelling import drag, hand_in, label_path
from tests.factories import make
from tests.smart.scenes import overlap, pixels_of

MASKS: dict[str, Any] = {"classifications": [], "objects": [{"name": "cell", "shape": "mask"}]}


def begin(visit: Visit, *, schema: Any = MASKS, orientation: int = 1, **options: Any) -> tuple[Page, Project, User]:
    """A worker before the red rectangle."""
    owner = make.user("owner")
    project = make.project(owner, schema=schema)
    upload(project, owner, "red.jpg", orientation=orientation)
    worker = make.member(project)
    page = visit(worker, label_path(project), **options)
    ready(page)
    page.wait_for_timeout(300)
    return page, project, worker


def rectangle() -> np.ndarray:
    """The rectangle's pixels."""
    left, top, right, bottom = RECTANGLE
    pixels = np.zeros((SIZE[1], SIZE[0]), bool)
    pixels[top:bottom, left:right] = True
    return pixels


def objects(page: Page) -> Any:
    return page.locator(".object")


@pytest.mark.parametrize(("orientation", "density"), [(1, 1), (TURNED, 2)], ids=["plain", "turned and dense"])
def test_a_polygon_filled_over_the_rectangle_is_its_pixels(visit: Visit, orientation: int, density: int) -> None:
    page, _, worker = begin(visit, orientation=orientation, device_scale_factor=density)
    left, top, right, bottom = red_on_screen(page, density=density)
    page.keyboard.press("Shift+P")
    for corner in ((left, top), (right, top), (right, bottom), (left, bottom)):
        page.mouse.click(*corner)
    page.keyboard.press("Enter")
    expect(objects(page)).to_have_count(1)
    [answer] = hand_in(page, worker, count=1)
    found = pixels_of(answer["objects"][0]["mask"])
    assert overlap(found, rectangle()) > 0.97  # off by less than a pixel on each side
    assert not found[: RECTANGLE[1] - 1].any()
    assert not found[:, RECTANGLE[2] + 1 :].any()


def test_brush_eraser_and_bucket_work_on_one_mask_stroke_by_stroke(visit: Visit) -> None:
    page, _, worker = begin(visit)
    left, top, right, bottom = red_on_screen(page)
    middle = (left + right) / 2, (top + bottom) / 2
    page.mouse.move(left, top)
    page.mouse.down()
    for corner in ((right, top), (right, bottom), (left, bottom), (left, top)):
        page.mouse.move(*corner, steps=3)
    page.mouse.up()
    expect(objects(page)).to_have_count(1)
    page.keyboard.press("Shift+F")
    page.mouse.click(*middle)
    page.keyboard.press("Shift+E")
    for _ in range(3):
        page.keyboard.press(",")
    drag(page, (left + 20, middle[1]), (right - 20, middle[1]))
    page.keyboard.press("Control+z")  # the erasing
    page.mouse.move(5, 5)
    expect(objects(page)).to_have_count(1)
    page.keyboard.press("Shift+B")
    drag(page, (20, 400), (60, 400))  # goes into the mask that is selected still
    expect(objects(page)).to_have_count(1)
    page.keyboard.press("Control+z")
    [answer] = hand_in(page, worker, count=1)
    found = pixels_of(answer["objects"][0]["mask"])
    assert found[rectangle()].all()
    assert 20 < np.flatnonzero(found.any(axis=1))[0] < RECTANGLE[1]


def test_the_last_pixel_erased_takes_the_object_with_it(visit: Visit) -> None:
    page, _, _ = begin(visit)
    drag(page, (400, 300), (420, 300))
    expect(objects(page)).to_have_count(1)
    page.keyboard.press("Shift+E")
    for _ in range(8):
        page.keyboard.press(".")
    drag(page, (380, 300), (440, 300))
    expect(objects(page)).to_have_count(0)
    page.keyboard.press("Control+z")
    expect(objects(page)).to_have_count(1)


def test_a_finger_paints_and_the_bar_offers_every_way(visit: Visit) -> None:
    page, _, worker = begin(visit, **PHONE)
    left, top, right, bottom = red_on_screen(page)
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    page.touchscreen.tap((left + right) / 2, (top + bottom) / 2)
    expect(objects(page)).to_have_count(1)
    expect(page.get_by_role("group", name="Ways to draw").get_by_role("button")).to_have_count(5)
    [answer] = hand_in(page, worker, count=1)
    assert pixels_of(answer["objects"][0]["mask"])[rectangle()].any()


@pytest.mark.parametrize("shape", ["mask", "polygon"])
def test_a_rough_box_is_drawn_tight_and_taken_by_enter(visit: Visit, shape: str) -> None:
    page, _, worker = begin(visit, schema={"classifications": [], "objects": [{"name": "cell", "shape": shape}]})
    left, top, right, bottom = red_on_screen(page)
    page.keyboard.press("Shift+S")
    drag(page, (left - 30, top - 30), (right + 30, bottom + 30))
    take = page.get_by_role("button", name=re.compile("Take it"))
    expect(take).to_be_visible()
    page.keyboard.press("Escape")  # dropped: nothing is changed
    expect(take).to_be_hidden()
    expect(objects(page)).to_have_count(0)
    page.mouse.click((left + right) / 2, (top + bottom) / 2)
    expect(take).to_be_visible()
    page.keyboard.press("Enter")
    expect(objects(page)).to_have_count(1)
    [answer] = hand_in(page, worker, count=1)
    [found] = answer["objects"]
    assert set(found) == {"label", shape}
    if shape == "mask":
        assert overlap(pixels_of(found["mask"]), rectangle()) > 0.95


def test_without_a_server_nothing_is_proposed_and_nothing_is_lost(visit: Visit, expected_errors: list[str]) -> None:
    expected_errors.extend(["ERR_INTERNET_DISCONNECTED", "ERR_FAILED"])
    page, _, _ = begin(visit)
    drag(page, (400, 300), (460, 300))
    expect(objects(page)).to_have_count(1)
    page.keyboard.press("Shift+S")
    page.context.set_offline(True)
    drag(page, (300, 250), (600, 500))
    expect(page.get_by_text("nothing can be proposed")).to_be_visible()
    expect(objects(page)).to_have_count(1)


def test_the_view_is_kept_for_the_session_and_leaves_the_answer_alone(visit: Visit) -> None:
    page, _, _ = begin(visit)
    page.keyboard.press("Shift+V")
    page.get_by_role("slider", name="Brightness").fill("0.5")
    page.get_by_role("checkbox", name="Loupe").check()
    picture = page.locator(".board canvas[data-layer=picture]")
    expect(picture).to_have_css("filter", re.compile("brightness"))
    page.reload()
    ready(page)
    expect(picture).to_have_css("filter", re.compile("brightness"))
    page.keyboard.press("Shift+V")
    expect(page.get_by_role("checkbox", name="Loupe")).to_be_checked()
    page.get_by_role("button", name="Reset").click()
    expect(picture).to_have_css("filter", "none")
