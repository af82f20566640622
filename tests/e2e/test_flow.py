"""What a worker lives in all day: taking back, two tabs, their own keys, a changed guideline, huge trees, questions."""

import re
from datetime import timedelta
from typing import Any

from django.utils import timezone
from playwright.sync_api import Page, expect

from crowd.models import Assignment, Report
from crowd.workflow.assignments import leasing
from crowd.workflow.guidelines import publishing
from tests.e2e.boards import ready, send_now
from tests.e2e.conftest import PHONE, Visit
from tests.e2e.scenes import answers, started, upload
from tests.e2e.test_labelling import hand_in, label_path
from tests.factories import make

HOSTILE = '"><img src=x onerror=alert(1)>'


def undo_bar(page: Page) -> Any:
    return page.locator('[data-part="undo"]')


def test_a_hand_in_is_taken_back_and_both_images_keep_what_was_done(visit: Visit) -> None:
    project, _, worker = started(images=2)
    page = visit(worker, label_path(project))
    ready(page)
    page.get_by_label("cat").check()
    page.keyboard.press("Control+Enter")
    expect(undo_bar(page)).to_contain_text("Handed in.")
    ready(page)
    page.get_by_label("fox").check()
    page.keyboard.press("Shift+Z")
    ready(page)
    expect(page.get_by_label("cat")).to_be_checked()
    assert answers(worker) == []
    page.get_by_label("dog").check()
    hand_in(page, worker, count=1)
    ready(page)
    expect(page.get_by_label("fox")).to_be_checked()
    page.keyboard.press("Control+Enter")
    expect(undo_bar(page)).to_be_visible()
    page.go_back()  # away within the seconds, and here again
    with page.expect_response(re.compile(r"/submit/$")):  # the answer to the first sending was never read
        page.goto(label_path(project))
    expect(page.get_by_role("heading", name="All done here")).to_be_visible()
    said = [answer["classifications"] for answer in answers(worker)]
    assert said == [{"scene": "dog"}, {"scene": "fox"}]


def test_a_held_answer_is_sent_when_its_seconds_are_over_and_a_held_down_key_hands_in_once(visit: Visit) -> None:
    project, _, worker = started(images=3)
    page = visit(worker, label_path(project))
    ready(page)
    page.get_by_label("cat").check()
    page.keyboard.down("Control")
    with page.expect_response(re.compile(r"/submit/$")):
        for _ in range(4):
            page.keyboard.down("Enter")
    expect(page.get_by_text("something is still missing")).to_have_count(0)
    assert len(answers(worker)) == 1


def test_two_tabs_have_an_image_each(visit: Visit) -> None:
    project, _, worker = started(images=3)
    first = visit(worker, label_path(project))
    ready(first)
    second = first.context.new_page()
    second.goto(label_path(project))
    ready(second)
    expect(second.get_by_text("Labelling is open in another tab too.")).to_be_visible()
    for page, scene in ((first, "cat"), (second, "dog")):
        page.get_by_label(scene).check()
        page.get_by_role("button", name=re.compile("Hand in")).click()
        expect(undo_bar(page)).to_be_visible()
        with page.expect_response(re.compile(r"/submit/$")) as sent:
            send_now(page)
        assert sent.value.status == 200
    assert Assignment.objects.filter(worker=worker, state="submitted").count() == 2


def test_a_lease_that_ran_out_is_told_and_the_answer_counts_where_the_place_is_free(visit: Visit) -> None:
    project, _, worker = started(images=1, lease_seconds=60)
    page = visit(worker, label_path(project))
    ready(page)
    leasing.expire(now=timezone.now() + timedelta(hours=1))
    page.get_by_label("cat").check()
    with page.expect_response(re.compile(r"/submit/$")) as sent:  # hardly any lease left: not held
        page.get_by_role("button", name=re.compile("Hand in")).click()
    assert sent.value.json()["state"] == "submitted"


def test_a_worker_has_keys_of_their_own(visit: Visit) -> None:
    project, _, worker = started(images=1)
    page = visit(worker, label_path(project))
    ready(page)
    page.keyboard.press("?")
    sheet = page.get_by_role("dialog", name="Keyboard shortcuts")
    sheet.get_by_role("button", name=re.compile("scene: dog")).click()
    page.keyboard.press("f")
    expect(sheet.get_by_text("F is the key of “Whole image”. Press it again to take it")).to_be_visible()
    page.keyboard.press("f")
    expect(sheet.get_by_text("is now F.")).to_be_visible()
    sheet.get_by_role("button", name=re.compile("Hand in and go on")).click()
    page.keyboard.press("s")
    expect(sheet.get_by_text("never happens by accident")).to_be_visible()
    page.reload()
    ready(page)
    page.keyboard.press("f")
    expect(page.get_by_label("dog")).to_be_checked()
    expect(page.locator(".choice", has_text="dog").locator("kbd")).to_have_text("F")


def test_a_changed_guideline_is_read_before_the_next_image(visit: Visit, expected_errors: list[str]) -> None:
    expected_errors.append("409")
    project, owner, worker = started(images=3, require_acknowledgement=True)
    publishing.acknowledge(project=project, number=1, worker=worker, now=timezone.now())
    page = visit(worker, label_path(project))
    ready(page)
    now = timezone.now()
    body = "# Look\n\nNew: mind the shade."
    publishing.draft(project=project, by=owner, body=body, schema=make.SCHEMA, note="Shade.", now=now)
    publishing.publish(project=project, number=2, by=owner, now=now)
    for scene in ("cat", "dog"):
        page.get_by_label(scene).check()
        page.keyboard.press("Control+Enter")
        if scene == "cat":
            ready(page)  # it was reserved before
    expect(page.get_by_role("heading", name="A new guideline version")).to_be_visible()
    expect(page.get_by_text("+New: mind the shade.")).to_be_visible()
    page.get_by_role("button", name="I have read it").click()
    ready(page)
    expect(page.locator("[data-guideline-number]")).to_have_text("2")
    page.keyboard.press("Shift+G")
    page.keyboard.type("shade")
    expect(page.locator("[data-guideline-count]")).to_have_text("1 of 1")


def test_one_of_ten_thousand_options_is_found_by_keyboard_with_hostile_names(visit: Visit) -> None:
    families = [
        {"name": f"family{a}", "options": [{"name": f"kind{a}-{b}"} for b in range(99)]} for a in range(100)
    ] + [{"name": HOSTILE}]
    schema = {"classifications": [{"name": "what", "kind": "single", "options": families}], "objects": []}
    owner = make.user("owner")
    project = make.project(owner, schema=schema)
    upload(project, owner, f"{HOSTILE}.jpg", "other.jpg")
    worker = make.member(project)
    page = visit(worker, label_path(project))
    ready(page)
    box = page.get_by_role("combobox", name="what")
    page.keyboard.press("/")
    expect(box).to_be_focused()
    page.keyboard.type("family7 kind7-42")
    expect(page.get_by_role("option")).to_have_count(1)
    page.keyboard.press("Enter")
    with page.expect_response(re.compile(r"/submit/$")):
        page.keyboard.press("Control+Enter")
        send_now(page)
    ready(page)
    box.fill("onerror")
    expect(page.get_by_role("option", name=HOSTILE)).to_be_visible()
    box.fill("family")
    expect(page.get_by_role("option")).to_have_count(50)
    page.keyboard.press("Escape")
    page.keyboard.press("Escape")
    page.get_by_role("button", name="family7/kind7-42").click()  # chosen last
    hand_in(page, worker, count=2)
    assert {answer["classifications"]["what"] for answer in answers(worker)} == {"family7/kind7-42"}


def test_a_question_is_asked_and_answered_without_leaving_the_image(visit: Visit) -> None:
    project, owner, worker = started(images=1)
    page = visit(worker, label_path(project), **PHONE)
    ready(page)
    page.get_by_role("button", name="Ask or report").click()
    page.get_by_label("Something is wrong with this image").check()
    page.get_by_label("Shows private data").check()
    page.get_by_label("More about it").fill(HOSTILE)
    with page.expect_response(re.compile(r"/report/$")) as sent:
        page.get_by_role("button", name="Send").click()
    assert sent.value.status == 201
    assert Report.objects.get().comment == f"Shows private data: {HOSTILE}"
    theirs = visit(owner, f"/projects/{project.slug}/review/")
    expect(theirs.get_by_text("Reported", exact=False).first).to_be_visible()
    theirs.get_by_role("link", name="Reports").click()
    theirs.get_by_label(re.compile("Your answer to")).fill("We take it out.")
    theirs.get_by_role("button", name="Answer").click()
    expect(theirs.get_by_text("will read your answer")).to_be_visible()
    page.reload()
    ready(page)
    expect(page.get_by_text("We take it out.")).to_be_visible()
    page.get_by_role("button", name="Close").first.click()
    page.goto(f"/projects/{project.slug}/")
    expect(page.get_by_text("Answer: We take it out.")).to_be_visible()
