"""Every shape drawn, changed and handed in, pixel by pixel."""

import json
import math
from typing import Any

from django.utils import timezone
from playwright.sync_api import Page, expect

from crowd.models import Project, User
from crowd.workflow.predictions import prelabels
from tests.e2e.boards import Board, choose, hand_in, same
from tests.e2e.conftest import PHONE, Visit
from tests.e2e.pictures import SIZE
from tests.e2e.scenes import started

SHAPES: dict[str, Any] = {
    "classifications": [],
    "objects": [
        {"name": "car", "shape": "box", "min_side": 4},
        {"name": "ship", "shape": "rotated_box"},
        {"name": "cell", "shape": "polygon"},
        {"name": "lane", "shape": "polyline"},
        {"name": "fruit", "shape": "ellipse"},
        {"name": "spot", "shape": "point"},
        {
            "name": "person",
            "shape": "keypoints",
            "keypoints": ["nose", "neck", "hand"],
            "skeleton": [[0, 1], [1, 2]],
        },
        {"name": "pallet", "shape": "cuboid"},
    ],
}


def opened(visit: Visit, *, images: int = 1, **options: Any) -> tuple[Page, Board, Project, User]:
    project, _, worker = started(images=images, schema=SHAPES)
    page = visit(worker, f"/projects/{project.slug}/label/", **options)
    return page, Board(page, SIZE), project, worker


def actions(page: Page) -> Any:
    return page.get_by_role("group", name="While drawing")


def test_each_shape_is_drawn_by_mouse_to_the_hundredth(visit: Visit) -> None:
    page, board, _, worker = opened(visit)
    at = board.image
    choose(page, "ship")
    board.drag((30, 30), (90, 30))
    board.click((60, 50))
    choose(page, "cell")
    board.click((120, 20), (160, 20), (160, 50), (130, 60))
    page.keyboard.press("Enter")
    choose(page, "lane")
    board.click((20, 100), (60, 110))
    page.mouse.dblclick(*board.screen(100, 90))
    choose(page, "fruit")
    board.drag((120, 80), (180, 120))
    choose(page, "spot")
    board.click((200, 30))
    choose(page, "person")
    expect(actions(page)).to_contain_text("Next: nose (1 of 3)")
    board.click((220, 60))
    board.click((220, 90), modifiers=["Shift"])
    page.keyboard.press("Shift+x")
    choose(page, "pallet")
    board.drag((40, 140), (90, 180))
    board.click((100, 130))
    page.reload()
    Board(page, SIZE)
    expect(page.locator(".object")).to_have_count(7)
    ship, cell, lane, fruit, spot, person, pallet = hand_in(page, worker, count=1)
    (left, top), (right, _), (_, bottom) = at(30, 30), at(90, 30), at(60, 50)
    wanted = [(left + right) / 2, (top + bottom) / 2, right - left, bottom - top, 0]
    assert same(ship["rotated_box"], wanted)
    assert same(cell["polygon"], [board.images((120, 20), (160, 20), (160, 50), (130, 60))])
    assert same(lane["polyline"], board.images((20, 100), (60, 110), (100, 90)))
    (left, top), (right, bottom) = at(120, 80), at(180, 120)
    assert same(fruit["ellipse"], [(left + right) / 2, (top + bottom) / 2, (right - left) / 2, (bottom - top) / 2, 0])
    assert same(spot["point"], at(200, 30))
    assert same(person["keypoints"], [[*at(220, 60), 2], [*at(220, 90), 1], [0, 0, 0]])
    (left, top), (right, bottom), (_, back) = at(40, 140), at(90, 180), at(100, 130)
    over = at(100, 130)[0] - right
    front = [[left, top], [right, top], [right, bottom], [left, bottom]]
    assert same(pallet["cuboid"], front + [[x + over, y + back - top] for x, y in front])


def test_a_polygon_is_mended_point_by_point_and_gets_a_hole(visit: Visit) -> None:
    page, board, _, worker = opened(visit)
    choose(page, "cell")
    board.click((40, 30), (140, 30), (140, 130), (90, 170))
    page.keyboard.press("Backspace")
    board.click((40, 130), (40, 30))  # the last closes it
    page.keyboard.press("v")
    board.drag((140, 130), (150, 140))
    board.drag((90, 30), (90, 20))  # the middle of an edge becomes a point
    board.click((40, 130), modifiers=["Alt"])
    page.keyboard.press("Shift+h")
    board.click((80, 50), (110, 50), (110, 70))
    page.keyboard.press("Enter")
    page.keyboard.press("Shift+h")
    board.click((100, 60), (290, 60), (290, 70))
    page.keyboard.press("Enter")
    expect(page.get_by_text("Two of its outlines cross")).to_be_visible()
    page.keyboard.press("Escape")
    [cell] = hand_in(page, worker, count=1)
    outer, hole = cell["polygon"]
    assert same(outer, board.images((40, 30), (90, 20), (140, 30), (150, 140)), within=0.3)
    assert same(hole, board.images((80, 50), (110, 50), (110, 70)))


def test_a_stroke_draws_an_outline_and_one_that_crosses_itself_is_not_sent(visit: Visit) -> None:
    page, board, _, worker = opened(visit)
    choose(page, "cell")
    board.drag((40, 40), (140, 40), (140, 120), (40, 120), (40, 41))
    expect(page.locator(".object")).to_have_count(1)
    board.click((200, 40), (260, 120), (260, 40), (200, 120))
    page.keyboard.press("Enter")
    expect(page.get_by_text("The outline crosses itself near (230, 80)").first).to_be_visible()
    page.get_by_role("button", name="Hand in").click()
    expect(page.locator(".object--fault")).to_contain_text("crosses or touches itself near (230, 80)")
    page.keyboard.press("Delete")
    [cell] = hand_in(page, worker, count=1)
    [ring] = cell["polygon"]
    assert 4 <= len(ring) <= 6
    for corner in board.images((40, 40), (140, 40), (140, 120), (40, 120)):
        assert min(math.dist(corner, point) for point in ring) < 0.5


def test_points_snap_to_corners_and_edges_of_others(visit: Visit) -> None:
    page, board, _, worker = opened(visit)
    choose(page, "car")
    board.drag((40, 40), (100, 100))
    choose(page, "lane")
    page.get_by_role("button", name="Snap points").click()
    board.click((101, 41), (99, 70), (150, 150))
    board.click((42, 98), modifiers=["Control"])
    page.keyboard.press("Enter")
    car, lane = hand_in(page, worker, count=1)
    x, y, w, _ = car["box"]
    wanted = [[x + w, y], [x + w, board.image(0, 70)[1]], board.image(150, 150), board.image(42, 98)]
    assert same(lane["polyline"], wanted, within=0.02)


def test_shapes_are_turned_moved_copied_and_deleted(visit: Visit) -> None:
    page, board, _, worker = opened(visit)
    choose(page, "fruit")
    board.drag((100, 80), (180, 120))
    left, top = board.screen(140, 80)
    right, middle = board.screen(200, 100)
    page.keyboard.press("v")
    board.drag_handle((left, top - 26), (right, middle))  # the handle that turns, to the right: a quarter
    page.keyboard.press("Control+d")
    page.keyboard.press("Control+d")
    expect(page.locator(".object")).to_have_count(3)
    page.keyboard.press("Delete")
    page.locator(".object__take").last.click()
    page.locator(".board").focus()
    page.keyboard.press("Alt+ArrowRight")
    page.keyboard.press("Shift+ArrowLeft")
    first, second = hand_in(page, worker, count=1)
    cx, cy, rx, ry, degrees = first["ellipse"]
    assert abs(degrees - 90) < 1
    aside = 12 / board.scale
    assert same(second["ellipse"], [cx + aside - 10, cy + aside, rx + 0.5, ry, degrees], within=0.03)


def test_every_shape_is_placed_moved_and_sized_by_keyboard(visit: Visit) -> None:
    page, _, _, worker = opened(visit)
    for number, item in enumerate(SHAPES["objects"], start=1):
        page.keyboard.press(f"Digit{number}")
        page.keyboard.press("n")
        expect(page.locator(".object")).to_have_count(number)
        page.keyboard.press("ArrowRight")
        page.keyboard.press("Alt+ArrowDown")
        if item["shape"] in ("polygon", "polyline"):
            page.keyboard.press(".")
            page.keyboard.press("Shift+ArrowUp")
            page.keyboard.press("Insert")
            page.keyboard.press("Escape")
    objects = hand_in(page, worker, count=1)
    assert [each["label"] for each in objects] == [item["name"] for item in SHAPES["objects"]]
    assert [len(objects[2]["polygon"][0]), len(objects[3]["polyline"])] == [7, 4]


def test_a_finger_draws_every_shape_of_several_points(visit: Visit) -> None:
    page, board, _, worker = opened(visit, **PHONE)
    bar = actions(page)

    def take(name: str) -> Board:
        page.locator(".class-button").filter(has=page.get_by_text(name, exact=True)).tap()
        return Board(page, SIZE)

    def tap(board: Board, *points: tuple[float, float]) -> None:
        for point in points:
            board.tap(point)
            page.wait_for_timeout(450)

    board = take("cell")
    tap(board, (30, 30), (100, 30), (100, 90), (60, 150))
    bar.get_by_role("button", name="Undo point").tap()
    bar.get_by_role("button", name="Done").tap()
    cell = board.images((30, 30), (100, 30), (100, 90))
    board = take("person")
    tap(board, (200, 40))
    bar.get_by_role("button", name="Skip").tap()
    bar.get_by_role("button", name="Occluded").tap()
    tap(board, (220, 90))
    person = [[*board.image(200, 40), 2], [0, 0, 0], [*board.image(220, 90), 1]]
    board = take("ship")
    tap(board, (30, 120), (90, 120), (60, 150))
    board = take("pallet")
    tap(board, (140, 120), (200, 170), (220, 110))
    drawn = hand_in(page, worker, count=1)
    assert [each["label"] for each in drawn] == ["cell", "person", "ship", "pallet"]
    assert same(drawn[0]["polygon"], [cell], within=1)  # a screen pixel
    assert same(drawn[1]["keypoints"], person, within=1)
    assert drawn[2]["rotated_box"][4] == 0


def test_proposals_are_accepted_adjusted_or_deleted(visit: Visit) -> None:
    project, owner, worker = started(images=1, schema=SHAPES)
    boxes = [[20, 20, 40, 40], [100, 20, 40, 40], [180, 20, 40, 40], [20, 120, 40, 40]]
    proposed = {"classifications": {}, "objects": [{"label": "car", "box": box, "score": 0.9} for box in boxes]}
    image = project.images.get()
    line = json.dumps({"image": image.pk, "annotation": proposed, "model": "m"}).encode()
    assert prelabels.load(project=project, lines=[line], by=owner, now=timezone.now()).created == 1
    page = visit(worker, f"/projects/{project.slug}/label/")
    board = Board(page, SIZE)
    page.keyboard.press("v")
    bar = page.get_by_role("group", name="Proposals")
    expect(bar).to_contain_text("4 proposals to check")
    page.get_by_role("button", name="Accept car 1").click()
    expect(bar).to_contain_text("3 proposals to check")
    page.reload()
    board = Board(page, SIZE)
    page.keyboard.press("v")
    expect(bar).to_contain_text("3 proposals to check")
    board.drag((120, 40), (120, 60))
    expect(bar).to_contain_text("2 proposals to check")
    page.get_by_role("button", name="Undo").click()
    expect(bar).to_contain_text("3 proposals to check")
    page.get_by_role("button", name="Redo").click()
    board.click((200, 40))
    page.keyboard.press("Enter")
    expect(bar).to_contain_text("1 proposal to check")
    bar.get_by_role("button", name="Delete all proposals").click()
    expect(bar).to_be_hidden()
    kept = hand_in(page, worker, count=1)
    assert [each["box"][0] for each in kept] == [20, 100, 180]
    assert kept[1]["box"][1] > 30
