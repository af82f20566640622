"""Releases: what is chosen, drawn up once, built a file at a time, and the same for the same state."""

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from crowd import storage
from crowd.errors import Contradiction, Invalid
from crowd.formats import BY_DEFAULT, WRITERS
from crowd.models import Project, Release, ReleaseFile, Split, Task, User
from crowd.workflow import releasing
from crowd.workflow.assignments import submission
from crowd.workflow.conflicts import adjudication
from crowd.workflow.consensus import resolving
from crowd.workflow.guidelines import publishing
from crowd.workflow.releasing import building
from tests.factories import make

pytestmark = pytest.mark.django_db


def labelled(scenes: list[dict[str, Any]], **metadata: Any) -> tuple[Project, User]:
    """A project in which three workers said the same of each image."""
    owner = make.user("owner")
    project = make.project(owner, gold_rate=0, consensus="majority")
    crew = [make.member(project) for _ in range(3)]
    for number, scene in enumerate(scenes):
        task = make.task(project)
        task.image.metadata = {name: values[number] for name, values in metadata.items()}
        task.image.save()
        for worker in crew:
            [leased] = make.claim(project, worker)
            submission.submit(assignment=leased, annotation=scene, now=timezone.now(), seconds=4.0)
        resolving.resolve(task_id=task.pk, now=timezone.now())
    return project, owner


def cut(project: Project, owner: User, **options: Any) -> Release:
    release = releasing.cut(project=project, by=owner, now=timezone.now(), options=options)
    releasing.build(release_id=release.pk, now=timezone.now())
    release.refresh_from_db()
    assert (release.state, release.error) == ("ready", "")
    return release


def content(release: Release, name: str) -> bytes:
    return storage.store().read(release.files.get(format=name).key)


def lines(release: Release, name: str = "jsonl") -> list[dict[str, Any]]:
    return [json.loads(line) for line in content(release, name).splitlines()]


def manifest(release: Release) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(content(release, "manifest"))
    return found


def test_a_release_without_choices_has_the_default_formats_and_what_describes_it() -> None:
    release = cut(*labelled([make.CAT, make.DOG]))
    names = set(release.files.values_list("format", flat=True))
    assert len(BY_DEFAULT) == 9
    assert names == {*BY_DEFAULT, "manifest", "croissant", "statistics", "card", "card_html"}
    assert (release.images, release.annotations, release.guidelines) == (2, 2, [1])
    assert {one["format"] for one in manifest(release)["files"]} == names - {"manifest"}


def test_filters_keep_what_was_asked_for_and_say_so() -> None:
    project, owner = labelled([make.CAT, make.DOG, make.DOG])
    ruled = Task.objects.filter(project=project).order_by("pk")[0]
    adjudication.reopen(task=ruled, by=owner, reason="Look again.", now=timezone.now())
    adjudication.adjudicate(task=ruled, by=owner, annotation=make.FOX, now=timezone.now())
    dogs = cut(project, owner, filters={"classes": ["scene/dog"]}, formats=["csv"])
    assert [row["annotation"] for row in lines(dogs)] == [make.DOG, make.DOG]
    assert manifest(dogs)["options"] == {"filters": {"classes": ["scene/dog"]}, "formats": ["csv"]}
    assert set(dogs.files.values_list("format", flat=True)) & set(WRITERS) == {"csv", "jsonl"}
    people = cut(project, owner, filters={"settled_by": ["adjudication"]})
    assert [row["annotation"] for row in lines(people)] == [make.FOX]
    crowd = cut(project, owner, filters={"settled_by": ["consensus"], "guidelines": [1], "min_confidence": 0.1})
    assert len(lines(crowd)) == 2
    assert cut(project, owner, filters={"guidelines": [7]}).images == 0


def test_a_name_that_the_guideline_does_not_have_is_refused() -> None:
    project, owner = labelled([])
    with pytest.raises(Invalid) as refusal:
        releasing.cut(project=project, by=owner, now=timezone.now(), options={"filters": {"classes": ["dgo"]}})
    assert list(refusal.value.errors) == ["filters.classes"]
    assert not project.releases.exists()


def test_an_image_keeps_its_split_in_later_releases_and_groups_stay_whole() -> None:
    project, owner = labelled([make.CAT, make.DOG] * 5, patient=[n // 2 for n in range(10)])
    splits = {"fractions": {"train": 0.6, "test": 0.4}, "group_by": "patient"}
    first = cut(project, owner, splits=splits, formats=["jsonl"])
    drawn = {row["image"]["sha256"]: row["split"] for row in lines(first)}
    assert sorted(drawn.values()) == ["test"] * 4 + ["train"] * 6
    by_patient = [{drawn[t.image.sha256] for t in Task.objects.filter(image__metadata__patient=n)} for n in range(5)]
    assert all(len(found) == 1 for found in by_patient)
    assert manifest(first)["splits"] == {"test": 4, "train": 6}

    more = make.task(project)
    adjudication.adjudicate(task=more, by=owner, annotation=make.FOX, now=timezone.now())
    second = cut(project, owner, splits=splits, formats=["jsonl"])
    later = {row["image"]["sha256"]: row["split"] for row in lines(second)}
    assert {sha: later[sha] for sha in drawn} == drawn
    assert len(later) == 11
    assert Split.objects.count() == 11


def test_a_class_that_was_renamed_is_found_under_its_new_name_and_spread_by_it() -> None:
    project, owner = labelled([make.CAT, make.DOG])
    schema = json.loads(json.dumps(make.SCHEMA).replace('"cat"', '"kitten"'))
    now = timezone.now()
    publishing.draft(project=project, by=owner, body="# Look", schema=schema, now=now)
    how = {"impact": "clarification", "rename": {"scene/cat": "scene/kitten"}}
    publishing.publish(project=project, number=2, by=owner, now=now, **how)
    release = cut(project, owner, filters={"classes": ["scene/kitten"]}, splits={"fractions": {"train": 1}})
    assert [row["annotation"]["classifications"] for row in lines(release)] == [{"scene": "kitten"}]


def test_a_split_drawn_anew_under_other_names_stays_from_then_on() -> None:
    project, owner = labelled([make.CAT, make.DOG] * 3)
    cut(project, owner, splits={"fractions": {"all": 1}}, formats=["jsonl"])
    halves = {"fractions": {"train": 0.5, "test": 0.5}}
    drawn = {row["task"]: row["split"] for row in lines(cut(project, owner, splits=halves, formats=["jsonl"]))}
    for _ in range(3):
        adjudication.adjudicate(task=make.task(project), by=owner, annotation=make.CAT, now=timezone.now())
    later = {row["task"]: row["split"] for row in lines(cut(project, owner, splits=halves, formats=["jsonl"]))}
    assert {task: later[task] for task in drawn} == drawn


def test_raw_answers_and_soft_labels_go_along_under_pseudonyms() -> None:
    project, owner = labelled([make.CAT])
    release = cut(project, owner, include=["answers", "soft_labels"], formats=["jsonl"])
    answers = lines(release, "answers")
    assert [one["annotation"] for one in answers] == [make.CAT] * 3
    names = set(User.objects.values_list("username", flat=True))
    assert not any(one["worker"] in names for one in answers)
    assert {one["worker"] for one in answers} == {step["worker"] for step in lines(release)[0]["lineage"]}
    assert lines(release, "soft_labels")[0]["questions"] == {"scene": {"cat": pytest.approx(1.0)}}


def test_the_card_tells_what_is_in_it_and_what_to_beware_of() -> None:
    project, owner = labelled([make.CAT, make.DOG])
    make.task(project)
    release = cut(project, owner)
    text = content(release, "card").decode()
    assert "2 images, 2 labels, from 3 workers." in text
    assert "| cat | 1 | 50.0% |" in text
    assert "their error rate is not known" in text
    assert "1 open" in text
    assert content(release, "card_html").startswith(b"<!doctype html>")


def test_a_hostile_guideline_does_no_harm_in_the_card() -> None:
    project, owner = labelled([make.CAT])
    evil = "<script>alert(1)</script> [x](javascript:alert(1)) ![i](https://spy.example/i.png)"
    publishing.draft(project=project, by=owner, body=evil, schema=make.SCHEMA, now=timezone.now())
    publishing.publish(project=project, number=2, by=owner, now=timezone.now())
    page = content(cut(project, owner), "card_html")
    assert b"<script>alert" not in page
    assert b'href="javascript:' not in page
    assert b"<img" not in page


class Crash(Exception):
    """The machine went down."""


def test_a_build_that_crashed_goes_on_with_the_next_file_and_what_was_resolved_when_it_began(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    project, owner = labelled([make.CAT])
    release = releasing.cut(project=project, by=owner, now=timezone.now())

    def crash(plan: Any, sink: Any) -> Any:
        raise Crash

    monkeypatch.setitem(building._STEPS, "masks", replace(building._STEPS["masks"], write=crash))
    with pytest.raises(Crash):
        releasing.build(release_id=release.pk, now=timezone.now())
    monkeypatch.undo()
    done = dict(release.files.values_list("format", "sha256"))
    assert {"statistics", "csv"} < set(done)
    assert "masks" not in done
    late = make.task(project)
    adjudication.adjudicate(task=late, by=owner, annotation=make.FOX, now=timezone.now())
    releasing.build(release_id=release.pk, now=timezone.now())
    release.refresh_from_db()
    assert (release.state, release.images) == ("ready", 1)
    assert {name: sha for name, sha in release.files.values_list("format", "sha256") if name in done} == done


def test_a_release_called_off_stays_off_and_its_number_stays_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    project, owner = labelled([make.CAT])
    release = releasing.cut(project=project, by=owner, now=timezone.now())
    kept = building._still_wanted

    def called_off(found: Release) -> bool:
        if found.files.count() == 2:
            releasing.cancel(release=found, by=owner, now=timezone.now())
        return kept(found)

    monkeypatch.setattr(building, "_still_wanted", called_off)
    releasing.build(release_id=release.pk, now=timezone.now())
    monkeypatch.undo()
    release.refresh_from_db()
    assert (release.state, release.error) == ("failed", "Cancelled by owner.")
    assert release.files.count() == 2
    releasing.build(release_id=release.pk, now=timezone.now() + timedelta(hours=2))
    assert ReleaseFile.objects.filter(release=release).count() == 2
    with pytest.raises(Contradiction):
        releasing.cancel(release=release, by=owner, now=timezone.now())
    assert cut(project, owner).number == 2


def test_the_same_state_gives_the_same_bytes_but_for_number_and_date() -> None:
    project, owner = labelled([make.CAT, make.DOG])
    first, second = cut(project, owner), cut(project, owner)
    for name in ("csv", "jsonl", "yolo", "masks", "statistics"):  # the others say their release
        assert content(first, name) == content(second, name)
