"""The owner's charts, drawn in a real browser."""

from django.utils import timezone
from playwright.sync_api import expect

from crowd.workflow.upkeep import summarising
from tests.e2e.conftest import PHONE, Visit
from tests.factories import scene


def test_charts_are_drawn_and_their_numbers_are_there_for_whoever_cannot_see_them(visit: Visit) -> None:
    played = scene.everything()
    summarising.summarise(project_id=played.project.pk, now=timezone.now())
    page = visit(played.owner, f"/projects/{played.project.slug}/quality/workers/", **PHONE)
    page.wait_for_selector(".chart__figure canvas")
    page.get_by_text("The numbers").click()
    expect(page.locator(".chart__numbers tbody tr")).to_have_count(4)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.get_by_role("link", name="Agreement", exact=True).click()
    expect(page.get_by_role("img", name="Accuracy on gold").locator("canvas")).to_have_count(1)
