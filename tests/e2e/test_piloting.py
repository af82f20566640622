"""A pilot in a real browser: begun by its owner, answered by everybody, read, and the rest opened."""

import re

from playwright.sync_api import Page, expect

from tests.e2e.boards import ready, send_now
from tests.e2e.conftest import PHONE, Visit
from tests.e2e.scenes import upload
from tests.factories import make


def answer(page: Page, scene: str) -> None:
    ready(page)
    page.get_by_label(scene).check()
    with page.expect_response(re.compile(r"/submit/$")):
        page.get_by_role("button", name=re.compile("Hand in")).click()
        send_now(page)


def test_an_owner_pilots_a_guideline_reads_what_to_sharpen_and_opens_the_rest(visit: Visit) -> None:
    owner = make.user("owner")
    project = make.project(owner)
    upload(project, owner, "one.jpg", "two.jpg", "three.jpg")
    workers = [make.member(project, username=name) for name in ("ann", "ben")]
    page = visit(owner, f"/projects/{project.slug}/guidelines/")
    page.get_by_role("link", name="Pilots").click()
    expect(page.get_by_text("2 workers who may work now")).to_be_visible()
    page.get_by_label("Images", exact=True).fill("1")
    page.get_by_role("button", name="Begin the pilot").click()
    expect(page.get_by_text("0 of 2 answers")).to_be_visible()
    for worker, scene in zip(workers, ("cat", "dog"), strict=True):
        bench = visit(worker, f"/projects/{project.slug}/label/", **PHONE)
        answer(bench, scene)
        expect(bench.get_by_role("heading", name="That was the pilot")).to_be_visible()
    page.reload()
    expect(page.get_by_text("cat and dog")).to_be_visible()
    expect(page.get_by_text("In 1 of 1 pairs")).to_be_visible()
    expect(page.get_by_role("heading", name="Most disputed images")).to_be_visible()
    page.locator(".tile__picture").click()
    expect(page).to_have_url(re.compile(r"/images/\d+/$"))
    page.go_back()
    page.get_by_role("button", name="Open the rest").click()
    expect(page.get_by_text("All images are given out again.")).to_be_visible()
    bench.get_by_role("button", name="Look again").click()
    answer(bench, "dog")
