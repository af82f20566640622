"""Scores of uncertainty from the client's own model: what it is least sure of is labelled first."""

import json
import time
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from rest_framework.test import APIClient

from crowd.models import Image, ModelVersion, Project, Task, User
from crowd.sampling import combined
from crowd.workflow.assignments import submission
from crowd.workflow.consensus import resolving
from crowd.workflow.importing import rows
from crowd.workflow.predictions import scores
from tests.api.world import V1, client
from tests.factories import make

pytestmark = pytest.mark.django_db


def post(api: APIClient, project: Project, lines: list[Any], *, expect: int = 200) -> Any:
    body = b"\n".join(one if isinstance(one, bytes) else json.dumps(one).encode() for one in lines)
    path = f"{V1}projects/{project.slug}/scores/"
    answer = api.post(path, body, content_type="application/x-ndjson")
    assert answer.status_code == expect, answer.content
    return answer.json()


def uncertain(owner: User, **settings: Any) -> Project:
    return make.project(owner, order="uncertainty", **settings)


def test_what_a_model_is_least_sure_of_is_given_first(owner: User) -> None:
    project = uncertain(owner)
    sure, unsure, between = make.images(project, 3)
    told = [
        {"image": sure.pk, "score": 0.05, "model": "net 1"},
        {"image": unsure.name, "score": 0.95, "model": "net 1"},
        {"image": between.sha256.upper(), "score": 0.65},
    ]
    assert post(client(owner), project, told) == {"taken": 3, "changed": 3, "rejected_count": 0, "rejected": []}
    given = make.claim(project, make.member(project), count=3)
    assert [one.task.image_id for one in given] == [unsure.pk, between.pk, sure.pk]
    assert dict(ModelVersion.objects.values_list("name", "scores")) == {"net 1": 2, "unnamed": 1}
    assert post(client(owner), project, told)["changed"] == 0


def test_a_new_score_puts_an_image_further_on_for_those_who_have_not_had_it(owner: User) -> None:
    project = uncertain(owner)
    first, second = make.images(project, 2)
    post(client(owner), project, [{"image": first.pk, "score": 0.9}, {"image": second.pk, "score": 0.1}])
    assert make.claim(project, make.member(project))[0].task.image_id == first.pk
    post(client(owner), project, [{"image": first.pk, "score": 0.0}, {"image": second.pk, "score": 0.99}])
    assert make.claim(project, make.member(project))[0].task.image_id == second.pk


def test_what_people_say_counts_beside_the_score(owner: User) -> None:
    project = uncertain(owner, max_overlap=7)
    task = make.task(project)
    post(client(owner), project, [{"image": task.image_id, "score": 0.4}])
    for scene in (make.CAT, make.DOG, make.FOX):
        [leased] = make.claim(project, make.member(project))
        submission.submit(assignment=leased, annotation=scene, now=timezone.now())
    make.member(project)
    resolving.look_again(task_id=task.pk, now=timezone.now())
    task.refresh_from_db()
    assert (task.state, task.labels, task.model_uncertainty) == ("open", 3, 0.4)
    disagreement = (4 * task.uncertainty - 0.4) / 3
    assert 0.4 < disagreement <= 1
    post(client(owner), project, [{"image": task.image_id, "score": 0.8}])
    task.refresh_from_db()
    assert task.uncertainty == pytest.approx(combined(disagreement, answers=3, told=0.8))


def test_a_score_outweighs_that_of_a_pre_label(owner: User) -> None:
    project = uncertain(owner)
    [image] = make.images(project, 1)
    post(client(owner), project, [{"image": image.pk, "score": 0.9}])
    line = json.dumps({"image": str(image.pk), "annotation": make.CAT, "model": "m", "score": 0.99})
    answer = client(owner).post(f"{V1}projects/{project.slug}/prelabels/", line, content_type="application/x-ndjson")
    assert answer.json() == {"created": 1, "rejected": []}
    assert Task.objects.get(image=image).uncertainty == 0.9


def test_a_settled_image_keeps_its_place_and_remembers_the_score(owner: User) -> None:
    project = uncertain(owner)
    gold = make.golden(project)
    before = Task.objects.get(pk=gold.task_id).uncertainty
    post(client(owner), project, [{"image": gold.task.image_id, "score": 1}])
    task = Task.objects.get(pk=gold.task_id)
    assert (task.uncertainty, task.model_uncertainty, task.state) == (before, 1.0, "resolved")


def test_a_bad_line_is_named_and_stops_no_other(owner: User) -> None:
    project, foreign = uncertain(owner), make.project(make.user())
    [image], [theirs] = make.images(project, 1), make.images(foreign, 1)
    lines = [
        b"{", b"[]", b"\xff", {"image": image.pk}, {"image": image.pk, "score": 2}, {"image": image.pk, "score": True},
        {"image": True, "score": 0.5}, {"image": "nobody", "score": 0.5}, {"image": theirs.pk, "score": 0.5},
        {"image": "²", "score": 0.5}, {"image": image.pk, "score": 0.5, "model": 7}, b'{"image": "1", "score": NaN}',
        b"x" * 10_001, b"", {"image": image.pk, "score": 0.25},
    ]  # fmt: skip
    told = post(client(owner), project, lines)
    assert (told["taken"], told["changed"], told["rejected_count"]) == (1, 1, 13)
    assert [one["line"] for one in sorted(told["rejected"], key=lambda one: one["line"])] == list(range(1, 14))
    assert Task.objects.get(image=theirs).model_uncertainty is None


def test_twenty_thousand_scores_take_a_few_statements_and_a_claim_makes_no_more(owner: User) -> None:
    project = uncertain(owner)
    with_one = make.images(project, 1)
    worker = client(make.member(project))
    path = f"{V1}projects/{project.slug}/assignments/"

    def claimed() -> int:
        with CaptureQueriesContext(
            connection,
        ) as made:
            assert worker.post(path).status_code == 201
        return len(made)

    make.images(project, 3)
    claimed()
    before = claimed()
    many = [rows.Facts(f"many{n}.png", f"{n:064x}", 10, 10) for n in range(20_000)]
    rows.add_rows(project=project, rows=many, by=owner, now=timezone.now())
    ids = Image.objects.filter(project=project, name__startswith="many").values_list("pk", flat=True)
    lines = [{"image": pk, "score": place % 101 / 101} for place, pk in enumerate(ids)]
    began = time.monotonic()
    with CaptureQueriesContext(connection) as written:
        assert post(client(owner), project, lines)["changed"] == 20_000
    assert len(written) < 90
    assert time.monotonic() - began < 60
    assert claimed() == before
    assert with_one[0].pk not in ids


@pytest.mark.usefixtures("settled")
def test_scores_with_a_key_are_written_a_stretch_at_a_time(monkeypatch: Any) -> None:
    monkeypatch.setattr(scores, "STRETCH", 1)
    project = uncertain(make.user())
    images = make.images(project, 3)
    lines = "\n".join(json.dumps({"image": image.pk, "score": 0.5}) for image in images)
    api = client(project.memberships.get().user)
    with CaptureQueriesContext(connection) as caught:
        answers = [
            api.post(
                f"{V1}projects/{project.slug}/scores/",
                lines,
                content_type="application/x-ndjson",
                headers={"Idempotency-Key": "one"},
            )
            for _ in range(2)
        ]
    written = [one["sql"] for one in caught if "model_uncertainty = locked" in one["sql"] or one["sql"] == "COMMIT"]
    first = next(number for number, sql in enumerate(written) if sql != "COMMIT")
    assert [sql == "COMMIT" for sql in written[first : first + 6]] == [False, True] * 3
    assert (answers[0].json()["changed"], answers[1]["Idempotent-Replay"]) == (3, "true")
    assert answers[0].json() == answers[1].json()
