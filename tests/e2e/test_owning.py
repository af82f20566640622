"""An owner's pages in a browser."""

import copy
import hashlib
import json
import re
import uuid
import zipfile
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from crowd import storage
from crowd.formats import BY_DEFAULT
from crowd.models import Gold, Guideline, Image, Project, Release, User
from crowd.workflow import projects
from crowd.workflow.guidelines import publishing
from tests.e2e.conftest import Visit
from tests.e2e.pictures import picture
from tests.e2e.scenes import BOXES, started, upload
from tests.factories import make
from tests.servers import S3


def test_signing_in_with_a_password(visit: Visit) -> None:
    make.user("olga")
    page = visit(None, "/")
    page.get_by_label("User name or e-mail").fill("olga")
    page.get_by_label("Password").fill("wrong")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_text("not correct")).to_be_visible()
    expect(page.get_by_label("User name or e-mail")).to_have_value("olga")
    page.get_by_label("Password").fill("secret-pass-1")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", name="Welcome, olga")).to_be_visible()


def test_from_nothing_to_a_published_guideline(visit: Visit) -> None:
    owner = make.user("olga")
    page = visit(owner, "/")
    page.get_by_role("link", name="New project").first.click()
    page.get_by_label("Name", exact=True).fill("Ships in harbours")
    page.get_by_role("button", name="Make the project").click()
    expect(page.get_by_role("heading", name="Ships in harbours")).to_be_visible()
    page.get_by_role("link", name="Guidelines", exact=True).first.click()
    page.get_by_role("link", name="Write the first").click()
    page.wait_for_load_state("networkidle")
    page.get_by_label("Text").fill("# Ships\n\nEvery **ship**.")
    preview = page.locator("#preview")
    expect(preview.get_by_role("heading", name="Ships")).to_be_visible()
    page.get_by_role("button", name="JSON").click()
    page.get_by_label("Label schema").fill('{"objects": [{"name": "ship", "shape": "bx"}]}')
    expect(preview.get_by_text("The schema has faults")).to_be_visible()
    page.get_by_role("button", name="Save and publish…").click()
    page.get_by_role("button", name="JSON").click()
    expect(page.locator(".field__errors").get_by_text("objects[0].shape")).to_be_visible()
    expect(page.get_by_label("Label schema")).to_have_value(re.compile('"bx"'))
    page.get_by_label("Label schema").fill('{"objects": [{"name": "ship", "shape": "box"}]}')
    expect(preview.get_by_text("The schema has faults")).to_be_hidden()
    page.get_by_role("button", name="Save and publish…").click()
    page.get_by_role("button", name="Publish version 1").click()
    expect(page.get_by_text("Version 1 is in force.")).to_be_visible()
    published = Guideline.objects.get(project__slug="ships-in-harbours")
    assert published.state == "published"
    assert published.body.splitlines() == ["# Ships", "", "Every **ship**."]


def test_publishing_tells_what_it_touches_before_it_does(visit: Visit, expected_errors: list[str]) -> None:
    expected_errors += ["htmx:sendAbort", "htmx:afterRequest"]  # the page is left while it asks what is touched
    project, owner, worker = started(images=2)
    make.answer(project, worker, make.CAT)
    page = visit(owner, f"/projects/{project.slug}/guidelines/new/")
    page.get_by_role("button", name="Save and publish…").click()
    page.get_by_label("Some are asked again").check()
    page.get_by_label("cat", exact=True).check()
    expect(page.get_by_text("1 answer on 1 image will be set aside")).to_be_visible()
    page.get_by_role("button", name="Publish version 2").click()
    expect(page.get_by_text("Version 2 is in force.")).to_be_visible()
    assert worker.assignments.get(state="void").annotation == make.CAT


def test_images_are_uploaded_with_progress_and_refused_with_a_reason(visit: Visit, tmp_path: Path) -> None:
    owner = make.user("olga")
    project = make.project(owner)
    files = {
        "one.jpg": picture(seed=1),
        "two.jpg": picture(seed=2),
        "again.jpg": picture(seed=1),
        "drawing.svg": b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>",
    }
    for name, data in files.items():
        (tmp_path / name).write_bytes(data)
    page = visit(owner, f"/projects/{project.slug}/images/")
    page.locator("input[type=file]").set_input_files([tmp_path / name for name in ("one.jpg", "two.jpg")])
    expect(page.get_by_role("heading", name="2 uploaded")).to_be_visible()
    page.locator("input[type=file]").set_input_files([tmp_path / name for name in ("again.jpg", "drawing.svg")])
    expect(page.get_by_role("heading", name="2 uploaded, 1 were here already, 1 refused")).to_be_visible()
    refused = page.locator(".uploads li", has_text="drawing.svg")
    expect(refused.locator(".uploads__fault")).not_to_be_empty()
    assert sorted(Image.objects.values_list("name", flat=True)) == ["one.jpg", "two.jpg"]
    page.get_by_role("link", name="Show them").click()
    expect(page.locator(".tile")).to_have_count(2)


def test_gold_is_planted_on_the_canvas(visit: Visit) -> None:
    project, owner, _ = started(images=1, schema=BOXES)
    page = visit(owner, f"/projects/{project.slug}/gold/new/")
    page.locator(".tile a").click()
    page.wait_for_load_state("networkidle")
    page.wait_for_timeout(300)
    board = page.locator(".board").bounding_box()
    assert board
    x, y = board["x"] + board["width"] / 2, board["y"] + board["height"] / 2
    page.mouse.move(x - 50, y - 40)
    page.mouse.down()
    page.mouse.move(x + 50, y + 40)
    page.mouse.up()
    page.get_by_label("Explanation").fill("The red one.")
    page.get_by_role("button", name="Plant it").click()
    expect(page.get_by_role("button", name="Withdraw")).to_be_visible()
    gold = Gold.objects.get()
    assert (gold.explanation, gold.training, len(gold.annotation["objects"])) == ("The red one.", False, 1)
    page.once("dialog", lambda dialog: dialog.accept())
    page.get_by_role("button", name="Withdraw").click()
    expect(page.get_by_role("heading", name="No gold yet")).to_be_visible()


def test_a_worker_is_paused_with_a_reason(visit: Visit) -> None:
    project, owner, worker = started(images=1)
    page = visit(owner, f"/projects/{project.slug}/workers/")
    page.get_by_role("link", name="worker", exact=True).click()
    page.get_by_label("Paused: is given none for now").check()
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Say why.")).to_be_visible()
    expect(page.get_by_label("Paused: is given none for now")).to_be_checked()
    page.get_by_label("Reason").fill("Please read version 2 first.")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("worker is paused now.")).to_be_visible()
    assert project.standings.get(worker=worker).reason == "Please read version 2 first."


def test_a_release_is_cut_and_downloaded(visit: Visit, tmp_path: Path) -> None:
    project, owner, worker = started(images=2, overlap=1, max_overlap=1, confidence_target=0.0)
    make.answer(project, worker, make.CAT)
    page = visit(owner, f"/projects/{project.slug}/releases/")
    page.get_by_label("Note").fill("For the first model")
    page.get_by_role("button", name="Cut a release").click()
    page.get_by_role("link", name="Release 1").click()
    row = page.get_by_role("row", name=re.compile("jsonl"))
    with page.expect_download() as download:
        row.get_by_role("link", name="Download").click()
    target = tmp_path / "labels"
    download.value.save_as(target)
    kept = Release.objects.get().files.get(format="jsonl")
    assert hashlib.sha256(target.read_bytes()).hexdigest() == kept.sha256
    lines = target.read_text().splitlines()
    assert [json.loads(line)["annotation"]["classifications"] for line in lines] == [{"scene": "cat"}]
    assert not zipfile.is_zipfile(target)


def test_an_owner_chooses_what_a_release_holds_and_sees_what_the_next_changed(visit: Visit) -> None:
    project, owner, worker = started(images=2, overlap=1, max_overlap=1, confidence_target=0.0)
    make.answer(project, worker, make.CAT)
    page = visit(owner, f"/projects/{project.slug}/releases/")
    page.get_by_text("Choose what is in it").click()
    page.get_by_label("Train, %").fill("80")
    page.get_by_label("Test, %").fill("10")
    page.get_by_label("Only with").select_option(["scene/cat"])
    for name in BY_DEFAULT:
        page.get_by_role("checkbox", name=name.replace("_", " "), exact=True).set_checked(name == "csv")
    page.get_by_role("button", name="Cut a release").click()
    expect(page.get_by_text("The shares add up to 0.9, not to 1.")).to_be_visible()
    expect(page.get_by_label("Train, %")).to_have_value("80")
    page.get_by_label("Test, %").fill("20")
    page.get_by_role("button", name="Cut a release").click()
    page.get_by_role("link", name="Release 1").click()
    expect(page.get_by_role("row", name=re.compile("cat 1"))).to_be_visible()
    expect(page.get_by_role("row", name=re.compile("coco"))).to_have_count(0)
    make.answer(project, worker, make.DOG)
    page.goto(f"/projects/{project.slug}/releases/")
    page.get_by_role("button", name="Cut a release").click()
    page.get_by_role("link", name="Release 2").click()
    page.get_by_text("Compare", exact=True).click()
    page.get_by_role("link", name="with release 1").click()
    expect(page.get_by_text("0 changed · 1 added · 0 removed")).to_be_visible()


def test_nothing_typed_into_the_settings_is_lost_on_a_fault(visit: Visit) -> None:
    project, owner, _ = started(images=0)
    page = visit(owner, f"/projects/{project.slug}/settings/")
    page.get_by_label("Name", exact=True).fill("A better name")
    page.get_by_label("Answers per image", exact=True).fill("9")
    page.get_by_role("button", name="Save the settings").click()
    expect(page.get_by_label("Name", exact=True)).to_have_value("A better name")
    expect(page.get_by_text("below overlap")).to_be_visible()
    page.get_by_label("Answers per image at most").fill("9")
    page.get_by_role("button", name="Save the settings").click()
    expect(page.get_by_text("Saved.")).to_be_visible()
    changed = Project.objects.get(pk=project.pk)
    assert (changed.name, changed.overlap, changed.max_overlap) == ("A better name", 9, 9)


def test_the_theme_is_chosen_and_remembered(visit: Visit) -> None:
    page = visit(make.user("olga"), "/")
    light = page.evaluate("getComputedStyle(document.body).backgroundColor")
    page.get_by_label("Account and appearance").click()
    page.get_by_role("button", name="Dark").click()
    dark = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert light != dark
    page.reload()
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == dark


EVIL = "<img src=x onerror=window.breached=1>"
EVIL_TEXT = f"""{EVIL}

<script>window.breached=1</script>

[x](javascript:window.breached=1)

![x](x'onerror='window.breached=1)
"""
INLINE = "img[onerror], [onclick], script:not([src]):not([type='application/json'])"


def hostile() -> tuple[Project, User, User, int]:
    """A project whose every name and text is an attack, its owner, a worker, and the number of a draft."""
    schema = {
        "classifications": [{"name": EVIL, "kind": "binary", "description": EVIL}],
        "objects": [{"name": f"{EVIL} car", "shape": "box", "description": EVIL}],
    }
    owner = make.user("olga")
    project = make.project(owner, schema=schema)
    projects.update(project=project, by=owner, changes={"name": EVIL}, now=timezone.now())
    draft = publishing.draft(project=project, by=owner, body=EVIL_TEXT, schema=schema, note=EVIL, now=timezone.now())
    upload(project, owner, f"{EVIL}.jpg", "plain.jpg")
    return project, owner, make.member(project, username="worker"), draft.number


def test_hostile_names_and_texts_are_only_ever_text_to_an_owner(visit: Visit, expected_errors: list[str]) -> None:
    expected_errors.append("404")  # the image inside the guideline's text
    project, owner, _, draft = hostile()
    base = f"/projects/{project.slug}"
    ends = ("", "guidelines/", f"guidelines/{draft}/", f"guidelines/{draft}/edit/", "images/", "gold/new/", "settings/")
    page = visit(owner, "/")
    for path in ("/", *(f"{base}/{end}" for end in ends)):
        page.goto(path)
        assert page.evaluate("window.breached") is None, path
        assert page.locator(INLINE).count() == 0, path
    page.goto(f"{base}/gold/new/?task={project.tasks.order_by('pk')[0].pk}")
    expect(page.locator(".class-button")).to_contain_text(EVIL)
    assert page.evaluate("window.breached") is None


def test_hostile_names_and_texts_are_only_ever_text_to_a_worker(visit: Visit) -> None:
    project, _, worker, _ = hostile()
    page = visit(worker, f"/projects/{project.slug}/label/")
    expect(page.locator("#workbench")).to_have_attribute("data-state", "labelling")
    expect(page.get_by_text(EVIL).first).to_be_visible()
    assert page.evaluate("window.breached") is None
    assert page.locator(INLINE).count() == 0


@pytest.mark.parametrize("kept_in", ["folder", "bucket", "closed bucket"])
def test_many_images_are_uploaded_and_gone_on_with_after_a_reload(
    visit: Visit,
    tmp_path: Path,
    kept_in: str,
    request: pytest.FixtureRequest,
    settings: Any,
    expected_errors: list[str],
) -> None:
    if kept_in != "folder":
        keep_in_bucket(request.getfixturevalue("s3"), settings, closed=kept_in == "closed bucket")
    if kept_in == "closed bucket":
        expected_errors.append("connect-src")  # nothing is put there, and the files go through the server
    owner = make.user("olga")
    project = make.project(owner)
    files = [tmp_path / f"{number:03}.jpg" for number in range(60)]
    for number, path in enumerate(files):
        path.write_bytes(picture(seed=number))
    (tmp_path / "torn.jpg").write_bytes(files[0].read_bytes()[:-40])
    page = visit(owner, f"/projects/{project.slug}/images/")
    posts: list[str] = []
    page.on("request", lambda sent: posts.append(sent.url) if sent.method in {"POST", "PUT"} else None)
    page.locator("#upload input[type=file]").set_input_files([*files[:40], tmp_path / "torn.jpg"])
    expect(page.get_by_role("heading", name="40 uploaded, 1 refused")).to_be_visible(timeout=60_000)
    expect(page.locator(".uploads__refused", has_text="torn.jpg")).to_contain_text("The picture")
    assert Image.objects.filter(project=project).count() == 40
    page.reload()
    posts.clear()
    page.get_by_role("button", name="Upload").click()
    page.locator("#upload input[type=file]").set_input_files(files)
    expect(page.get_by_role("heading", name="20 uploaded, 40 were sent before")).to_be_visible(timeout=60_000)
    if kept_in != "closed bucket":
        assert len(posts) == 20 * (3 if kept_in == "bucket" else 1)
    assert Image.objects.filter(project=project).count() == 60
    assert list(storage.store().keys(f"projects/{project.pk}/uploads/")) == []


def keep_in_bucket(s3: S3, settings: Any, *, closed: bool) -> None:
    """Have images kept in a bucket, as an operator does; a closed one takes nothing from browsers."""
    options = {"endpoint_url": s3.endpoint_url, "region": s3.region}
    options |= {"access_key_id": s3.access_key, "secret_access_key": s3.secret_key}
    settings.STORAGE_URL = f"s3://{s3.bucket('browser')}/{uuid.uuid4().hex}?{urlencode(options)}"
    policy = copy.deepcopy(settings.CONTENT_SECURITY_POLICY)
    for directive in ("img-src",) if closed else ("img-src", "connect-src"):  # as the settings make it of the address
        policy["DIRECTIVES"][directive].append(s3.endpoint_url)
    settings.CONTENT_SECURITY_POLICY = policy
