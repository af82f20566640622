"""What must not be kept goes, by command, page and API; what was said of it stays where it was."""

import io
import json
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.contrib.sessions.models import Session
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils import timezone

from crowd import storage
from crowd.errors import CrowdError
from crowd.models import (
    ApiToken,
    Assignment,
    Event,
    Image,
    Invitation,
    Membership,
    Project,
    Report,
    Standing,
    Task,
    User,
)
from crowd.queries import integrity, thumbnails, work
from crowd.workflow import erasing, importing, releasing
from crowd.workflow import thumbnails as making
from crowd.workflow.assignments import leasing
from crowd.workflow.conflicts import adjudication
from crowd.workflow.projects import deriving
from crowd.workflow.workers import reporting
from tests.api.world import V1
from tests.api.world import client as api_of
from tests.factories import make, scene

pytestmark = pytest.mark.django_db


def holds() -> bool:
    return [one.offenders for one in integrity.run() if one.offenders] == []


def everything_said(project: Project) -> str:
    """All that the trail of a project says."""
    return json.dumps(list(Event.objects.filter(project=project).values_list("data", "actor__username")))


@pytest.fixture
def anna(project: Project) -> User:
    """A worker who did all that leaves a trace."""
    made = make.member(project, username="anna.smith")
    made.email, made.first_name = "anna@example.org", "Anna"
    made.save()
    EmailAddress.objects.create(user=made, email=made.email, primary=True, verified=True)
    make.images(project, 3)
    answered = make.answer(project, made)
    reporting.report(assignment=answered, kind="image", comment="This is my own street.", now=timezone.now())
    [skipped, _] = make.claim(project, made, count=2)
    leasing.skip(assignment=skipped, reason="I know this man.", now=timezone.now())
    make.token(made)
    Invitation.objects.create(
        project=project, role="worker", email="Anna@example.org", created_by=made, created_at=timezone.now(),
        expires_at=timezone.now(),
    )  # fmt: skip
    return made


def test_a_person_goes_and_their_answers_stay_under_the_same_pseudonym(project: Project, anna: User) -> None:
    signed_in = Client()
    signed_in.force_login(anna)
    token = make.token(anna)
    before = Standing.objects.get(worker=anna).pseudonym
    answer = Assignment.objects.get(worker=anna, state="submitted")
    erasing.erase_user(user=anna, now=timezone.now())
    anna.refresh_from_db()
    told = (
        everything_said(project)
        + repr(vars(anna))
        + repr(list(Report.objects.values()))
        + repr(list(Assignment.objects.values("reason", "draft")))
    )
    for word in ("anna", "Anna", "smith", "street", "man."):
        assert word not in told
    assert (Standing.objects.get(worker=anna).pseudonym, Assignment.objects.get(pk=answer.pk).annotation) == (
        before, answer.annotation,
    )  # fmt: skip
    assert (anna.is_active, anna.has_usable_password(), anna.email) == (False, False, "")
    assert not ApiToken.objects.filter(user=anna).exists()
    assert not Session.objects.exists()
    assert (EmailAddress.objects.count(), Invitation.objects.get().email) == (0, "")
    assert not Assignment.objects.filter(worker=anna, state="leased").exists()
    assert signed_in.get("/tokens/").status_code == 302
    assert api_of(HTTP_AUTHORIZATION=f"Bearer {token}").get(V1 + "projects/").status_code == 401
    assert Client().login(username="anna.smith", password="secret-pass-1") is False
    assert Event.objects.get(type="member.erased").data == {"username": anna.username}
    assert erasing.erase_user(user=anna, now=timezone.now()).username == anna.username  # once is enough
    assert holds()


def lineages(raw: bytes) -> list[Any]:
    return [json.loads(line)["lineage"] for line in raw.splitlines()]


def test_a_released_file_names_workers_by_pseudonym_before_and_after() -> None:
    found = scene.everything()
    [jsonl] = found.release.files.filter(format="jsonl")
    before = storage.store().read(jsonl.key)
    worker = Standing.objects.filter(project=found.project, labels__gt=0)[0].worker
    erasing.erase_user(user=worker, now=timezone.now())
    again = releasing.cut(project=found.project, by=found.owner, now=timezone.now())
    releasing.build(release_id=again.pk, now=timezone.now())
    assert storage.store().read(jsonl.key) == before
    lines = [json.loads(line)["lineage"] for line in before.splitlines()]
    after = [
        json.loads(line)["lineage"] for line in storage.store().read(again.files.get(format="jsonl").key).splitlines()
    ]
    assert lines == after
    assert worker.username.encode() not in before
    assert holds()


def test_the_only_owner_hands_the_project_on_first(project: Project, owner: User) -> None:
    told = io.StringIO()
    with pytest.raises(CommandError, match=project.slug):
        call_command("erase_user", owner.username, "--yes", stdout=told)
    make.member(project, "owner")
    call_command("erase_user", owner.username, "--yes", stdout=told)
    owner.refresh_from_db()
    assert told.getvalue() == f"erased; what they answered stays as {owner.username}\n"
    with pytest.raises(CommandError, match="no user"):
        call_command("erase_user", "owner", "--yes")
    assert holds()


def test_one_erases_ones_own_account_on_its_page(client: Client, anna: User) -> None:
    client.force_login(anna)
    assert b"Erase my account" in client.get("/account/erase/").content
    for wrong in ({"username": "anna.smith", "password": "not it"}, {"username": "ann", "password": "secret-pass-1"}):
        assert client.post("/account/erase/", wrong).status_code == 200
    assert User.objects.get(pk=anna.pk).erased_at is None
    answer = client.post("/account/erase/", {"username": "anna.smith", "password": "secret-pass-1"})
    assert (answer.status_code, answer["Location"]) == (302, "/accounts/login/")
    assert User.objects.get(pk=anna.pk).erased_at is not None
    assert client.get("/account/erase/").status_code == 302


def test_one_erases_ones_own_account_by_api_and_nobody_elses(anna: User, project: Project) -> None:
    other = make.member(project)
    assert api_of(anna).delete(V1 + "account/", {"username": other.username}).status_code == 400
    assert api_of(anna).delete(V1 + "account/", {"username": "anna.smith"}).status_code == 204
    assert list(User.objects.filter(erased_at__isnull=False)) == [anna]


def seen(url: str) -> Any:
    return Client().get(url)


def test_an_image_goes_everywhere_and_released_data_stay_as_they_were() -> None:
    found = scene.everything()
    image, owner, project = found.agreed.image, found.owner, found.project
    name, key = image.name, image.key
    making.bring(key=thumbnails.key_of(image))
    manifest = {one.path: storage.store().read(one.key) for one in found.release.files.all()}
    link = work.image_url(image)
    address = f"{V1}projects/{project.slug}/images/{image.pk}/"
    assert api_of(owner).get(address).status_code == 200
    assert api_of(owner).delete(address, {"reason": " "}).status_code == 400
    assert api_of(owner).delete(address, {"reason": "Shows a face."}).status_code == 204
    assert erasing.sweep(now=timezone.now()) == 1
    image.refresh_from_db()
    store = storage.store()
    assert not any(map(store.exists, (key, thumbnails.key_of(image))))
    for url in (link, work.image_url(image), thumbnails.url(image)):
        told = seen(url)
        assert (told.status_code, b"Shows a face." in told.content) == (410, True)
    told = api_of(owner).get(address)
    assert (told.status_code, told.json()["code"]) == (410, "image_erased")
    assert name not in everything_said(project)
    assert {one.path: store.read(one.key) for one in found.release.files.all()} == manifest
    again = releasing.cut(project=project, by=owner, now=timezone.now())
    releasing.build(release_id=again.pk, now=timezone.now())
    again.refresh_from_db()
    assert again.images == found.release.images - 1
    assert image.sha256.encode() not in store.read(again.files.get(format="jsonl").key)
    assert holds()


def test_an_erased_image_does_not_come_back(project: Project, owner: User) -> None:
    [image] = make.images(project)
    raw = storage.store().read(image.key)
    erasing.erase_image(image=image, reason="Private.", by=owner, now=timezone.now())
    erasing.sweep(now=timezone.now())
    again = importing.add_images(project=project, files=[("a.png", io.BytesIO(raw))], by=owner, now=timezone.now())
    assert [one.code for one in again.rejected] == ["image_erased"]
    assert not storage.store().exists(image.key)
    with pytest.raises(CrowdError) as refused:
        adjudication.exclude(task=Task.objects.get(image=image), by=owner, now=timezone.now(), excluded=False)
    assert refused.value.code == "image_erased"
    assert holds()


def derived(found: scene.Scene, owner: User) -> Project:
    made = deriving.derive(
        release=found.release, by=owner, name="Derived", wanted=deriving.Wanted(), now=timezone.now()
    )
    deriving.run(project_id=made.pk, clock=timezone.now)
    return made


def test_projects_made_of_a_release_lose_it_too_but_not_the_other_way_round() -> None:
    found = scene.everything()
    first, second = derived(found, found.owner), derived(found, found.owner)
    image = found.agreed.image
    copies = {one: Image.objects.get(project=one, sha256=image.sha256) for one in (first, second)}
    assert copies[first].held_by_id == found.project.pk
    erasing.erase_image(image=copies[first], reason="Not wanted here.", by=found.owner, now=timezone.now())
    erasing.sweep(now=timezone.now())
    assert storage.store().exists(image.key)  # it is the source's, and the second's
    erasing.erase_image(image=image, reason="Shows a face.", by=found.owner, now=timezone.now())
    erasing.sweep(now=timezone.now())
    assert not storage.store().exists(image.key)
    reasons = {one: Image.objects.get(pk=copy.pk).tombstone.reason for one, copy in copies.items()}
    assert reasons == {first: "Not wanted here.", second: "Shows a face."}
    third = derived(found, found.owner)
    assert not Image.objects.filter(project=third, sha256=image.sha256).exists()
    assert holds()


def test_an_owner_erases_an_image_on_its_page_and_a_reviewer_does_not(
    client: Client, project: Project, owner: User
) -> None:
    task = make.task(project)
    page = f"/projects/{project.slug}/images/{task.pk}/"
    client.force_login(make.member(project, "reviewer"))
    assert b"Erase it for good" not in client.get(page).content
    assert client.post(page + "erase/", {"reason": "No."}).status_code == 404
    client.force_login(owner)
    assert b"Erase it for good" in client.get(page).content
    client.post(page + "erase/", {"reason": "Shows a face."})
    shown = client.get(page).content
    assert b"This image was erased on" in shown
    assert b"Shows a face." in shown
    assert b'data-part="board"' not in shown
    assert Membership.objects.filter(project=project).count() == 2
