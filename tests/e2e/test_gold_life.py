"""A newcomer's way to work, and an owner's care of gold, in a real browser."""

import re

from django.utils import timezone
from playwright.sync_api import Page, expect

from crowd.models import Dispute, Gold, GoldProposal
from crowd.workflow.conflicts import adjudication
from tests.e2e.boards import ready, send_now
from tests.e2e.conftest import Visit
from tests.e2e.scenes import started, upload
from tests.factories import make


def answer(page: Page, scene: str) -> None:
    ready(page)
    page.get_by_label(scene).check()
    with page.expect_response(re.compile(r"/submit/$")):
        page.get_by_role("button", name=re.compile("Hand in")).click()
        send_now(page)


def test_a_newcomer_trains_disputes_passes_the_exam_and_works(visit: Visit) -> None:
    owner = make.user("owner")
    project = make.project(owner, training_tasks=1, exam_tasks=2, exam_pass_mark=0.5)
    make.golden(project, make.DOG, use="training", explanation="It has a collar.")
    for _ in range(2):
        make.golden(project, make.CAT, use="exam")
    upload(project, owner, "ordinary.jpg")
    page = visit(make.member(project, username="worker"), f"/projects/{project.slug}/")
    expect(page.get_by_text("First comes training: 0 of 1 images done.")).to_be_visible()
    page.get_by_role("link", name="Start labelling").click()
    stage = page.locator('[data-part="stage"]')
    expect(stage).to_have_text("Training: 1 of 1")
    answer(page, "cat")
    page.get_by_text("The expected answer is wrong").click()
    page.get_by_label("What is wrong with the expected answer").fill("It has whiskers.")
    page.get_by_role("button", name="Tell the owner").click()
    expect(page.get_by_text("the project’s owner will read it")).to_be_visible()
    assert Dispute.objects.get().text == "It has whiskers."
    page.get_by_role("button", name="Next image").click()
    expect(stage).to_have_text("Exam: 1 of 2")
    answer(page, "cat")
    expect(stage).to_have_text("Exam: 2 of 2")
    answer(page, "dog")
    expect(page.get_by_text("You have passed the exam.")).to_be_visible()
    expect(stage).to_be_hidden()
    answer(page, "cat")
    expect(page.get_by_role("heading", name="All done here")).to_be_visible()


def test_whoever_fails_the_exam_is_told_so(visit: Visit, expected_errors: list[str]) -> None:
    expected_errors.append("403")
    owner = make.user("owner")
    project = make.project(owner, exam_tasks=1, exam_attempts=1)
    make.golden(project, make.CAT, use="exam")
    upload(project, owner, "ordinary.jpg")
    page = visit(make.member(project, username="worker"), f"/projects/{project.slug}/label/")
    answer(page, "dog")
    expect(page.get_by_text("0 of 1 exam images were right, and 80% are asked for.")).to_be_visible()


def test_an_owner_corrects_a_disputed_gold_and_approves_a_proposal(visit: Visit) -> None:
    project, owner, _ = started(images=1)
    task = project.tasks.get()
    adjudication.adjudicate(task=task, by=owner, annotation=make.DOG, now=timezone.now())
    task.refresh_from_db()
    GoldProposal.objects.create(
        project=project, task=task, consensus=task.consensus, answers=3, created_at=timezone.now()
    )
    page = visit(owner, f"/projects/{project.slug}/gold/")
    page.get_by_role("link", name="1 proposed").click()
    expect(page.get_by_text("scene: dog")).to_be_visible()
    page.get_by_label("Plant as").select_option("exam")
    page.get_by_role("button", name="Approve the chosen").click()
    expect(page.get_by_role("heading", name="Nothing proposed")).to_be_visible()
    assert Gold.objects.get().use == "exam"
    page.get_by_role("link", name="All gold").click()
    page.get_by_role("link", name="image-0.jpg").click()
    page.get_by_label("fox").check()
    page.get_by_role("button", name="Keep the correction").click()
    expect(page.get_by_role("link", name="image-0.jpg")).to_be_visible()
    assert Gold.objects.get().annotation["classifications"] == {"scene": "fox"}
