"""Standings: warned, paused, let go on, banned; appeals; what a worker is told and when."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from crowd import trust
from crowd.errors import Contradiction, Invalid, Missing, Refused
from crowd.models import Appeal, Assignment, Event, Gold, Project, Release, Standing, StandingVersion, Task, User
from crowd.queries import integrity, work, workers
from crowd.workflow import gold, releasing
from crowd.workflow.assignments import submission
from crowd.workflow.conflicts import adjudication
from crowd.workflow.consensus import fitting, resolving
from crowd.workflow.gold import scoring, weighing
from crowd.workflow.workers import appeals, standing, suspecting
from tests.factories import make

pytestmark = pytest.mark.django_db
SCENES = {"cat": make.CAT, "dog": make.DOG, "fox": make.FOX}


@pytest.fixture
def watched() -> Project:
    """A project that serves gold whenever the dice say so."""
    return make.project(make.user(), gold_rate=0.5, min_gold_checks=5)


def owner_of(project: Project) -> User:
    return project.memberships.get(role="owner").user


def row_of(worker: User) -> Standing:
    return Standing.objects.select_related("project", "worker").get(worker=worker)


def meet(project: Project, worker: User, answers: Sequence[dict[str, Any]]) -> None:
    """Have the worker answer gold, all of which is a cat."""
    for annotation in answers:
        make.golden(project)
        done = make.answer(project, worker, annotation, rng=make.AlwaysGold())
        assert Gold.objects.filter(task=done.task_id).exists()
        resolving.resolve(task_id=done.task_id, now=timezone.now())


def set_(project: Project, worker: User, status: str, **how: Any) -> Standing:
    how = {"by": owner_of(project), "now": timezone.now(), "reason": "" if status == "active" else "Because.", **how}
    return standing.set_status(project=project, username=worker.username, status=status, **how)


def events(kind: str, worker: User) -> list[dict[str, Any]]:
    return list(Event.objects.filter(type=kind, data__worker=worker.username).values_list("data", flat=True))


def sound() -> None:
    assert [one.offenders for one in integrity.run() if one.offenders] == []


# --- warnings, doubt and pauses ---------------------------------------------------------------------------------------


def test_doubt_grows_before_a_pause_and_a_warning_is_an_event_told_once(watched: Project) -> None:
    make.images(watched, 30)
    worker = make.member(watched)
    meet(watched, worker, [make.CAT] * 3 + [make.DOG] * 3)
    row = row_of(worker)
    assert (row.status, row.findings["accuracy"]["severity"], row.doubt) == ("active", "note", 1.5)
    assert events("worker.warned", worker) == []
    found = trust.Finding("speed", "warn", "Too fast.", {"fast": 30})
    for _ in range(2):
        standing.heed(standing=row, found=[found], rules=["speed"], now=timezone.now())
    assert [one["reason"] for one in events("worker.warned", worker)] == ["Too fast."]
    assert (row_of(worker).status, row_of(worker).doubt) == ("active", 2.0)
    standing.heed(standing=row, found=[], rules=["speed"], now=timezone.now())
    assert (list(row_of(worker).findings), row_of(worker).doubt) == (["accuracy"], 1.5)


def test_a_pause_that_rested_on_wrong_gold_ends_with_its_correction(watched: Project) -> None:
    make.images(watched, 9)
    worker = make.member(watched)
    meet(watched, worker, [make.DOG] * 5)
    assert (row_of(worker).status, row_of(worker).rule, row_of(worker).pauses) == ("paused", "accuracy", 1)
    appeals.appeal(project=watched, worker=worker, text="These were dogs.", now=timezone.now())
    for planted in Gold.objects.filter(task__project=watched):
        gold.correct(gold=planted, annotation=make.DOG, by=owner_of(watched), now=timezone.now())
        resolving.resolve(task_id=planted.task_id, now=timezone.now())
    row = row_of(worker)
    assert (row.status, row.reason, row.gold_passed, row.findings) == ("active", "", 5, {})
    assert [one["reason"] for one in events("worker.resumed", worker)] == ["What it rested on was corrected."]
    assert Appeal.objects.get().outcome == "upheld"
    sound()


def test_an_owners_pause_does_not_end_by_itself(watched: Project) -> None:
    make.images(watched, 9)
    worker = make.member(watched)
    set_(watched, worker, "paused")
    standing.judge(standing=row_of(worker), now=timezone.now())
    assert row_of(worker).status == "paused"


def test_nothing_from_before_counts_against_somebody_let_go_on(watched: Project) -> None:
    worker = spam(watched)
    suspecting.suspect(now=timezone.now())
    assert row_of(worker).findings["repetition"]["severity"] in {"warn", "pause"}
    set_(watched, worker, "active")
    Standing.objects.filter(worker=worker).update(examined_labels=0)
    suspecting.suspect(now=timezone.now())
    assert (row_of(worker).findings, row_of(worker).doubt, row_of(worker).status) == ({}, 1.0, "active")


def test_gold_confirmed_after_somebody_was_let_go_on_counts_for_the_time_before(watched: Project) -> None:
    make.images(watched, 9)
    worker = make.member(watched)
    meet(watched, worker, [make.DOG] * 4)
    doubted = Gold.objects.filter(checks__passed=False).first()
    assert doubted is not None
    finding = {"annotation": make.DOG, "gave": 4, "of": 4, "probability": 0.99}
    Gold.objects.filter(pk=doubted.pk).update(suspected_at=timezone.now(), suspicion=finding)
    scoring.recount(project=watched, workers=[worker.pk], now=timezone.now())
    assert (row_of(worker).gold_seen, row_of(worker).gold_passed) == (3, 0)
    set_(watched, worker, "paused")
    set_(watched, worker, "active")
    weighing.confirm(gold=doubted, by=owner_of(watched), now=timezone.now())
    row = row_of(worker)
    assert (row.gold_seen, row.cleared_at_seen, row.findings) == (4, 4, {})
    meet(watched, worker, [make.CAT])
    row = row_of(worker)
    assert (row.gold_seen - row.cleared_at_seen, row.gold_passed - row.cleared_at_passed) == (1, 1)
    sound()


# --- looking workers over ---------------------------------------------------------------------------------------------


def spam(project: Project, *, images: int = 24) -> User:
    """Two honest workers and one who always says “cat” have answered every image; a third of them shows one."""
    tasks = [image.task for image in make.images(project, images)]
    truth = {task.pk: list(SCENES.values())[place * 7 % 3] for place, task in enumerate(tasks)}
    crew = [make.member(project) for _ in range(3)]
    for worker in crew:
        for leased in make.claim(project, worker, count=images):
            document = make.CAT if worker is crew[2] else truth[leased.task_id]
            submission.submit(assignment=leased, annotation=document, now=timezone.now())
    return crew[2]


def test_the_job_finds_who_always_says_the_same_and_leaves_the_others_alone(watched: Project) -> None:
    worker = spam(watched)
    suspecting.suspect(now=timezone.now())
    assert list(row_of(worker).findings) == ["repetition"]
    others = Standing.objects.filter(project=watched).exclude(worker=worker)
    assert [(row.findings, row.doubt) for row in others] == [({}, 1.0)] * 2
    told = [*events("worker.warned", worker), *events("worker.paused", worker)]
    assert [one["rule"] for one in told] == ["repetition"]
    sound()


def test_the_job_looks_only_at_who_has_answered_since(watched: Project) -> None:
    spam(watched)
    suspecting.suspect(now=timezone.now())
    with CaptureQueriesContext(
        connection,
    ) as asked:
        suspecting.suspect(now=timezone.now())
    assert len(asked) == 1


BOXES = {"objects": [{"name": "car", "shape": "box"}]}


def boxes(*numbers: float) -> dict[str, Any]:
    return {
        "classifications": {},
        "objects": [{"label": "car", "box": [one + 0.3, 5.1, 20.7, 21.9]} for one in numbers],
    }


def test_who_hands_in_anothers_outlines_is_found_and_they_are_not() -> None:
    project = make.project(make.user(), schema=BOXES)
    make.images(project, 14, width=90)
    first, honest, copier = (make.member(project) for _ in range(3))
    for worker, shift in ((first, 0.0), (honest, 1.7), (copier, 0.0)):
        for leased in make.claim(project, worker, count=14):
            document = boxes(leased.task_id % 20 + shift, 40 + leased.task_id % 20 + shift)
            submission.submit(assignment=leased, annotation=document, now=timezone.now())
    suspecting.suspect(now=timezone.now())
    assert list(row_of(copier).findings) == ["copies"]
    assert (row_of(copier).status, row_of(copier).rule) == ("paused", "copies")
    assert first.username not in row_of(copier).reason
    assert workers.partners(row_of(copier)) == {"copies": first.username}
    assert (row_of(first).findings, row_of(honest).findings) == ({}, {})


def test_outlines_that_a_machine_proposed_are_nobodys_copies() -> None:
    project = make.project(make.user(), schema=BOXES)
    make.images(project, 14, width=90)
    guideline = project.guidelines.get()
    for task in project.tasks.all():
        Task.objects.filter(pk=task.pk).update(prelabel=boxes(task.pk % 20, 50), prelabel_guideline=guideline)
    crew = [make.member(project) for _ in range(3)]
    for worker in crew:
        for leased in make.claim(project, worker, count=14):
            document = boxes(leased.task_id % 20, 50)
            submission.submit(assignment=leased, annotation=document, now=timezone.now())
    suspecting.suspect(now=timezone.now())
    assert [row.findings for row in Standing.objects.filter(project=project)] == [{}, {}, {}]


def test_what_is_told_names_no_image_no_worker_and_no_answer(watched: Project) -> None:
    worker = spam(watched)
    suspecting.suspect(now=timezone.now())
    reason = row_of(worker).findings["repetition"]["reason"]
    names = [*User.objects.values_list("username", flat=True), *SCENES, *watched.images.values_list("name", flat=True)]
    assert [name for name in names if name in reason] == []


def test_a_worker_who_cannot_be_looked_over_keeps_nobody_else_from_it(
    watched: Project, caplog: pytest.LogCaptureFixture
) -> None:
    worker = spam(watched)
    broken = Standing.objects.filter(project=watched).exclude(worker=worker).order_by("pk")[0]
    Standing.objects.filter(pk=broken.pk).update(findings={"speed": {}})
    suspecting.suspect(now=timezone.now())
    assert list(row_of(worker).findings) == ["repetition"]
    assert f"standing {broken.pk}" in caplog.text
    assert row_of(broken.worker).examined_at is not None  # and waits behind the others for the next time
    assert row_of(broken.worker).examined_labels == 0


# --- what a worker is told --------------------------------------------------------------------------------------------


def told(project: Project, worker: User) -> tuple[int, int]:
    record = work.record(project=project, worker=worker)
    return record.gold_seen, record.gold_passed


def test_gold_counts_and_warnings_move_with_every_tenth_answer_only(watched: Project) -> None:
    Project.objects.filter(pk=watched.pk).update(min_gold_checks=30)
    make.images(watched, 40)
    worker = make.member(watched)
    seen = []
    for number in range(1, 21):
        meet(watched, worker, [make.CAT if number % 2 else make.DOG]) if number % 3 == 0 else make.answer(
            watched, worker
        )
        if number == 5:
            found = trust.Finding("speed", "warn", "Too fast.")
            standing.heed(standing=row_of(worker), found=[found], rules=["speed"], now=timezone.now())
        seen.append((*told(watched, worker), work.record(project=watched, worker=worker).warning))
    assert seen == [(0, 0, "")] * 9 + [(3, 2, "Too fast.")] * 10 + [(6, 3, "Too fast.")]
    sound()


def test_gold_scored_late_is_told_with_the_ten_it_belongs_to(watched: Project) -> None:
    make.images(watched, 20)
    worker = make.member(watched)
    for _ in range(9):
        make.answer(watched, worker)
    planted = make.golden(watched)
    make.answer(watched, worker, rng=make.AlwaysGold())
    assert told(watched, worker) == (0, 0)
    make.answer(watched, worker)
    resolving.resolve(task_id=planted.task_id, now=timezone.now())
    assert told(watched, worker) == (1, 1)


def test_a_pause_tells_why_and_moves_no_count_before_the_tenth_answer(watched: Project) -> None:
    make.images(watched, 9)
    worker = make.member(watched)
    meet(watched, worker, [make.DOG] * 5)
    assert (row_of(worker).gold_seen, told(watched, worker)) == (5, (0, 0))
    assert work.record(project=watched, worker=worker).reason == row_of(worker).findings["accuracy"]["reason"]
    with pytest.raises(Refused, match="0 of 5"):
        make.claim(watched, worker)


def test_ones_record_costs_the_same_after_any_number_of_answers(watched: Project) -> None:
    make.images(watched, 30)
    worker = make.member(watched)
    costs = []
    for _ in range(2):
        for _ in range(12):
            make.answer(watched, worker)
        with CaptureQueriesContext(connection) as asked:
            work.record(project=watched, worker=worker)
        costs.append(len(asked))
    assert costs == [4, 4]


# --- appeals ----------------------------------------------------------------------------------------------------------


def appeal(project: Project, worker: User, text: str = "I was ill.") -> Appeal:
    return appeals.appeal(project=project, worker=worker, text=text, now=timezone.now())


def decide(one: Appeal, outcome: str, reason: str = "") -> Appeal:
    by = owner_of(one.standing.project)
    return appeals.decide(appeal=one, outcome=outcome, reason=reason, by=by, now=timezone.now())


def test_an_appeal_is_made_once_a_pause_and_only_by_who_is_paused(watched: Project) -> None:
    worker = make.member(watched)
    with pytest.raises(Contradiction, match="nothing to appeal"):
        appeal(watched, worker)
    set_(watched, worker, "paused")
    with pytest.raises(Invalid):
        appeal(watched, worker, "  ")
    appeal(watched, worker)
    with pytest.raises(Contradiction, match="appealed already"):
        appeal(watched, worker)
    set_(watched, worker, "paused", reason="Said more clearly.")  # the same pause in other words
    with pytest.raises(Contradiction):
        appeal(watched, worker)
    set_(watched, worker, "banned")
    assert Appeal.objects.get().outcome == "rejected"
    appeal(watched, worker, "A ban is too much.")
    assert list(Appeal.objects.order_by("pk").values_list("against", "given_reason", "outcome")) == [
        ("paused", "Because.", "rejected"),
        ("banned", "Because.", ""),
    ]
    sound()


def test_an_upheld_appeal_lets_the_worker_go_on_afresh(watched: Project) -> None:
    make.images(watched, 9)
    worker = make.member(watched)
    meet(watched, worker, [make.DOG] * 5)
    decided = decide(appeal(watched, worker), "upheld", "Our gold was wrong.")
    row = row_of(worker)
    assert (row.status, row.reason, row.cleared_at_seen, row.findings) == ("active", "", 5, {})
    assert (decided.outcome, decided.reason, decided.decided_by) == ("upheld", "Our gold was wrong.", owner_of(watched))
    assert len(make.claim(watched, worker)) == 1
    assert [one["outcome"] for one in events("appeal.decided", worker)] == ["upheld"]
    with pytest.raises(Contradiction, match="decided already"):
        decide(decided, "rejected", "No.")
    sound()


def test_a_rejected_appeal_says_why_and_changes_nothing_else(watched: Project) -> None:
    worker = make.member(watched)
    set_(watched, worker, "paused")
    one = appeal(watched, worker)
    with pytest.raises(Invalid):
        decide(one, "rejected", " ")
    decide(one, "rejected", "It was not only once.")
    record = work.record(project=watched, worker=worker)
    assert (record.status, record.may_appeal) == ("paused", False)
    assert record.appeal is not None
    assert (record.appeal.outcome, record.appeal.reason) == ("rejected", "It was not only once.")
    assert len(events("appeal.opened", worker)) == len(events("appeal.decided", worker)) == 1


def test_nobody_appeals_where_they_do_not_work(watched: Project) -> None:
    with pytest.raises((Missing, Standing.DoesNotExist)):
        appeal(watched, make.user())


# --- a ban that takes answers back ------------------------------------------------------------------------------------


def test_banning_with_void_labels_asks_again_what_they_settled_and_leaves_people_and_releases_alone() -> None:
    owner = make.user()
    project = make.project(owner, overlap=2, max_overlap=3, confidence_target=0.95, consensus="majority", gold_rate=0.5)
    agreed, ruled, disputed = make.task(project), make.task(project), make.task(project)
    planted = make.golden(project)
    cheat, other, late = (make.member(project) for _ in range(3))
    for worker, documents in (
        (cheat, {agreed.pk: make.CAT, ruled.pk: make.CAT, disputed.pk: make.CAT}),
        (other, {agreed.pk: make.CAT, ruled.pk: make.DOG, disputed.pk: make.DOG}),
    ):
        for leased in make.claim(project, worker, count=3):
            submission.submit(assignment=leased, annotation=documents[leased.task_id], now=timezone.now())
    make.images(project, 1)
    make.answer(project, cheat, rng=make.AlwaysGold())
    settle(project)
    adjudication.adjudicate(task=reread(ruled), by=owner, annotation=make.FOX, now=timezone.now())
    for leased in make.claim(project, late, count=3):
        if leased.task_id == disputed.pk:
            submission.submit(assignment=leased, annotation=make.FOX, now=timezone.now())
    settle(project)
    assert [reread(task).state for task in (agreed, ruled, disputed)] == ["resolved", "resolved", "conflict"]
    release = releasing.cut(project=project, by=owner, now=timezone.now())
    releasing.build(release_id=release.pk, now=timezone.now())
    before = Release.objects.values().get(pk=release.pk)

    set_(project, cheat, "banned", void_labels=True)
    settle(project)

    # of the disputed one two answers are left, and nobody to give a third: a new conflict about those two
    assert [reread(task).state for task in (agreed, ruled, disputed)] == ["open", "resolved", "conflict"]
    assert reread(ruled).consensus.annotation == make.FOX
    assert reread(disputed).conflicts.count() == 2
    shown = reread(disputed).conflicts.get(closed_at=None).consensus
    assert {one.assignment.worker for one in shown.lineage.all()} == {other, late}
    assert (reread(agreed).labels, reread(agreed).consensus) == (1, None)
    assert reread(planted.task).consensus.method == "gold"
    assert Release.objects.values().get(pk=release.pk) == before
    mine = Assignment.objects.filter(worker=cheat, submitted_at__isnull=False)
    assert set(mine.values_list("state", "reason")) == {("void", "Because.")}
    record = work.record(project=project, worker=cheat)
    assert (record.status, record.labels, record.handed_in) == ("banned", 0, 4)
    sound()


def settle(project: Project) -> None:
    for pk in project.tasks.values_list("pk", flat=True):
        resolving.resolve(task_id=pk, now=timezone.now())


def reread(task: Task) -> Task:
    return Task.objects.select_related("consensus", "project", "image").get(pk=task.pk)


# --- what the models say ----------------------------------------------------------------------------------------------


def test_what_the_models_say_is_kept_for_each_guideline_version(watched: Project, now: datetime) -> None:
    worker = spam(watched, images=30)
    fitting.refit(project_id=watched.pk, now=now)
    kept = StandingVersion.objects.get(standing=row_of(worker))
    assert (kept.guideline.number, kept.labels) == (1, 30)
    [question] = [one for one in kept.confusion if one["kind"] == "questions"]
    right = dict(zip(question["classes"], question["right"], strict=True))
    assert right["cat"] > 0.8 > 0.5 > max(right["dog"], right["fox"])
    assert [round(sum(row), 2) for row in question["rows"]] == [1.0] * len(question["classes"])


def test_the_median_is_that_of_the_project_s_own_answers(watched: Project) -> None:
    worker = make.member(watched)
    make.images(watched, 3)
    for seconds, leased in zip((1.0, 2.0, 30.0), make.claim(watched, worker, count=3), strict=True):
        Assignment.objects.filter(pk=leased.pk).update(leased_at=timezone.now() - timezone.timedelta(minutes=5))
        submission.submit(
            assignment=Assignment.objects.get(pk=leased.pk), annotation=make.CAT, seconds=seconds, now=timezone.now()
        )
    assert workers.workers(project=watched).get(worker=worker).median_seconds == 2.0
