"""An owner looks through many images, changes some together, and reads what happened to one."""

import json

from django.utils import timezone
from playwright.sync_api import expect

from crowd.models import Task
from crowd.workflow.conflicts import adjudication
from crowd.workflow.consensus import resolving
from crowd.workflow.predictions import prelabels
from tests.e2e.conftest import PHONE, Visit
from tests.factories import make

CAR = {"classifications": {"scene": "cat"}, "objects": [{"label": "car", "box": [10, 10, 30, 20]}]}


def test_many_images_are_scrolled_through_chosen_and_changed_together(visit: Visit) -> None:
    owner = make.user("owner")
    project = make.project(owner)
    make.images(project, 160, width=80, height=60)
    page = visit(owner, f"/projects/{project.slug}/images/")
    names = list(Task.objects.order_by("-pk").values_list("image__name", flat=True))
    expect(page.get_by_role("link", name=names[0])).to_be_visible()
    expect(page.locator(".tile img").first).to_have_js_property("complete", True)
    for _ in range(40):
        page.mouse.wheel(0, 2500)
        page.wait_for_timeout(60)
        if page.get_by_role("link", name=names[-1], exact=True).count():
            break
    expect(page.get_by_role("link", name=names[-1], exact=True)).to_be_visible()
    expect(page.get_by_text("160 images.")).to_be_visible()
    assert page.locator(".tile").count() < 150  # the rest is empty space
    page.evaluate("window.scrollTo(0, 0)")
    page.get_by_label(f"Choose {names[1]}", exact=True).check()
    page.get_by_label(f"Choose {names[4]}", exact=True).click(modifiers=["Shift"])
    expect(page.get_by_text("4 chosen")).to_be_visible()
    page.get_by_label("Value").fill("9")
    page.get_by_role("button", name="Do it").click()
    expect(page.get_by_text("4 changed.")).to_be_visible()
    assert set(Task.objects.filter(priority=9).values_list("image__name", flat=True)) == set(names[1:5])
    page.get_by_label(f"Choose {names[0]}", exact=True).check()
    page.get_by_role("button", name="Choose all that match").click()
    page.get_by_label("Value").fill("3")
    page.once("dialog", lambda dialog: dialog.accept())
    page.get_by_role("button", name="Do it").click()
    expect(page.get_by_text("160 changed.")).to_be_visible(timeout=30_000)
    assert set(Task.objects.values_list("priority", flat=True)) == {3}


def test_images_are_filtered_and_one_is_read_to_its_end(visit: Visit) -> None:
    owner = make.user("owner")
    project = make.project(owner, max_overlap=3, consensus="majority")
    [image, _] = make.images(project, 2, width=200, height=150)
    task = Task.objects.get(image=image)
    line = json.dumps({"image": str(image.pk), "annotation": CAR, "model": "finder-2", "score": 0.7}).encode()
    prelabels.load(project=project, lines=[line], by=owner, now=timezone.now())
    for scene in (CAR, make.DOG, make.FOX):
        make.answer(project, make.member(project), scene)
        make.answer(project, project.standings.order_by("-pk")[0].worker, scene)
    resolving.look_again(task_id=task.pk, now=timezone.now())
    task.refresh_from_db()
    adjudication.adjudicate(task=task, annotation=CAR, by=owner, comment="It is a car.", now=timezone.now())
    page = visit(owner, f"/projects/{project.slug}/images/", **PHONE)
    page.get_by_text("More filters").click()
    page.get_by_label("Class").fill("car")
    page.get_by_label("Confidence from").fill("0.9")
    page.get_by_role("button", name="Show them").click()
    expect(page).to_have_url(f"{page.url.split('?')[0]}?class=car&confidence_above=0.9")
    expect(page.locator(".tile")).to_have_count(1)
    page.get_by_role("button", name="Keep this filter").click()
    page.get_by_label("Name", exact=True).fill("Sure cars")
    page.get_by_role("button", name="Keep", exact=True).click()
    expect(page.get_by_text("Kept as “Sure cars”.")).to_be_visible()
    page.locator(".tile__name").click()
    expect(page.get_by_role("heading", name=image.name)).to_be_visible()
    for words in ("Label in force", "finder-2 · score 0.70", "“It is a car.”", "Settled by adjudication"):
        expect(page.get_by_text(words).first).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.get_by_label("Show Model’s proposal").check()
    page.once("dialog", lambda dialog: dialog.accept())
    page.get_by_role("button", name="Make it gold").click()
    expect(page.get_by_text("Done.")).to_be_visible()
    expect(page.get_by_role("link", name="Gold answer")).to_be_visible()
