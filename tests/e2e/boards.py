"""Drawing on the workbench's board at a known zoom."""

import re
from collections.abc import Sequence
from typing import Any

from playwright.sync_api import Page, expect

from crowd.models import User
from tests.e2e.scenes import answers

Spot = tuple[float, float]
PADDING = 16


def choose(page: Page, name: str) -> None:
    """Draw objects of this class."""
    page.locator(".class-button").filter(has=page.get_by_text(name, exact=True)).click()


def ready(page: Page) -> None:
    """Wait until an image is there to be labelled."""
    expect(page.locator("#workbench")).to_have_attribute("data-state", "labelling")
    expect(page.get_by_role("button", name=re.compile("Hand in"))).to_be_enabled()
    page.wait_for_timeout(350)  # what has only just appeared is not handed in


def send_now(page: Page) -> None:
    """Let the page send what it holds back for an undo, as when it goes out of sight."""
    page.evaluate("dispatchEvent(new Event('pagehide'))")


def hand_in(page: Page, worker: User, *, count: int) -> list[dict[str, Any]]:
    """Hand in, wait for no undo; the objects of the newest answer in the database, which then has `count`."""
    ready(page)
    with page.expect_response(re.compile(r"/submit/$")) as response:
        page.get_by_role("button", name=re.compile("Hand in")).click()
        send_now(page)
    assert response.value.status == 200, response.value.text()
    found = answers(worker)
    assert len(found) == count
    objects: list[dict[str, Any]] = found[-1]["objects"]
    return objects


class Board:
    """Where the image's pixels are on the screen while the whole image is shown."""

    def __init__(self, page: Page, size: tuple[int, int], *, of: str = "#workbench") -> None:
        expect(page.locator(of)).to_have_attribute("data-state", re.compile("labelling|looking"))
        page.wait_for_timeout(150)
        box = page.locator(".board").bounding_box()
        assert box
        self.page = page
        self.scale = min((box["width"] - 2 * PADDING) / size[0], (box["height"] - 2 * PADDING) / size[1])
        self.corner = (
            box["x"] + (box["width"] - size[0] * self.scale) / 2,
            box["y"] + (box["height"] - size[1] * self.scale) / 2,
        )

    def screen(self, x: float, y: float) -> Spot:
        """The whole screen pixel nearest to a point of the image."""
        return round(self.corner[0] + x * self.scale), round(self.corner[1] + y * self.scale)

    def image(self, x: float, y: float) -> Spot:
        """What the page must make of `screen(x, y)`: the image's coordinates there."""
        left, top = self.screen(x, y)
        return (left - self.corner[0]) / self.scale, (top - self.corner[1]) / self.scale

    def images(self, *points: Spot) -> list[Spot]:
        """`image` of each."""
        return [self.image(*point) for point in points]

    def click(self, *points: Spot, modifiers: Sequence[str] = ()) -> None:
        """Click each, slowly enough not to be a double click."""
        for key in modifiers:
            self.page.keyboard.down(key)
        for point in points:
            self.page.mouse.move(*self.screen(*point))
            self.page.mouse.click(*self.screen(*point))
        for key in modifiers:
            self.page.keyboard.up(key)

    def tap(self, *points: Spot) -> None:
        """Tap each with a finger."""
        for point in points:
            self.page.touchscreen.tap(*self.screen(*point))

    def drag(self, *points: Spot) -> None:
        """Press at the first, move through the others, let go at the last."""
        self.page.mouse.move(*self.screen(*points[0]))
        self.page.mouse.down()
        for point in points[1:]:
            self.page.mouse.move(*self.screen(*point), steps=3)
        self.page.mouse.up()

    def drag_handle(self, start: Spot, end: Spot) -> None:
        """Drag from one point of the screen to another, both as given."""
        self.page.mouse.move(*start)
        self.page.mouse.down()
        self.page.mouse.move((start[0] + end[0]) / 2, (start[1] + end[1]) / 2)
        self.page.mouse.move(*end)
        self.page.mouse.up()


def same(found: Any, wanted: Any, *, within: float = 0.0101) -> bool:
    """Whether two nested lists of numbers are the same to the hundredth that coordinates are kept to."""
    if isinstance(wanted, int | float):
        return isinstance(found, int | float) and abs(found - wanted) <= within
    pairs = zip(found, wanted, strict=True)
    return len(found) == len(wanted) and all(same(a, b, within=within) for a, b in pairs)
