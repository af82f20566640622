"""Guideline pages without a browser: each is there, tells what it should, and refuses what nobody may."""

from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from crowd.models import Gold, Project, User
from crowd.queries import agreeing
from crowd.queries.guidelines import words
from crowd.workflow.guidelines import examples, publishing
from tests.factories import make

pytestmark = pytest.mark.django_db


@pytest.fixture
def owned(client: Client, project: Project, owner: User) -> Client:
    """The owner, signed in, with answers of two workers, a draft and an example."""
    make.images(project, 2)
    for said in (make.CAT, make.DOG):
        worker = make.member(project)
        for _ in range(2):
            make.answer(project, worker, said)
    make.golden(project)
    publishing.begin(project=project, number=1, by=owner, now=timezone.now())
    examples.add(
        project=project,
        number=2,
        image=str(project.tasks.order_by("pk")[0].image_id),
        label="cat",
        verdict="right",
        annotation=make.CAT,
        note="Whiskers.",
        by=owner,
        now=timezone.now(),
    )
    client.force_login(owner)
    return client


def got(client: Client, project: Project, page: str, **query: Any) -> str:
    answer = client.get(f"/projects/{project.slug}/guidelines/{page}", query)
    assert answer.status_code == 200, page
    return answer.content.decode()


def test_every_page_of_a_draft_is_there(owned: Client, project: Project) -> None:
    example = project.guidelines.get(number=2).examples.get().pk
    task = project.tasks.order_by("pk")[0].pk
    assert "Whiskers." in got(owned, project, "2/examples/")
    assert "Whiskers." in got(owned, project, "2/text/")
    assert "Whiskers." in got(owned, project, f"2/examples/{example}/")
    for page in ("new/", "2/edit/", "2/examples/new/", "2/gold/", "1/diff/2/", "2/publish/"):
        got(owned, project, page)
    assert "Keep the example" in got(owned, project, "2/examples/new/", task=task)
    assert "guidelines/course/" in got(owned, project, "")
    assert "Agreement under each version" in got(owned, project, "course/")


def test_the_consequences_follow_what_is_chosen(owned: Client, project: Project) -> None:
    told = got(owned, project, "2/impact/", impact="relabel", labels=["cat"])
    assert "4 answers on 2 images" in told
    assert "1 gold answer speaks of these labels" in told
    assert "No answer is asked again." in got(owned, project, "2/impact/", impact="clarification", labels=["cat"])


def test_what_was_redefined_is_looked_at_and_taken_over_where_it_is_still_right(
    owned: Client, project: Project, owner: User
) -> None:
    publishing.publish(project=project, number=2, by=owner, now=timezone.now(), impact="relabel", affected=["cat"])
    gold = Gold.objects.get()
    assert agreeing.gold_to_look_at(project) == [gold]
    answer = owned.post(f"/projects/{project.slug}/guidelines/2/gold/", {"gold": gold.pk})
    assert answer.status_code == 302
    gold.refresh_from_db()
    assert gold.guideline.number == 2
    assert agreeing.gold_to_look_at(project) == []


def test_agreement_is_told_version_by_version_with_its_interval(owned: Client, project: Project) -> None:
    [first] = agreeing.by_version(project)
    assert (first.number, first.images, first.answers, first.mean, first.interval) == (1, 2, 4, 0.0, (0.0, 0.0))
    low, high = agreeing.bootstrap([0.0, 1.0] * 50) or (0, 0)
    assert 0.35 < low < 0.45 < 0.55 < high < 0.65
    assert agreeing.bootstrap([1.0]) is None


def test_texts_are_compared_word_by_word_and_nothing_is_lost() -> None:
    before, after = "Draw every car.\n\nTightly.", "Draw each car.\n\nVery tightly."
    found = list(words(before, after))
    assert ("del", "every") in found
    assert ("add", "each") in found
    assert "".join(text for kind, text in found if kind != "add") == before
    assert "".join(text for kind, text in found if kind != "del") == after
