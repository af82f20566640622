"""A worker who is paused, appeals and goes on; and what the owner sees of a worker."""

import random
from datetime import timedelta

from django.utils import timezone
from playwright.sync_api import expect

from crowd.models import Appeal, Project, Standing, User
from crowd.workflow import gold
from crowd.workflow.assignments import submission
from crowd.workflow.consensus import fitting
from crowd.workflow.workers import standing, suspecting
from tests.e2e.conftest import PHONE, Visit
from tests.e2e.scenes import started, upload
from tests.factories import make


def test_a_paused_worker_sees_why_appeals_and_is_let_go_on(visit: Visit, expected_errors: list[str]) -> None:
    expected_errors.append("403")  # the claim that is refused
    project, owner, worker = started(images=2)
    how = {"project": project, "username": "worker", "by": owner, "now": timezone.now()}
    standing.set_status(status="paused", reason="Please read version 2 first.", **how)
    page = visit(worker, f"/projects/{project.slug}/label/", **PHONE)
    expect(page.get_by_text("Please read version 2 first.")).to_be_visible()
    page.get_by_role("link", name="Your record").click()
    page.get_by_role("link", name="Appeal").click()
    page.get_by_role("button", name="Send the appeal").click()
    expect(page.get_by_text("This field is required.")).to_be_visible()
    page.get_by_label("What should the owner know?").fill("I have read it now.")
    page.get_by_role("button", name="Send the appeal").click()
    expect(page.get_by_text("Your appeal is with the project’s owner.")).to_be_visible()
    expect(page.get_by_role("link", name="Appeal")).to_have_count(0)

    theirs = visit(owner, f"/projects/{project.slug}/workers/")
    expect(theirs.get_by_text("Appeals", exact=True)).to_be_visible()
    theirs.get_by_role("link", name="worker", exact=True).click()
    theirs.get_by_role("button", name="Reject the appeal").click()
    expect(theirs.get_by_text("Say why.")).to_be_visible()
    theirs.get_by_label("Your answer").fill("Welcome back.")
    theirs.get_by_role("button", name="Let worker go on").click()
    expect(theirs.get_by_text("The appeal is upheld.")).to_be_visible()
    assert Appeal.objects.get().decided_by == owner

    page.reload()
    expect(page.get_by_text("Welcome back.")).to_be_visible()
    page.get_by_role("link", name="Start labelling").click()
    expect(page.get_by_label("cat")).to_be_visible()


def test_the_owner_sees_what_speaks_against_a_worker(visit: Visit) -> None:
    project, owner, _ = busy()
    page = visit(owner, f"/projects/{project.slug}/workers/")
    expect(page.get_by_text("Warned", exact=True)).to_be_visible()
    page.get_by_role("link", name="worker", exact=True).click()
    expect(page.get_by_role("heading", name="What speaks against them")).to_be_visible()
    expect(page.get_by_text("times in a row")).to_be_visible()
    expect(page.get_by_role("heading", name="Over time")).to_be_visible()
    expect(page.get_by_role("heading", name="scene")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    phone = visit(owner, f"/projects/{project.slug}/workers/worker/", **PHONE)
    assert phone.evaluate("document.documentElement.scrollWidth <= innerWidth")


def busy() -> tuple[Project, User, User]:
    """A project of which two honest workers and one who always says “cat” have done every image."""
    project, owner, worker = started(images=0, gold_rate=0.2, min_gold_checks=20, overlap=3, max_overlap=3)
    dice = random.Random(7)
    upload(project, owner, *(f"image-{number}.jpg" for number in range(18)))
    truth = {task.pk: dice.choice(["cat", "dog", "fox"]) for task in project.tasks.order_by("pk")}
    for task in project.tasks.order_by("pk")[:6]:
        answer = {"classifications": {"scene": truth[task.pk]}, "objects": []}
        gold.plant(image=task.image, annotation=answer, by=owner, now=timezone.now())
    crew = [make.member(project, username=name) for name in ("anna", "bert")]
    for one in (*crew, worker):
        for rng, count in ((make.AlwaysGold(), 6), (make.NeverGold(), 12)):
            for leased in make.claim(project, one, rng=rng, count=count):
                scene = "cat" if one == worker else truth[leased.task_id]
                document = {"classifications": {"scene": scene}, "objects": []}
                submission.submit(assignment=leased, annotation=document, now=timezone.now())
    fitting.refit(project_id=project.pk, now=timezone.now() + timedelta(hours=1))
    suspecting.look_over(standing_id=Standing.objects.get(worker=worker).pk, now=timezone.now())
    return project, owner, worker
