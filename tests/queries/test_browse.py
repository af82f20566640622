"""Finding images: every filter finds what it says, in pages without gap or repeat, and keeps up with every change."""

import io
import json
from typing import Any

import pytest
from django.utils import timezone

from crowd.models import Facet, FacetLabel, Image, Project, Task, User
from crowd.queries import browse_walk
from crowd.queries.browse_filter import Filter, from_query, parse, to_query
from crowd.queries.story import holds
from crowd.workflow.conflicts import adjudication
from crowd.workflow.consensus import resolving
from crowd.workflow.predictions import prelabels
from tests.factories import make, scene

pytestmark = pytest.mark.django_db


def found(project: Project, size: int = 50, **wanted: Any) -> list[int]:
    """Return all that match, page by page."""
    keys: list[int] = []
    cursor = ""
    for _ in range(100):
        page = browse_walk.walk(project=project, wanted=parse(wanted, strict=True), cursor=cursor, size=size)
        assert len(page.keys) <= size
        keys += page.keys
        cursor = page.cursor
        if not cursor:
            return keys
    raise AssertionError("the walk does not end")


def settle(project: Project, annotation: dict[str, Any], by: User) -> Task:
    """Return a task with this label."""
    task = make.task(project)
    return adjudication.adjudicate(task=task, annotation=annotation, by=by, now=timezone.now())


@pytest.mark.parametrize("order", ["newest", "oldest"])
@pytest.mark.parametrize("more", [{}, {"q": "image"}, {"gold": False}, {"state": "open"}])
def test_pages_follow_one_another_without_gap_or_repeat(project: Project, order: str, more: dict[str, Any]) -> None:
    make.images(make.project(make.user("another")), 3)
    keys = sorted(Task.objects.filter(image__in=make.images(project, 7)).values_list("pk", flat=True))
    wanted = keys[::-1] if order == "newest" else keys
    assert [found(project, size, order=order, **more) for size in (1, 3, 7, 50)] == [wanted] * 4


def test_pages_by_a_measure_follow_one_another_where_many_are_alike(project: Project) -> None:
    lines = []
    for index, image in enumerate(make.images(project, 9)):
        told = {"image": str(image.pk), "annotation": make.CAT, "model": "m", "score": (index % 3) / 10 + 0.5}
        lines.append(json.dumps(told).encode())
    owner = project.memberships.get(role="owner").user
    prelabels.load(project=project, lines=lines, by=owner, now=timezone.now())
    scores = dict(Facet.objects.values_list("task", "score"))
    rising = [scores[key] for key in found(project, 2, score_below=0.65)]
    falling = [scores[key] for key in found(project, 2, score_above=0.55)]
    assert (rising, falling) == ([0.5] * 3 + [0.6] * 3, [0.7] * 3 + [0.6] * 3)
    assert found(project, 4, score_above=0.6, score_below=0.7) == found(project, 4, score_above=0.6, score_below=0.7)


def test_each_filter_finds_what_it_says(project: Project, owner: User) -> None:
    cat, dog = settle(project, make.CAT, owner), settle(project, make.DOG, owner)
    car = settle(project, {**make.CAT, "objects": [{"label": "car", "box": [1, 2, 9, 9]}]}, owner)
    gold, plain = make.golden(project, make.FOX), make.task(project)
    worker = make.member(project)
    answered = make.answer(project, worker).task_id
    Image.objects.filter(task=plain).update(name="Harbour_1.png", metadata={"camera": "front", "night": True, "n": 3})
    adjudication.exclude(task=dog, by=owner, now=timezone.now(), excluded=True)
    everything = set(Task.objects.filter(project=project).values_list("pk", flat=True))
    pseudonym = project.standings.get().pseudonym
    assert found(project, **{"class": "car"}) == [car.pk]
    assert found(project, **{"class": "cat"}) == [car.pk, cat.pk]
    assert found(project, **{"class": "cat"}, order="oldest") == [cat.pk, car.pk]
    assert found(project, state="excluded") == found(project, state="excluded", **{"class": "dog"}) == [dog.pk]
    assert found(project, gold=True) == found(project, **{"class": "fox"}) == [gold.task_id]
    assert set(found(project, gold=False)) == everything - {gold.task_id}
    assert found(project, worker=worker.username) == found(project, worker=pseudonym) == [answered]
    assert found(project, worker="nobody") == []
    assert set(found(project, guideline=1)) == {cat.pk, dog.pk, car.pk, gold.task_id}
    assert found(project, guideline=7) == []
    assert set(found(project, confidence_above=1.0)) == set(found(project, guideline=1))
    assert found(project, q="harBOUR_") == found(project, q="camera=front") == [plain.pk]
    assert found(project, q="night=true") == found(project, q="n=3") == [plain.pk]
    assert found(project, q="camera=back") == found(project, q="100%") == found(project, q="ha_bour") == []
    assert found(project, **{"class": "cat"}, guideline=1, confidence_above=0.5, state="resolved") == [car.pk, cat.pk]


def test_facets_follow_the_label_in_force(project: Project, owner: User) -> None:
    task = settle(project, {"classifications": {"scene": "cat"}, "objects": []}, owner)
    other = settle(project, make.DOG, owner)
    assert set(FacetLabel.objects.values_list("task", "label")) == {(task.pk, "cat"), (other.pk, "dog")}
    adjudication.reopen(task=task, by=owner, reason="Look again.", now=timezone.now())
    assert set(FacetLabel.objects.values_list("task", "label")) == {(other.pk, "dog")}
    assert Facet.objects.get(task=task).confidence is None
    adjudication.adjudicate(task=task, annotation=make.FOX, by=owner, now=timezone.now())
    assert set(FacetLabel.objects.values_list("task", "label")) == {(task.pk, "fox"), (other.pk, "dog")}


def test_nested_options_multiple_ones_and_answers_of_yes_are_spoken(owner: User) -> None:
    from django.db import connection

    document = {
        "classifications": {"scene": "outdoor/street", "weather": ["rain", "fog"], "blurred": False, "odd": True},
        "objects": [{"label": "car", "attributes": {"occluded": True, "make": "old/rusty"}}, {"label": "car"}],
    }
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT crowd_labels_of(%s), crowd_labels_of('{}'), crowd_labels_of('[]')", [json.dumps(document)]
        )
        spoken, *nothing = cursor.fetchone()
    assert nothing == [[], []]
    assert sorted(spoken) == sorted(
        ["outdoor", "outdoor/street", "rain", "fog", "odd", "car", "occluded", "old", "old/rusty"]
    )


def test_every_facet_is_what_the_labels_say_after_all_that_may_happen() -> None:
    made = scene.everything()
    for task in Task.objects.filter(project=made.project):
        resolving.look_again(task_id=task.pk, now=timezone.now())
    for task in Task.objects.filter(project=made.project).select_related("consensus"):
        label = task.consensus.annotation if task.consensus else {"classifications": {}, "objects": []}
        spoken = set(FacetLabel.objects.filter(task=task).values_list("label", flat=True))
        assert spoken == {*label["classifications"].values(), *(one["label"] for one in label["objects"])}
        facet = Facet.objects.filter(task=task).first()
        assert (facet.confidence if facet else None) == (task.consensus.confidence if task.consensus else None)


def test_nonsense_is_left_out_of_an_address_and_refused_in_a_body() -> None:
    from crowd.errors import Invalid

    nonsense = {"state": "odd", "guideline": "x", "gold": "perhaps", "confidence_below": "nan", "label": "x", "y": "1"}
    assert parse({**nonsense, "q": "a\0b "}) == Filter(q="ab")
    with pytest.raises(Invalid) as fault:
        parse(nonsense, strict=True)
    assert {path.removeprefix("filter.") for path in fault.value.errors} == set(nonsense)


def test_an_address_gives_the_filter_back() -> None:
    wanted = Filter(
        state="open", label="a/b c", guideline=3, gold=False, confidence_below=0.25, q="x&y=1", order="oldest"
    )
    assert parse(from_query(to_query(wanted)), strict=True) == wanted


def test_a_cursor_of_another_walk_begins_anew_and_is_no_error(project: Project) -> None:
    keys = sorted((make.task(project).pk for _ in range(2)), reverse=True)
    for cursor in ("x", "1~", "~1", "nan~1", "0.5~x", f"{2**63}~1", "2020-01-01~1", "9" * 50 + "~1"):
        for wanted in (Filter(), Filter(confidence_below=0.5), Filter(worker="w"), Filter(q="image")):
            browse_walk.walk(project=project, wanted=wanted, cursor=cursor, size=5)
    assert list(browse_walk.walk(project=project, wanted=Filter(), cursor="x", size=5).keys) == keys


def test_a_line_of_a_release_is_found_by_halving() -> None:
    kept = [1, 2, 5, 8, 13, 21, 34]
    text = b"".join(json.dumps({"task": task, "more": "x" * (task * 3)}).encode() + b"\n" for task in kept)
    assert [task for task in range(40) if holds(io.BytesIO(text), size=len(text), task=task)] == kept
    assert not holds(io.BytesIO(b""), size=0, task=1)
