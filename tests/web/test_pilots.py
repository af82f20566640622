"""The owner's pages of pilots: begun, watched, read, and the rest opened."""

from random import Random

import pytest
from django.test import Client
from django.utils import timezone

from crowd.models import Pilot, Project, User
from crowd.queries import class_agreement
from crowd.workflow.assignments import submission
from crowd.workflow.guidelines import piloting, publishing
from tests.factories import make

pytestmark = pytest.mark.django_db


@pytest.fixture
def signed_in(client: Client, owner: User) -> Client:
    client.force_login(owner)
    return client


def answered(project: Project, *said: dict) -> None:
    """Each of the workers answers all the images there are, each time the same."""
    for annotation in said:
        for one in make.claim(project, make.member(project), count=50):
            submission.submit(assignment=one, annotation=annotation, now=timezone.now())


def test_a_pilot_is_begun_and_read_and_the_rest_opened(signed_in: Client, owner: User, project: Project) -> None:
    base = f"/projects/{project.slug}/pilots/"
    refused = signed_in.post(base, {"size": 3}).content.decode()
    assert "at least two workers" in refused
    make.images(project, 5)
    begun = signed_in.post(base, {"size": 3, "overlap": 3}, follow=True).content.decode()
    assert "Nothing to compare yet" in begun
    assert "0 of 9 answers" in begun
    assert "Nobody who works here now is left to answer" in begun
    early = make.member(project)
    part = signed_in.get(f"{base}1/", headers={"hx-request": "true"}).content.decode()
    assert f"Waits for <strong>{early.username}</strong>. If somebody cannot come" in part
    early.memberships.all().delete()
    answered(project, make.CAT, make.CAT, make.DOG)
    text = signed_in.get(f"{base}1/").content.decode()
    assert "In 6 of 9 pairs of answers in which either is said, one says cat and the other dog." in text
    assert "33 % say the same" in text
    assert f"/projects/{project.slug}/images/{Pilot.objects.get().tasks.first().task_id}/" in text
    assert f"/projects/{project.slug}/guidelines/new/" in text
    assert "All other images wait." in text
    part = signed_in.get(f"{base}1/", headers={"hx-request": "true"}).content.decode()
    assert "9 of 9 answers" in part
    assert "<html" not in part
    signed_in.post(f"{base}1/finish/")
    assert "Pilot 1 is over; all other images wait." in signed_in.get(f"/projects/{project.slug}/").content.decode()
    signed_in.post(f"{base}open-rest/")
    assert "all other images wait" not in signed_in.get(f"/projects/{project.slug}/").content.decode()


def test_a_pilot_stands_beside_the_one_before(signed_in: Client, owner: User, project: Project) -> None:
    make.images(project, 4)
    for number, said in enumerate(([make.CAT, make.DOG], [make.CAT, make.CAT]), start=1):
        made = piloting.start(project=project, by=owner, now=timezone.now(), rng=Random(1), size=2, overlap=2)
        assert made.number == number
        answered(project, *said)
        piloting.finish(pilot=made, by=owner, now=timezone.now())
    text = signed_in.get(f"/projects/{project.slug}/pilots/2/").content.decode()
    assert "Alpha in pilot 1" in text
    assert "pilot 1: 0 %" in text
    assert "No two classes are confused noticeably." in text


def test_each_class_stands_beside_itself_under_the_version_before(
    signed_in: Client, owner: User, project: Project
) -> None:
    page = f"/projects/{project.slug}/guidelines/agreement/"
    assert "Nothing to compare yet" in signed_in.get(page).content.decode()
    crew = [make.member(project) for _ in range(2)]
    for number, said in ((1, (make.CAT, make.DOG)), (2, (make.CAT, make.CAT))):
        if number == 2:
            publishing.draft(project=project, by=owner, body="# So", schema=make.SCHEMA, now=timezone.now())
            publishing.publish(project=project, number=2, by=owner, now=timezone.now())
        make.images(project, 3)
        for worker, annotation in zip(crew, said, strict=True):
            for one in make.claim(project, worker, count=3):
                submission.submit(assignment=one, annotation=annotation, now=timezone.now())
    found = class_agreement.by_version(project)
    alphas = [[(one.name, one.reliability.alpha.value) for one in version.found.classes] for version in found]
    assert [version.number for version in found] == [1, 2]
    assert alphas[0][0][1] == pytest.approx(-2 / 3)
    assert alphas[1] == [("cat", 1.0)]
    text = signed_in.get(page).content.decode()
    assert text.index("Version 1") < text.index("Version 2") < text.index("-0.67") < text.index("1.00")
