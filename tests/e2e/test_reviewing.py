"""A reviewer at the desk."""

import re
from typing import Any

from django.utils import timezone
from playwright.sync_api import Page, expect

from crowd.models import Assignment, Conflict, Gold, Project, Task, User
from crowd.workflow.conflicts import samples
from crowd.workflow.workers import disputing
from tests.e2e.boards import Board, send_now
from tests.e2e.conftest import PHONE, Visit
from tests.e2e.pictures import SIZE
from tests.e2e.scenes import upload
from tests.factories import make

A: dict[str, Any] = {"classifications": {"scene": "cat"}, "objects": [{"label": "car", "box": [10, 10, 60, 60]}]}
B: dict[str, Any] = {"classifications": {"scene": "dog"}, "objects": [{"label": "car", "box": [200, 100, 60, 60]}]}
NASTY = "<img src=x onerror=alert(1)>"


def disputed(*, images: int = 1, **settings: Any) -> tuple[Project, User]:
    """A project whose two workers say different things of every image, and its reviewer."""
    owner = make.user("owner")
    project = make.project(owner, overlap=2, max_overlap=2, confidence_target=1.0, **settings)
    upload(project, owner, *(f"image-{number}.jpg" for number in range(images)))
    for annotation in (A, B):
        worker = make.member(project)
        for _ in range(images):
            make.answer(project, worker, annotation)
    return project, make.member(project, "reviewer", "rita")


def at(page: Page, name: str) -> None:
    """Wait until this image and what is known of it are on the desk."""
    task = Task.objects.get(image__name=name).pk
    expect(page.get_by_role("heading", name=name)).to_be_visible()
    expect(page.locator("#desk")).to_have_attribute("data-shown", str(task))
    expect(page.locator("#desk")).to_have_attribute("data-things", str(task))


def sent(page: Page, path: str = "adjudicate/") -> None:
    """Let what is held for an undo go, and wait until the server has it."""
    with page.expect_response(lambda response: response.url.endswith(path)) as response:
        send_now(page)
    assert response.value.ok, response.value.text()


def desk(visit: Visit, project: Project, reviewer: User, **options: Any) -> Page:
    """The desk with the first image."""
    page = visit(reviewer, f"/projects/{project.slug}/review/{Task.objects.order_by('pk')[0].pk}/", **options)
    at(page, "image-0.jpg")
    return page


def test_one_workers_answer_is_taken_and_taken_back_and_the_next_conflict_comes(visit: Visit) -> None:
    project, reviewer = disputed(images=2)
    assert Conflict.objects.filter(closed_at__isnull=True).count() == 2
    page = visit(reviewer, f"/projects/{project.slug}/review/")
    page.get_by_role("button", name="Take the next").click()
    at(page, "image-0.jpg")
    page.get_by_placeholder("Comment").fill("It barks.")
    page.get_by_placeholder("Comment").press("Enter")
    page.keyboard.press("1")
    at(page, "image-1.jpg")
    page.keyboard.press("Shift+Z")
    at(page, "image-0.jpg")
    expect(page.get_by_placeholder("Comment")).to_have_value("It barks.")
    page.get_by_role("button", name="Take the answer of B").click()
    at(page, "image-1.jpg")
    sent(page)
    settled = Task.objects.get(image__name="image-0.jpg")
    assert (settled.state, settled.consensus.method, settled.consensus.by) == ("resolved", "adjudication", reviewer)
    assert (settled.consensus.annotation["classifications"], settled.consensus.comment) == (
        {"scene": "dog"},
        "It barks.",
    )
    assert max(settled.consensus.lineage.all(), key=lambda row: row.weight).assignment.annotation == B


def test_no_name_of_a_worker_is_on_the_desk(visit: Visit) -> None:
    project, reviewer = disputed()
    page = desk(visit, project, reviewer)
    expect(page.locator(".layer")).to_have_count(3)
    html = page.content()
    for member in project.memberships.filter(role="worker").select_related("user"):
        assert member.user.username not in html
        assert project.standings.get(worker=member.user).pseudonym in html


def test_a_ruling_is_put_together_from_two_workers_by_clicks_and_by_keys(visit: Visit) -> None:
    project, reviewer = disputed()
    page = desk(visit, project, reviewer)
    board = Board(page, SIZE, of="#desk")
    board.click((40, 11))  # the edge of A's
    expect(page.get_by_text("Your ruling")).to_be_visible()
    page.get_by_role("button", name="scene: dog, as B says").click()
    page.keyboard.press("]")
    while "B" not in page.locator("[data-part=thing]").inner_text():
        page.keyboard.press("]")
    page.keyboard.press("2")
    expect(page.get_by_role("button", name="Take this car from B")).to_have_attribute("aria-pressed", "true")
    page.keyboard.press("Delete")
    expect(page.get_by_role("button", name="Leave out")).to_have_attribute("aria-pressed", "true")
    page.keyboard.press("Control+z")
    page.keyboard.press("Control+Enter")
    expect(page.get_by_role("heading", name="Nothing left to settle")).to_be_visible()
    sent(page)
    ruled = Task.objects.get().consensus
    assert ruled
    assert ruled.by == reviewer
    assert ruled.annotation["classifications"] == {"scene": "dog"}
    assert sorted(one["box"] for one in ruled.annotation["objects"]) == [[10, 10, 60, 60], [200, 100, 60, 60]]


def test_the_consensus_is_accepted_with_one_key(visit: Visit) -> None:
    project, reviewer = disputed()
    shown = Task.objects.get().consensus
    assert shown
    page = desk(visit, project, reviewer)
    page.keyboard.press("c")
    expect(page.get_by_role("heading", name="Nothing left to settle")).to_be_visible()
    sent(page)
    task = Task.objects.get()
    assert task.state == "resolved"
    assert task.consensus.annotation == shown.annotation


def test_the_reviewers_own_answer_outranks_all_and_becomes_gold(visit: Visit) -> None:
    project, reviewer = disputed()
    page = desk(visit, project, reviewer)
    page.get_by_role("button", name="Edit the answer of A").click()
    expect(page.get_by_text("You are giving your own answer.")).to_be_visible()
    page.get_by_label("fox").check()
    page.get_by_label("Make it gold").check()
    page.get_by_role("button", name=re.compile("Rule so")).click()
    expect(page.get_by_role("heading", name="Nothing left to settle")).to_be_visible()
    sent(page)
    task = Task.objects.get()
    assert task.consensus.annotation == {**A, "classifications": {"scene": "fox"}}
    assert Gold.objects.get().annotation == task.consensus.annotation


def test_layers_are_shown_compared_and_spread_and_come_back_as_they_were(visit: Visit) -> None:
    project, reviewer = disputed()
    page = desk(visit, project, reviewer)
    page.emulate_media(reduced_motion="reduce")
    board = page.locator(".board").first

    def seen() -> bytes:
        page.wait_for_timeout(150)
        return board.screenshot()

    page.wait_for_timeout(200)
    with_all = seen()
    for off, on in (("Shift+1", "Shift+1"), ("Alt+2", "Alt+2"), ("l", "l")):
        page.keyboard.press(off)
        assert seen() != with_all, off
        page.keyboard.press(on)
        assert seen() == with_all, on
    page.keyboard.press("k")
    first = seen()
    page.keyboard.press("k")
    assert seen() != first
    page.keyboard.press("d")
    expect(page.locator(".board--second")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator(".board--second")).to_have_count(0)
    assert seen() == with_all
    page.keyboard.press("?")
    expect(page.get_by_role("dialog")).to_contain_text("Take A’s answer")
    page.keyboard.press("Escape")


def test_what_people_write_is_only_text(visit: Visit) -> None:
    owner = make.user("owner")
    schema = {
        "classifications": [{"name": "x", "kind": "single", "options": [{"name": "<b>cat"}, {"name": "dog"}]}],
        "objects": [{"name": "<i>car", "shape": "box", "description": NASTY}],
    }
    project = make.project(owner, schema=schema, overlap=2, max_overlap=2, confidence_target=1.0)
    upload(project, owner, "image-0.jpg")
    for option in ("<b>cat", "dog"):
        objects = [{"label": "<i>car", "box": [10, 10, 60, 60]}] if option == "dog" else []
        make.answer(project, make.member(project), {"classifications": {"x": option}, "objects": objects})
    disputing.dispute(assignment=Assignment.objects.all()[0], text=NASTY, now=timezone.now())
    page = desk(visit, project, make.member(project, "reviewer"))
    expect(page.locator("[data-part=said]")).to_contain_text(NASTY)
    page.get_by_role("button", name="Guideline", exact=True).click()
    page.keyboard.press("]")
    expect(page.locator("[data-part=thing] strong")).to_have_text("<i>car")
    expect(page.locator("[data-part=in-question]")).to_contain_text(NASTY)
    assert page.locator("main img, main b, main i").count() == 0


def test_a_phone_is_enough_to_ask_again_and_to_take_an_answer(visit: Visit) -> None:
    project, reviewer = disputed(images=2)
    make.member(project)  # somebody is left to ask
    page = desk(visit, project, reviewer, **PHONE)
    page.get_by_role("button", name="Ask again").tap()
    expect(page.get_by_role("alert")).to_contain_text("Say in the comment")
    page.get_by_placeholder("Comment").fill("Both are wrong.")
    page.get_by_role("button", name="Ask again").tap()
    at(page, "image-1.jpg")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    sent(page, "ask/")
    page.get_by_role("button", name="Take the answer of A").tap()
    expect(page.get_by_role("heading", name=re.compile("Nothing left|image-0"))).to_be_visible()
    sent(page)
    assert Task.objects.get(image__name="image-1.jpg").consensus.annotation == A
    asked = Conflict.objects.get(task__image__name="image-0.jpg")
    assert (asked.outcome, asked.comment, asked.task.state) == ("asked", "Both are wrong.", "open")


def test_a_conflict_is_held_handed_on_and_talked_about(visit: Visit, expected_errors: list[str]) -> None:
    expected_errors.append("409 (Conflict)")
    project, reviewer = disputed(images=2)
    page = desk(visit, project, reviewer)
    conflicts = Conflict.objects.order_by("task")
    held = conflicts[0]
    expect(page.locator(".layer")).to_have_count(3)
    page.wait_for_timeout(300)
    held.refresh_from_db()
    assert held.assignee == reviewer
    second = visit(make.member(project, "reviewer", "rob"), f"/projects/{project.slug}/review/{held.task_id}/")
    expect(second.get_by_text("rita is looking at this until")).to_be_visible()
    expect(second.get_by_role("button", name="Accept consensus")).to_be_disabled()
    page.get_by_placeholder("Comment").fill(NASTY)
    page.get_by_role("button", name="Say", exact=True).click()
    expect(page.locator("[data-part=said]")).to_contain_text(NASTY)
    page.keyboard.press("u")
    expect(page.get_by_role("alert")).to_contain_text("what an expert should look at")
    page.get_by_placeholder("Comment").fill("Is this a dog?")
    page.get_by_placeholder("Comment").press("Enter")
    page.keyboard.press("u")
    at(page, "image-1.jpg")
    sent(page, "escalate/")
    held.refresh_from_db()
    assert (held.kind, held.reason, held.comments.get().text) == ("escalated", "Is this a dog?", NASTY)


def test_a_sample_is_looked_at_before_its_label_is_shown(visit: Visit) -> None:
    owner = make.user("owner")
    project = make.project(owner, overlap=1, max_overlap=1, confidence_target=0.0, review_rate=1.0)
    upload(project, owner, "image-0.jpg")
    make.answer(project, make.member(project), A)
    samples.begin_all()
    assert Conflict.objects.get().kind == "sample"
    page = desk(visit, project, make.member(project, "reviewer"))
    expect(page.get_by_text("Look first, then compare")).to_be_visible()
    for part in ("layers-box", "answers-box", "things", "history-wrap"):
        expect(page.locator(f"[data-part={part}]")).to_be_hidden()
    page.keyboard.press("c")
    expect(page.get_by_role("heading", name="image-0.jpg")).to_be_visible()
    page.keyboard.press("s")
    expect(page.locator(".layer")).to_have_count(2)
    page.keyboard.press("c")
    expect(page.get_by_role("heading", name="Nothing left to settle")).to_be_visible()
    sent(page)
    looked_at = Conflict.objects.get()
    assert (looked_at.outcome, looked_at.wrong) == ("consensus", False)
