"""What a new version does to what was there: labels merged and divided, gold set aside, examples and approval."""

import copy
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from crowd.errors import Contradiction, Invalid, Refused
from crowd.models import Gold, GuidelineExample, Project, Standing, Task
from crowd.queries import impact, integrity, qualification, versions
from crowd.workflow import gold
from crowd.workflow.assignments import submission
from crowd.workflow.consensus import resolving
from crowd.workflow.guidelines import approving, examples, publishing
from tests.factories import make

pytestmark = pytest.mark.django_db

VEHICLES: dict[str, Any] = {
    "classifications": [
        {"name": "wet", "kind": "binary"},
        {"name": "scene", "kind": "single", "options": [{"name": "road"}, {"name": "field"}]},
    ],
    "objects": [
        {"name": "vehicle", "shape": "box", "attributes": [{"name": "large", "kind": "binary"}]},
        {"name": "van", "shape": "box"},
    ],
}


def objects(*names: str) -> dict[str, Any]:
    """The same questions with other classes."""
    shapes = [{"name": name, "shape": "box", "attributes": [{"name": "large", "kind": "binary"}]} for name in names]
    return {**copy.deepcopy(VEHICLES), "objects": shapes}


def vehicle(label: str = "vehicle", **attributes: Any) -> dict[str, Any]:
    """An answer with one box."""
    return {"classifications": {}, "objects": [{"label": label, "box": [1, 1, 20, 20], "attributes": attributes}]}


def publish(project: Project, schema: dict[str, Any], **consequences: Any) -> Any:
    """A new version in force."""
    owner = project.memberships.filter(role="owner")[0].user
    draft = publishing.draft(project=project, by=owner, body="", schema=schema, now=timezone.now())
    return publishing.publish(project=project, number=draft.number, by=owner, now=timezone.now(), **consequences)


def labels(project: Project) -> list[list[str]]:
    """The classes of each valid answer as it reads under the version in force."""
    now, found = versions.current(project), []
    assert now is not None
    for task in Task.objects.filter(project=project).order_by("pk"):
        for one in task.assignments.valid().select_related("guideline").order_by("submitted_at"):
            read = versions.read(
                one.annotation,
                image=task.image,
                made_under=one.guideline,
                target=now,
                history=versions.history(project),
            )
            found.append([] if read is None else [each.label for each in read.objects])
    return found


@pytest.fixture
def vehicles() -> Project:
    return make.project(make.user(), schema=VEHICLES)


def test_merged_labels_are_read_under_the_new_name_and_nothing_is_asked_again(vehicles: Project) -> None:
    make.images(vehicles, 2)
    worker = make.member(vehicles)
    make.answer(vehicles, worker, vehicle("vehicle"))
    make.answer(vehicles, worker, vehicle("van"))
    publish(vehicles, objects("car"), merge={"car": ["vehicle", "van"]})
    assert labels(vehicles) == [["car"], ["car"]]
    assert vehicles.guidelines.get(number=2).merge == {"car": ["vehicle", "van"]}


def test_a_label_divided_by_a_rule_asks_again_only_where_the_rule_is_silent(vehicles: Project) -> None:
    make.images(vehicles, 3)
    worker = make.member(vehicles)
    for said in (vehicle(large=True), vehicle(large=False), vehicle()):
        make.answer(vehicles, worker, said)
    rule = {"vehicle": {"by": "large", "into": {"true": "truck", "false": "car"}}}
    owner = vehicles.memberships.get(role="owner").user
    draft = publishing.draft(
        project=vehicles, by=owner, body="", schema=objects("truck", "car", "van"), now=timezone.now()
    )
    told = impact.consequences(guideline=draft, affected=[], split=rule)
    assert (told["answers"], told["tasks"]) == (1, 1)
    publishing.publish(project=vehicles, number=2, by=owner, now=timezone.now(), split=rule)
    assert labels(vehicles) == [["truck"], ["car"]]
    silent = Task.objects.order_by("pk")[2]
    assert (silent.labels, silent.open_slots, silent.assignments.get().state) == (0, 3, "void")
    assert "divides vehicle" in silent.assignments.get().reason
    assert Standing.objects.get(worker=worker).labels == 2
    assert [one for one in integrity.run() if one.offenders] == []


def test_what_only_people_can_divide_is_asked_of_them_again(vehicles: Project) -> None:
    make.images(vehicles, 2)
    worker = make.member(vehicles)
    make.answer(vehicles, worker, vehicle(large=True))
    make.answer(vehicles, worker, vehicle("van"))
    publish(vehicles, objects("truck", "car", "van"), split={"vehicle": "ask"})
    assert [row.labels for row in Task.objects.order_by("pk")] == [0, 1]


def test_an_option_is_divided_by_another_question(vehicles: Project) -> None:
    make.images(vehicles, 2)
    worker = make.member(vehicles)
    for wet in (True, False):
        make.answer(vehicles, worker, {"classifications": {"scene": "road", "wet": wet}, "objects": []})
    schema = copy.deepcopy(VEHICLES)
    schema["classifications"][1]["options"] = [{"name": name} for name in ("wet road", "dry road", "field")]
    publish(vehicles, schema, split={"road": {"by": "wet", "into": {"true": "wet road"}, "otherwise": "dry road"}})
    now = versions.current(vehicles)
    assert now is not None
    said = [
        versions.read(
            task.assignments.get().annotation,
            image=task.image,
            made_under=task.assignments.get().guideline,
            target=now,
            history=versions.history(vehicles),
        )
        for task in Task.objects.order_by("pk")
    ]
    assert [one and one.classifications["scene"] for one in said] == ["wet road", "dry road"]


@pytest.mark.parametrize(
    ("consequences", "path"),
    [
        ({"merge": {"car": "vehicle"}}, "merge.car"),
        ({"split": {"boat": "ask"}}, "split.boat"),
        ({"split": {"vehicle": {"by": "size", "into": {"true": "car"}}}}, "split.vehicle.by"),
        ({"split": {"vehicle": {"by": "large", "into": {"true": "boat"}}}}, "split.vehicle.into.true"),
        ({"split": {"vehicle": {"by": "large", "into": {"maybe": "car"}}}}, "split.vehicle.into.maybe"),
        ({"split": {"vehicle": "ask"}, "rename": {"vehicle": "car"}}, "split.vehicle"),
    ],
)
def test_a_rule_that_says_nothing_is_refused_by_its_path(
    vehicles: Project, consequences: dict[str, Any], path: str
) -> None:
    with pytest.raises(Invalid) as caught:
        publish(vehicles, objects("car", "van"), **consequences)
    assert list(caught.value.errors) == [path]
    assert vehicles.guidelines.get(state="published").number == 1


def test_gold_that_no_longer_reads_is_given_to_nobody_until_it_is_corrected() -> None:
    project = make.project(make.user(), schema=VEHICLES, exam_tasks=1, exam_attempts=1, gold_rate=0.5)
    exam, hidden, fine = (
        make.golden(project, said, use=use)
        for said, use in ((vehicle(), "exam"), (vehicle(), "hidden"), (vehicle("van"), "exam"))
    )
    make.images(project, 3)
    points = objects("vehicle", "van")
    points["objects"][0] = {"name": "vehicle", "shape": "point"}
    number = publish(project, points).number
    assert set(Gold.objects.filter(unreadable_at__isnull=False)) == {exam, hidden}
    event = project.events.get(type="guideline.published", data__guideline=number)
    assert event.data["gold_unreadable"] == [exam.pk, hidden.pk]
    worker = make.member(project)
    [first] = make.claim(project, worker)
    assert first.task_id == fine.task_id
    standing = Standing.objects.get(worker=worker)
    submission.submit(assignment=first, annotation=vehicle("van"), now=timezone.now())
    standing.refresh_from_db()
    assert qualification.progress(standing=standing, project=project).stage == "work"
    assert all(one.task_id != hidden.task_id for one in make.claim(project, worker, rng=make.AlwaysGold(), count=3))
    spot = {"classifications": {}, "objects": [{"label": "vehicle", "point": [5, 5]}]}
    gold.correct(gold=hidden, by=hidden.created_by, annotation=spot, now=timezone.now())
    make.images(project, 3)
    given = make.claim(project, make.member(project), rng=make.AlwaysGold(), count=3)
    assert exam.task_id not in {one.task_id for one in given}
    assert [one for one in integrity.run() if one.offenders] == []


def test_gold_without_an_answer_to_a_new_required_question_is_set_aside_until_it_is_not_required() -> None:
    project = make.project(make.user())
    planted = make.golden(project)
    asking = copy.deepcopy(make.SCHEMA)
    asking["classifications"].append({"name": "blurred", "kind": "binary", "required": True})
    publish(project, asking)
    planted.refresh_from_db()
    assert planted.unreadable_at is not None
    publish(project, make.SCHEMA)
    planted.refresh_from_db()
    assert planted.unreadable_at is None


def test_examples_belong_to_a_draft_and_never_change_once_it_is_published(project: Project) -> None:
    owner = project.memberships.get(role="owner").user
    image = make.images(project)[0]
    box = {"classifications": {}, "objects": [{"label": "car", "box": [1, 1, 20, 20]}]}
    publishing.begin(project=project, number=1, by=owner, now=timezone.now())
    made = examples.add(
        project=project,
        number=2,
        image=str(image.pk),
        label="car",
        verdict="wrong",
        annotation=box,
        note="Too loose.",
        by=owner,
        now=timezone.now(),
    )
    examples.change(project=project, number=2, pk=made.pk, changes={"verdict": "right", "note": "Tight."})
    with pytest.raises(Invalid):
        examples.change(project=project, number=2, pk=made.pk, changes={"label": "boat"})
    with pytest.raises(Invalid):
        examples.change(project=project, number=2, pk=made.pk, changes={"annotation": {"objects": [{"label": "boat"}]}})
    publishing.publish(project=project, number=2, by=owner, now=timezone.now())
    with pytest.raises(Contradiction):
        examples.remove(project=project, number=2, pk=made.pk)
    for broken in (
        lambda: GuidelineExample.objects.filter(pk=made.pk).update(note="Other."),
        lambda: GuidelineExample.objects.filter(pk=made.pk).delete(),
    ):
        with pytest.raises(IntegrityError, match="never change"), transaction.atomic():
            broken()
    third = publishing.begin(project=project, number=2, by=owner, now=timezone.now())
    assert [(one.label, one.verdict, one.note) for one in third.examples.all()] == [("car", "right", "Tight.")]
    assert examples.copy(source=third, target=publishing.draft(
        project=project, by=owner, body="", schema=objects("van"), now=timezone.now()
    ), by=owner, now=timezone.now()) == 0  # fmt: skip


def test_an_example_shows_an_image_of_its_own_project(project: Project) -> None:
    owner = project.memberships.get(role="owner").user
    foreign = make.images(make.project(make.user()))[0]
    publishing.begin(project=project, number=1, by=owner, now=timezone.now())
    said: dict[str, Any] = {"label": "car", "verdict": "right", "annotation": {}}
    with pytest.raises(Invalid):
        examples.add(project=project, number=2, image=str(foreign.pk), by=owner, now=timezone.now(), **said)
    with pytest.raises(IntegrityError, match="its project"), transaction.atomic():
        GuidelineExample.objects.create(
            guideline=project.guidelines.get(number=2),
            image=foreign,
            created_by=owner,
            created_at=timezone.now(),
            **said,
        )


def test_where_a_second_owner_is_asked_for_nobody_publishes_alone() -> None:
    first = make.user()
    project = make.project(first, publish=False)
    project.guideline_review = True
    project.save()
    second = make.member(project, "owner")
    publishing.draft(project=project, by=first, body="", schema=make.SCHEMA, now=timezone.now())

    def publish_it() -> Any:
        return publishing.publish(project=project, number=1, by=first, now=timezone.now())

    with pytest.raises(Contradiction, match="second owner"):
        publish_it()
    with pytest.raises(Contradiction):
        approving.approve(project=project, number=1, by=second, now=timezone.now())
    approving.ask(project=project, number=1, by=first, now=timezone.now())
    with pytest.raises(Refused):
        approving.approve(project=project, number=1, by=first, now=timezone.now())
    approving.approve(project=project, number=1, by=second, now=timezone.now())
    publishing.edit(project=project, number=1, body="Changed since.")
    with pytest.raises(Contradiction):
        publish_it()
    approving.ask(project=project, number=1, by=first, now=timezone.now())
    approving.approve(project=project, number=1, by=second, now=timezone.now())
    assert publish_it().state == "published"


def test_what_was_renamed_is_still_resolved_after_a_merge(project: Project) -> None:
    task = make.task(project)
    for said in (make.CAT, make.DOG, make.CAT):
        make.answer(project, make.member(project), said)
    pets = copy.deepcopy(make.SCHEMA)
    pets["classifications"][0]["options"] = [{"name": "pet"}, {"name": "fox"}]
    publish(project, pets, merge={"scene/pet": ["scene/cat", "scene/dog"]})
    resolving.resolve(task_id=task.pk, now=timezone.now())
    task.refresh_from_db()
    assert (task.state, task.consensus.annotation["classifications"]) == ("resolved", {"scene": "pet"})
