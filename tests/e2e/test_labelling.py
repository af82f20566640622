"""A worker at the workbench."""

import re
from typing import Any

import pytest
from django.contrib.sessions.models import Session
from playwright.sync_api import Page, expect

from crowd.models import Assignment, User
from tests.e2e.boards import ready, send_now
from tests.e2e.conftest import PHONE, Visit
from tests.e2e.pictures import BOX, TURNED, red_on_screen
from tests.e2e.scenes import BOXES, answers, started, upload
from tests.factories import make


def label_path(project: Any) -> str:
    return f"/projects/{project.slug}/label/"


def drag(page: Page, start: tuple[float, float], end: tuple[float, float]) -> None:
    page.mouse.move(*start)
    page.mouse.down()
    page.mouse.move((start[0] + end[0]) / 2, (start[1] + end[1]) / 2)
    page.mouse.move(*end)
    page.mouse.up()


def hand_in(page: Page, worker: User, *, count: int) -> list[dict[str, Any]]:
    """Hand in, wait no longer for an undo, and see that the database has `count` answers."""
    ready(page)
    with page.expect_response(re.compile(r"/submit/$")) as response:
        page.get_by_role("button", name=re.compile("Hand in")).click()
        send_now(page)
    assert response.value.status == 200, response.value.text()
    found = answers(worker)
    assert len(found) == count
    return found


def close_to(found: list[float], wanted: list[float], *, within: float) -> bool:
    return all(abs(a - b) <= within for a, b in zip(found, wanted, strict=True))


@pytest.mark.parametrize(("orientation", "density"), [(1, 1), (TURNED, 1), (1, 2)], ids=["plain", "turned", "dense"])
def test_a_box_drawn_over_the_rectangle_is_the_rectangle(visit: Visit, orientation: int, density: int) -> None:
    owner = make.user("owner")
    project = make.project(owner, schema=BOXES)
    upload(project, owner, "red.jpg", orientation=orientation)
    worker = make.member(project)
    page = visit(worker, label_path(project), device_scale_factor=density)
    ready(page)
    left, top, right, bottom = red_on_screen(page, density=density)
    drag(page, (left, top), (right, bottom))
    [answer] = hand_in(page, worker, count=1)
    [drawn] = answer["objects"]
    assert drawn["label"] == "car"
    pixel = 100 / (right - left)  # of the image, for one of the screen
    assert close_to(drawn["box"], BOX, within=pixel)


def test_coordinates_are_exact_to_the_hundredth(visit: Visit) -> None:
    project, _, worker = started(images=1, schema=BOXES)
    page = visit(worker, label_path(project))
    ready(page)
    board = page.locator(".board").bounding_box()
    assert board
    scale = min((board["width"] - 32) / 300, (board["height"] - 32) / 200)
    corner = board["x"] + (board["width"] - 300 * scale) / 2, board["y"] + (board["height"] - 200 * scale) / 2
    start, end = (400.0, 300.0), (611.0, 457.0)
    drag(page, start, end)
    [answer] = hand_in(page, worker, count=1)
    x, y = ((start[i] - corner[i]) / scale for i in (0, 1))
    far = [(end[i] - corner[i]) / scale for i in (0, 1)]
    assert close_to(answer["objects"][0]["box"], [x, y, far[0] - x, far[1] - y], within=0.0101)


def test_zoomed_and_panned_the_rectangle_is_still_the_rectangle(visit: Visit) -> None:
    project, _, worker = started(images=1, schema=BOXES)
    page = visit(worker, label_path(project))
    ready(page)
    left, top, right, bottom = red_on_screen(page)
    page.mouse.move((left + right) / 2, (top + bottom) / 2)
    page.mouse.wheel(0, -200)
    drag_with_middle = page.mouse
    drag_with_middle.down(button="middle")
    drag_with_middle.move((left + right) / 2 + 31, (top + bottom) / 2 - 17)
    drag_with_middle.up(button="middle")
    page.mouse.move(5, 5)
    page.wait_for_timeout(150)
    left, top, right, bottom = red_on_screen(page)
    drag(page, (left, top), (right, bottom))
    [answer] = hand_in(page, worker, count=1)
    assert close_to(answer["objects"][0]["box"], BOX, within=100 / (right - left))


def test_two_clicks_draw_the_same_box_as_a_drag(visit: Visit) -> None:
    project, _, worker = started(images=2, schema=BOXES)
    page = visit(worker, label_path(project))
    ready(page)
    drag(page, (400, 300), (600, 450))
    hand_in(page, worker, count=1)
    ready(page)
    page.mouse.click(400, 300)
    page.mouse.move(500, 400)
    page.mouse.click(600, 450)
    first, second = hand_in(page, worker, count=2)
    assert first == second


def test_a_question_is_answered_and_the_next_image_comes_without_a_reload(visit: Visit) -> None:
    project, _, worker = started(images=3)
    page = visit(worker, label_path(project))
    ready(page)
    page.evaluate("window.stayed = true")
    for number, name in enumerate(("cat", "dog", "fox"), start=1):
        ready(page)
        page.get_by_label(name).check()
        hand_in(page, worker, count=number)
    assert [answer["classifications"]["scene"] for answer in answers(worker)] == ["cat", "dog", "fox"]
    expect(page.get_by_role("heading", name="All done here")).to_be_visible()
    assert page.evaluate("window.stayed") is True


def test_the_next_image_is_reserved_ahead_and_no_more_than_that(visit: Visit) -> None:
    project, _, worker = started(images=5)
    page = visit(worker, label_path(project))
    ready(page)
    page.wait_for_timeout(300)
    held = Assignment.objects.filter(worker=worker, state="leased")
    assert held.count() == 2
    page.get_by_label("cat").check()
    hand_in(page, worker, count=1)
    ready(page)
    page.wait_for_timeout(300)
    assert held.count() == 2


def test_everything_can_be_done_by_keyboard(visit: Visit) -> None:
    project, _, worker = started(images=1)
    page = visit(worker, label_path(project))
    ready(page)
    page.keyboard.press("Digit1")  # draw cars
    page.keyboard.press("n")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Shift+ArrowDown")
    page.keyboard.press("Alt+ArrowLeft")
    page.keyboard.press("Digit3")  # the scene: cat is 2, dog is 3
    with page.expect_response(re.compile(r"/submit/$")):
        page.keyboard.press("Control+Enter")
        send_now(page)
    [answer] = answers(worker)
    assert answer["classifications"] == {"scene": "dog"}
    [drawn] = answer["objects"]
    assert drawn["label"] == "car"
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Keyboard shortcuts")).to_be_visible()


def test_undo_redo_and_delete(visit: Visit) -> None:
    project, _, worker = started(images=1, schema=BOXES)
    page = visit(worker, label_path(project))
    ready(page)
    objects = page.locator(".object")
    drag(page, (400, 300), (500, 400))
    drag(page, (520, 300), (620, 400))
    expect(objects).to_have_count(2)
    page.keyboard.press("Control+z")
    expect(objects).to_have_count(1)
    page.keyboard.press("Control+Shift+z")
    expect(objects).to_have_count(2)
    page.get_by_role("button", name="Delete car 1").click()
    expect(objects).to_have_count(1)
    page.get_by_role("button", name="Undo").click()
    expect(objects).to_have_count(2)


def test_an_object_is_moved_and_resized(visit: Visit) -> None:
    project, _, worker = started(images=1, schema=BOXES)
    page = visit(worker, label_path(project))
    ready(page)
    board = page.locator(".board").bounding_box()
    assert board
    scale = min((board["width"] - 32) / 300, (board["height"] - 32) / 200)
    drag(page, (400, 300), (500, 400))
    page.keyboard.press("v")
    drag(page, (450, 350), (480, 340))
    drag(page, (530, 390), (560, 410))  # its corner at the bottom right
    [answer] = hand_in(page, worker, count=1)
    w, h = answer["objects"][0]["box"][2:]
    assert close_to([w * scale, h * scale], [130, 120], within=0.05)


def test_a_draft_survives_a_reload(visit: Visit) -> None:
    project, _, worker = started(images=2)
    page = visit(worker, label_path(project))
    ready(page)
    drag(page, (400, 300), (500, 400))
    with page.expect_response(lambda response: response.request.method == "PATCH") as saved:
        page.get_by_label("dog").check()
    assert saved.value.status == 200
    expect(page.get_by_text("Draft saved")).to_be_visible(timeout=15_000)
    leased = Assignment.objects.get(worker=worker, draft__isnull=False)
    assert leased.draft["classifications"] == {"scene": "dog"}
    page.reload()
    ready(page)
    expect(page.get_by_label("dog")).to_be_checked()
    expect(page.locator(".object")).to_have_count(1)
    hand_in(page, worker, count=1)
    assert Assignment.objects.get(pk=leased.pk).annotation["classifications"] == {"scene": "dog"}


def test_what_was_done_a_moment_before_the_tab_died_is_still_there(visit: Visit) -> None:
    project, _, worker = started(images=1)
    page = visit(worker, label_path(project))
    ready(page)
    page.route("**/api/v1/assignments/**", lambda route: route.abort())  # nothing reaches the server any more
    page.get_by_label("fox").check()
    page.unroute("**/api/v1/assignments/**")
    page.goto("about:blank")
    page.goto(label_path(project))
    ready(page)
    expect(page.get_by_label("fox")).to_be_checked()


def test_offline_answers_wait_in_the_browser_and_are_sent_later(visit: Visit, expected_errors: list[str]) -> None:
    expected_errors.append("ERR_INTERNET_DISCONNECTED")
    project, _, worker = started(images=3)
    page = visit(worker, label_path(project))
    ready(page)
    page.get_by_label("cat").check()
    page.wait_for_timeout(300)  # the next image is on its way
    page.context.set_offline(True)
    page.get_by_role("button", name=re.compile("Hand in")).click()
    send_now(page)
    expect(page.get_by_text("1 answer waits in this browser")).to_be_visible()
    assert answers(worker) == []
    page.context.set_offline(False)
    expect(page.get_by_text("waits in this browser")).to_be_hidden(timeout=15_000)
    assert [answer["classifications"] for answer in answers(worker)] == [{"scene": "cat"}]


def test_an_answer_given_after_the_session_ended_is_sent_after_signing_in_again(
    visit: Visit, expected_errors: list[str]
) -> None:
    expected_errors += ["401", "403"]
    project, _, worker = started(images=2)
    page = visit(worker, label_path(project))
    ready(page)
    page.get_by_label("fox").check()
    page.wait_for_timeout(300)  # the next image is on its way
    Session.objects.all().delete()
    page.get_by_role("button", name=re.compile("Hand in")).click()
    send_now(page)
    expect(page.get_by_text("You are signed out. 1 answer waits in this browser")).to_be_visible()
    other = page.context.new_page()
    other.goto("/accounts/login/")
    other.get_by_label("User name or e-mail").fill(worker.username)
    other.get_by_label("Password").fill("secret-pass-1")
    other.get_by_role("button", name="Sign in").click()
    expect(other.get_by_role("heading", name="Your projects")).to_be_visible()
    expect(page.get_by_text("waits in this browser")).to_be_hidden(timeout=20_000)
    assert [answer["classifications"] for answer in answers(worker)] == [{"scene": "fox"}]


def test_a_missing_answer_is_named_beside_its_question(visit: Visit) -> None:
    project, _, worker = started(images=1)
    page = visit(worker, label_path(project))
    ready(page)
    page.keyboard.press("Control+Enter")
    question = page.get_by_role("group", name=re.compile("scene"))
    expect(question.get_by_text("This question needs an answer.")).to_be_visible()
    assert answers(worker) == []


def test_an_image_is_skipped_with_a_reason(visit: Visit) -> None:
    project, _, worker = started(images=2)
    page = visit(worker, label_path(project))
    ready(page)
    page.get_by_role("button", name="Skip", exact=True).click()
    page.get_by_label("I cannot tell the right answer").check()
    with page.expect_response(re.compile(r"/skip/$")):
        page.get_by_role("button", name="Skip it").click()
        send_now(page)
    ready(page)
    skipped = Assignment.objects.get(worker=worker, state="skipped")
    assert skipped.reason == "I cannot tell the right answer"


def test_training_shows_what_was_expected(visit: Visit) -> None:
    owner = make.user("owner")
    project = make.project(owner, training_tasks=1)
    make.golden(project, make.DOG, use="training", explanation="It has a <b>collar</b>.")
    upload(project, owner, "ordinary.jpg")
    worker = make.member(project)
    page = visit(worker, label_path(project))
    ready(page)
    page.get_by_label("cat").check()
    page.get_by_role("button", name=re.compile("Hand in")).click()
    expect(page.get_by_text("It has a <b>collar</b>.")).to_be_visible()
    expect(page.get_by_text("scene: dog")).to_be_visible()
    page.get_by_role("button", name="Next image").click()
    ready(page)


def test_a_paused_worker_is_told_why_in_the_language_they_chose(visit: Visit, expected_errors: list[str]) -> None:
    expected_errors.append("403")
    project, _, worker = started(images=1)
    reason = "3 of 9 outlines are all but identical to outlines that somebody else drew before. "
    reason += "That does not happen to people who draw for themselves."
    project.standings.update(status="paused", reason=reason)
    page = visit(worker, label_path(project))
    expect(page.get_by_role("heading", name="Work here is paused")).to_be_visible()
    expect(page.get_by_text(reason)).to_be_visible()
    page.context.add_cookies([{"name": "crowd_language", "value": "de", "url": page.url}])
    page.reload()
    expect(page.get_by_role("heading", name="Die Arbeit hier ist pausiert")).to_be_visible()
    expect(page.get_by_text("3 von 9 Umrissen gleichen fast völlig solchen")).to_be_visible()


def test_a_new_guideline_is_acknowledged_first(visit: Visit, expected_errors: list[str]) -> None:
    expected_errors.append("409")
    project, _, worker = started(images=1, require_acknowledgement=True)
    page = visit(worker, label_path(project))
    expect(page.get_by_role("heading", name="First read the guideline")).to_be_visible()
    page.get_by_role("button", name="I have read it").click()
    ready(page)


def test_a_phone_labels_by_touch(visit: Visit) -> None:
    project, _, worker = started(images=1)
    page = visit(worker, label_path(project), **PHONE)
    ready(page)
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    left, top, right, bottom = red_on_screen(page)
    page.touchscreen.tap(left, top)
    page.touchscreen.tap(right, bottom)
    expect(page.locator(".object")).to_have_count(1)
    page.get_by_role("radio", name="cat").tap()
    with page.expect_response(re.compile(r"/submit/$")):
        page.get_by_role("button", name=re.compile("Hand in")).tap()
        send_now(page)
    [answer] = answers(worker)
    assert answer["classifications"] == {"scene": "cat"}
    assert close_to(answer["objects"][0]["box"], BOX, within=100 / (right - left))


def test_a_phone_draws_by_dragging_and_zooms_by_pinching(visit: Visit) -> None:
    project, _, worker = started(images=1, schema=BOXES)
    page = visit(worker, label_path(project), **PHONE)
    ready(page)
    hand = page.context.new_cdp_session(page)

    def touch(kind: str, *points: tuple[float, float]) -> None:
        spots = [{"x": x, "y": y, "id": number} for number, (x, y) in enumerate(points)]
        hand.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": spots})

    left, top, right, _ = red_on_screen(page)
    before = right - left
    touch("touchStart", (150, 250))
    touch("touchStart", (150, 250), (250, 250))
    touch("touchMove", (140, 250), (260, 250))
    touch("touchMove", (125, 250), (275, 250))
    touch("touchEnd")
    page.wait_for_timeout(150)
    left, top, right, _ = red_on_screen(page)
    assert (right - left) / before > 1.2
    expect(page.locator(".object")).to_have_count(0)
    touch("touchStart", (left + 8, top + 8))
    touch("touchMove", (left + 40, top + 30))
    touch("touchMove", (left + 60, top + 50))
    touch("touchEnd")
    expect(page.locator(".object")).to_have_count(1)
