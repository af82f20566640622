"""A reviewer at the desk."""

import re
from typing import Any

from playwright.sync_api import expect

from crowd.models import Conflict, Gold, Project, Task, User
from tests.e2e.conftest import Visit
from tests.e2e.scenes import upload
from tests.factories import make

A: dict[str, Any] = {"classifications": {"scene": "cat"}, "objects": [{"label": "car", "box": [10, 10, 60, 60]}]}
B: dict[str, Any] = {"classifications": {"scene": "dog"}, "objects": [{"label": "car", "box": [200, 100, 60, 60]}]}


def disputed(*, images: int = 1) -> tuple[Project, User]:
    """A project whose two workers say different things of every image, and its reviewer."""
    owner = make.user("owner")
    project = make.project(owner, overlap=2, max_overlap=2, confidence_target=1.0)
    upload(project, owner, *(f"image-{number}.jpg" for number in range(images)))
    for annotation in (A, B):
        worker = make.member(project)
        for _ in range(images):
            make.answer(project, worker, annotation)
    return project, make.member(project, "reviewer", "rita")


def test_one_workers_answer_is_taken_and_the_next_conflict_comes(visit: Visit) -> None:
    project, reviewer = disputed(images=2)
    assert Conflict.objects.filter(closed_at__isnull=True).count() == 2
    page = visit(reviewer, f"/projects/{project.slug}/review/")
    page.get_by_role("link", name="Begin with the oldest").click()
    expect(page.get_by_role("heading", name="image-0.jpg")).to_be_visible()
    page.get_by_placeholder("Comment, kept with the ruling").fill("It barks.")
    page.get_by_role("button", name="Take the answer of B").click()
    expect(page.get_by_role("heading", name="image-1.jpg")).to_be_visible()
    settled = Task.objects.get(image__name="image-0.jpg")
    assert (settled.state, settled.consensus.method, settled.consensus.by) == ("resolved", "adjudication", reviewer)
    assert (settled.consensus.annotation["classifications"], settled.consensus.comment) == (
        {"scene": "dog"},
        "It barks.",
    )


def test_no_name_of_a_worker_is_on_the_desk(visit: Visit) -> None:
    project, reviewer = disputed()
    page = visit(reviewer, f"/projects/{project.slug}/review/{Task.objects.get().pk}/")
    expect(page.locator(".layer")).to_have_count(3)
    html = page.content()
    for member in project.memberships.filter(role="worker").select_related("user"):
        assert member.user.username not in html
        assert project.standings.get(worker=member.user).pseudonym in html


def test_the_consensus_is_accepted_with_one_key(visit: Visit) -> None:
    project, reviewer = disputed()
    shown = Task.objects.get().consensus
    assert shown
    page = visit(reviewer, f"/projects/{project.slug}/review/{Task.objects.get().pk}/")
    expect(page.locator(".layer")).to_have_count(3)
    page.keyboard.press("c")
    expect(page.get_by_role("heading", name="Nothing to settle")).to_be_visible()
    task = Task.objects.get()
    assert task.state == "resolved"
    assert task.consensus.annotation == shown.annotation


def test_the_reviewers_own_answer_outranks_all_and_becomes_gold(visit: Visit) -> None:
    project, reviewer = disputed()
    page = visit(reviewer, f"/projects/{project.slug}/review/{Task.objects.get().pk}/")
    page.get_by_role("button", name="Edit the answer of A").click()
    expect(page.get_by_text("You are giving your own answer.")).to_be_visible()
    page.get_by_label("fox").check()
    page.get_by_label("Make it gold").check()
    page.get_by_role("button", name=re.compile("Rule so")).click()
    expect(page.get_by_role("heading", name="Nothing to settle")).to_be_visible()
    task = Task.objects.get()
    assert task.consensus.annotation == {**A, "classifications": {"scene": "fox"}}
    assert Gold.objects.get().annotation == task.consensus.annotation


def test_layers_are_shown_and_hidden(visit: Visit) -> None:
    project, reviewer = disputed()
    page = visit(reviewer, f"/projects/{project.slug}/review/{Task.objects.get().pk}/")
    board = page.locator(".board")
    expect(page.locator(".layer")).to_have_count(3)
    page.wait_for_timeout(300)
    with_all = board.screenshot()
    page.keyboard.press("1")
    page.wait_for_timeout(100)
    without_a = board.screenshot()
    assert with_all != without_a
    page.keyboard.press("1")
    page.wait_for_timeout(100)
    assert board.screenshot() == with_all
