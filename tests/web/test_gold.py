"""The owner's gold pages: what workers made of it, what is proposed, what is disputed."""

import json
import random

import pytest
from django.test import Client
from django.utils import timezone

from crowd.models import Dispute, Gold, GoldProposal, Image, Project, User
from crowd.web.sketches import marks_of, words_of
from crowd.workflow.assignments import submission
from crowd.workflow.consensus import resolving
from crowd.workflow.gold import weighing
from crowd.workflow.predictions import prelabels
from crowd.workflow.upkeep import watching
from crowd.workflow.workers import disputing
from tests.factories import make

pytestmark = pytest.mark.django_db


@pytest.fixture
def signed_in(client: Client, owner: User) -> Client:
    client.force_login(owner)
    return client


def doubtful(owner: User) -> tuple[Project, Gold]:
    """A project whose workers all call one gold cat a dog, and say so, and have seen all gold."""
    project = make.project(owner, gold_rate=0.5)
    planted = [make.golden(project) for _ in range(6)]
    make.images(project, 9)
    for _ in range(4):
        worker = make.member(project)
        for _ in planted:
            [leased] = make.claim(project, worker, rng=make.AlwaysGold())
            wrong = leased.task_id == planted[0].task_id
            done = submission.submit(
                assignment=leased, annotation=make.DOG if wrong else make.CAT, now=timezone.now()
            ).assignment
            if wrong and not Dispute.objects.exists():
                disputing.dispute(assignment=done, text="It barks & bites.", now=timezone.now())
            resolving.resolve(task_id=leased.task_id, now=timezone.now())
    watching.watch(now=timezone.now(), rng=random.Random(7))
    return project, planted[0]


def test_the_list_warns_of_suspected_and_used_up_gold_and_shows_disputes(signed_in: Client, owner: User) -> None:
    project, doubted = doubtful(owner)
    text = signed_in.get(f"/projects/{project.slug}/gold/").content.decode()
    assert "1 gold answer may be wrong." in text
    assert "have seen all 6 of it" in text
    assert "It barks &amp; bites." in text
    assert text.index("Suspected") < text.index("Withdraw")
    for page in ("", "progress/"):
        overview = signed_in.get(f"/projects/{project.slug}/{page}").content.decode()
        assert "The hidden gold is running out." in overview
    one = signed_in.get(f"/projects/{project.slug}/gold/{doubted.pk}/").content.decode()
    assert "4 of 4 workers who are right elsewhere gave another one: scene: dog." in one
    assert "It is right as it is" in one


def test_the_owner_confirms_suspected_gold(signed_in: Client, owner: User) -> None:
    project, doubted = doubtful(owner)
    signed_in.post(f"/projects/{project.slug}/gold/{doubted.pk}/confirm/")
    doubted.refresh_from_db()
    assert doubted.suspected_at is None
    weighing.weigh(now=timezone.now())
    assert "may be wrong" not in signed_in.get(f"/projects/{project.slug}/gold/").content.decode()


def test_a_dispute_is_rejected_from_the_list(signed_in: Client, owner: User) -> None:
    project, _ = doubtful(owner)
    dispute = Dispute.objects.get()
    address = f"/projects/{project.slug}/gold/disputes/{dispute.pk}/reject/"
    assert b"Say why it stands." in signed_in.post(address, {"reason": ""}, follow=True).content
    assert b"The answer stands." in signed_in.post(address, {"reason": "It purrs."}, follow=True).content
    dispute.refresh_from_db()
    assert dispute.outcome == "rejected"
    elsewhere = make.project(owner)
    assert signed_in.post(f"/projects/{elsewhere.slug}/gold/disputes/{dispute.pk}/reject/").status_code == 404


def proposed(project: Project, owner: User) -> list[GoldProposal]:
    """Labels proposed, here such as a reviewer ruled."""
    from crowd.workflow.conflicts import adjudication

    made = []
    for scene in (make.CAT, make.DOG, make.FOX):
        task = make.task(project)
        adjudication.adjudicate(task=task, by=owner, annotation=scene, now=timezone.now())
        task.refresh_from_db()
        made.append(
            GoldProposal.objects.create(
                project=project, task=task, consensus=task.consensus, answers=3, created_at=timezone.now()
            )
        )
    return made


def test_proposals_are_approved_and_rejected_many_at_a_time(signed_in: Client, owner: User, project: Project) -> None:
    first, second, third = proposed(project, owner)
    address = f"/projects/{project.slug}/gold/proposals/"
    shown = signed_in.get(address).content.decode()
    assert all(f"scene: {name}" in shown for name in ("cat", "dog", "fox"))
    chosen = {"chosen": [first.pk, second.pk], "decision": "approve", "use": "exam"}
    assert b"2 planted as gold." in signed_in.post(address, chosen, follow=True).content
    assert sorted(Gold.objects.values_list("use", "source")) == [("exam", "consensus")] * 2
    rejected = signed_in.post(address, {"chosen": [third.pk], "decision": "reject"}, follow=True)
    assert b"1 rejected." in rejected.content
    assert b"Nothing proposed" in rejected.content
    again = signed_in.post(address, {"chosen": [third.pk, "x", "9" * 40], "decision": "approve"}, follow=True)
    assert b"This proposal is rejected already." in again.content
    assert b"Choose some images first." in signed_in.post(address, {"decision": "approve"}, follow=True).content


def test_the_list_says_what_the_exam_lacks(signed_in: Client, owner: User) -> None:
    project = make.project(owner, exam_tasks=2, exam_attempts=2, training_tasks=1)
    make.golden(project, use="exam")
    text = signed_in.get(f"/projects/{project.slug}/gold/").content.decode()
    assert "Exam: 1 of 4 images planted." in text
    assert "Training: 0 of 1 images planted." in text
    assert "None of this use" in signed_in.get(f"/projects/{project.slug}/gold/?use=training").content.decode()


def test_a_newcomer_reads_what_comes_before_work(client: Client, owner: User) -> None:
    project = make.project(owner, exam_tasks=1, exam_attempts=1)
    make.golden(project, use="exam")
    make.images(project, 1)
    worker = make.member(project)
    client.force_login(worker)
    assert "An exam comes before work: 0 of 1 images done." in client.get(f"/projects/{project.slug}/").content.decode()
    assert '"stage": "exam"' in client.get(f"/projects/{project.slug}/label/").content.decode()
    make.answer(project, worker, make.DOG)
    text = client.get(f"/projects/{project.slug}/").content.decode()
    assert "0 of 1 exam images were right, and 80% are asked for." in text
    assert "Start labelling" not in text


def test_a_reviewer_reads_what_workers_say_about_an_image(client: Client, project: Project) -> None:
    task = make.task(project)
    done = make.answer(project, make.member(project))
    disputing.dispute(assignment=done, text="It is upside down.", now=timezone.now())
    client.force_login(make.member(project, "reviewer"))
    assert "It is upside down." in client.get(f"/projects/{project.slug}/review/{task.pk}/").content.decode()


def test_an_answer_is_told_in_words_and_drawn() -> None:
    document = {
        "classifications": {"scene": "cat", "weather": ["rain", "fog"], "blurred": False},
        "objects": [
            {"label": "car", "box": [1, 2, 3, 4]},
            {"label": "car", "ellipse": [5, 5, 2, 1, 30]},
            {"label": "spot", "point": [7, 8]},
            {"label": "sky", "mask": {"size": [1, 1], "counts": "1"}},
        ],
    }
    assert words_of(document) == "scene: cat, weather: rain and fog, blurred: no, 2 × car, 1 × spot, 1 × sky"
    assert words_of({}) == "nothing"
    assert [mark.kind for mark in marks_of(document)] == ["ring", "ellipse", "line"]
    assert marks_of(document)[0].points == "1.0,2.0 4.0,2.0 4.0,6.0 1.0,6.0"


def propose_a_cat(project: Project, owner: User, *images: Image) -> None:
    """Load a model's pre-label of each image."""
    lines = [json.dumps({"image": str(one.pk), "annotation": make.CAT, "model": "m"}).encode() for one in images]
    assert prelabels.load(project=project, lines=lines, by=owner, now=timezone.now()).rejected == []


def test_the_owner_is_warned_of_gold_that_a_missing_pre_label_tells(signed_in: Client, owner: User) -> None:
    project = make.project(owner)
    images = make.images(project, 4)
    planted = make.golden(project)
    address = f"/projects/{project.slug}/gold/"
    warning = "1 hidden gold image can be told from the others."
    propose_a_cat(project, owner, *images[:2])
    assert warning not in signed_in.get(address).content.decode()  # most images have none
    propose_a_cat(project, owner, images[2])
    assert warning in signed_in.get(address).content.decode()
    assert warning in signed_in.get(f"/projects/{project.slug}/progress/").content.decode()
    told = signed_in.get(f"/api/v1/projects/{project.slug}/stats/").json()["gold"]
    assert told["without_prelabel"] == 1
    propose_a_cat(project, owner, planted.task.image)
    assert warning not in signed_in.get(address).content.decode()
