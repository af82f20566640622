"""Each constraint and trigger that a model declares refuses, under its own name, what it says."""

import copy
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.apps import apps
from django.db import DatabaseError, connection, models, transaction
from django.db.models import F
from django.db.models.base import ModelState

from crowd.models import (
    Acknowledgement,
    ApiToken,
    Appeal,
    Assignment,
    Consensus,
    Event,
    Fit,
    Gold,
    Guideline,
    IdempotencyKey,
    Image,
    Lineage,
    Membership,
    Project,
    Release,
    ReleaseFile,
    Split,
    Standing,
    StandingVersion,
    Task,
)
from tests.factories import make, scene
from tests.models import (
    browsing_cases,
    conflict_cases,
    fit_cases,
    gold_cases,
    incoming_cases,
    keeping_cases,
    loop_cases,
    operating_cases,
    pilot_cases,
    report_cases,
    webhook_cases,
)

pytestmark = pytest.mark.django_db
Break = Callable[[scene.Scene], object]


WRITERS = {
    "task_keeps_its_place",
    "task_begins_its_facets",
    "task_keeps_its_facets",
}  # triggers that set what they keep, and refuse nothing


def declared() -> set[str]:
    """Return the names of all rules that the models declare; a field that is unique by itself counts as one."""
    names = set()
    for model in apps.get_app_config("crowd").get_models():
        names |= {one.name for one in model._meta.constraints}
        names |= {one.name for one in getattr(model._meta, "triggers", ())}
        fields = (one for one in model._meta.local_fields if one.unique and not one.primary_key)
        names |= {f"{model._meta.model_name}.{field.name}" for field in fields}
    return names - WRITERS


def again(row: models.Model, **changes: Any) -> None:
    """Write the row once more, as another one."""
    row = copy.copy(row)
    row.pk, row._state = changes.pop("pk", None), ModelState()
    for name, value in changes.items():
        setattr(row, name, value)
    row.save(force_insert=True)


def set_(model: type[models.Model], **values: Any) -> Break:
    """Update every row."""
    return lambda found: model._default_manager.update(**values)


def share(name: str) -> Break:
    return lambda found: Project.objects.filter(pk=found.project.pk).update(**{name: 1.01})


def computed(found: scene.Scene) -> Consensus:
    return Consensus.objects.filter(by=None)[0]


def answered() -> Assignment:
    return Assignment.objects.valid()[0]


def adjudication_overwritten(found: scene.Scene) -> None:
    made = Consensus.objects.create(
        task=found.ruled, annotation=make.CAT, confidence=1.0, method="auto", guideline=found.ruled.consensus.guideline,
        resolves=True, created_at=found.release.created_at,
    )  # fmt: skip
    Task.objects.filter(pk=found.ruled.pk).update(consensus=made)


def second_published(found: scene.Scene) -> None:
    again(Guideline.objects.get(project=found.project), number=9)


def draft(found: scene.Scene, **fields: Any) -> Guideline:
    return Guideline.objects.create(
        project=found.project, number=9, body="", schema=make.SCHEMA, created_by=found.owner,
        created_at=found.release.created_at, **fields,
    )  # fmt: skip


def skipped_guideline_step(found: scene.Scene) -> None:
    made = draft(found)
    Guideline.objects.filter(pk=made.pk).update(state="retired", published_at=made.created_at, published_by=found.owner)


def twice(model: type[models.Model], **changes: Any) -> Break:
    return lambda found: again(model._default_manager.order_by("pk")[0], **changes)


def two_acknowledgements(found: scene.Scene) -> None:
    row = Acknowledgement(guideline=found.gold.guideline, worker=found.owner, at=found.release.created_at)
    row.save()
    again(row)


def two_keys(found: scene.Scene) -> None:
    for _ in range(2):
        IdempotencyKey.objects.create(user=found.owner, key="k", request="r", created_at=found.release.created_at)


def token(found: scene.Scene, **fields: Any) -> ApiToken:
    fields = {"user": found.owner, "digest": "d", "created_at": found.release.created_at, **fields}
    return ApiToken.objects.create(**fields)


def appealed(found: scene.Scene, **fields: Any) -> Appeal:
    paused = Standing.objects.get(project=found.project, status="paused")
    at = found.release.created_at
    fields = {"pause": 2, "against": "paused", "given_reason": "r", "text": "t", "opened_at": at, **fields}
    return Appeal.objects.create(standing=paused, **fields)


def changed_decision(found: scene.Scene) -> None:
    made = appealed(found, outcome="rejected", reason="r", decided_at=found.release.created_at)
    Appeal.objects.filter(pk=made.pk).update(outcome="upheld")


def two_digests(found: scene.Scene) -> None:
    token(found)
    token(found)


def state_moved_back(found: scene.Scene) -> None:
    Assignment.objects.filter(state="void").delete()
    made = Assignment.objects.filter(state="expired")[0]
    Assignment.objects.filter(pk=made.pk).update(state="skipped", reason="r")
    Assignment.objects.filter(pk=made.pk).update(state="leased", reason="")


NOT_HEX = "g" * 64
CASES: dict[str, Break] = {
    "user.username": lambda found: again(found.owner),
    "project.slug": lambda found: again(found.project),
    "project_overlap_at_least_one": set_(Project, overlap=0),
    "project_max_overlap_not_below_overlap": set_(Project, overlap=3, max_overlap=2),
    "project_confidence_target_is_a_share": share("confidence_target"),
    "project_gold_rate_is_a_share": share("gold_rate"),
    "project_min_gold_accuracy_is_a_share": share("min_gold_accuracy"),
    "project_review_rate_is_a_share": share("review_rate"),
    "project_second_review_rate_is_a_share": share("second_review_rate"),
    "project_max_share_per_worker_is_a_share": share("max_share_per_worker"),
    "project_iou_threshold_is_a_share": set_(Project, iou_threshold=float("nan")),
    "project_lease_lasts": set_(Project, lease_seconds=0),
    "project_blind_share_is_a_share": share("blind_share"),
    "project_trusted_prelabel_score_is_a_share": share("trusted_prelabel_score"),
    "project_checked_prelabel_share_is_a_share": share("checked_prelabel_share"),
    "task_model_uncertainty_is_a_share": set_(Task, model_uncertainty=1.01),
    "project_trusted_overlap_at_least_one": set_(Project, trusted_prelabel_overlap=0),
    "guideline_number_once": lambda found: again(draft(found)),
    "guideline_one_published_at_a_time": second_published,
    "guideline_published_by_someone": lambda found: draft(found, state="published"),
    "guideline_published_never_changes": set_(Guideline, body="other"),
    "guideline_published_never_goes": lambda found: raw("DELETE FROM crowd_guideline WHERE state <> 'draft'"),
    "guideline_moves_forwards": skipped_guideline_step,
    "acknowledgement_once": two_acknowledgements,
    "membership_one_role_each": twice(Membership, role="reviewer"),
    "membership_role": set_(Membership, role="king"),
    "membership_answers_per_hour_lets_work": set_(Membership, answers_per_hour=0),
    "membership_max_leases_lets_work": set_(Membership, max_leases=0),
    "image_once_per_project": twice(Image),
    "image_has_pixels": set_(Image, width=0),
    "image_sha256": lambda found: Image.objects.filter(pk=found.agreed.image_id).update(sha256=NOT_HEX),
    "task.image": twice(Task),
    "task_never_over_assigned": set_(Task, open_slots=-1, labels=0),
    "task_slots_within_overlap": set_(Task, open_slots=F("overlap") + 1, labels=0),
    "task_labels_within_live": set_(Task, labels=F("overlap") - F("open_slots") + 1),
    "task_resolved_has_an_answer": lambda found: Task.objects.filter(pk=found.agreed.pk).update(consensus=None),
    "task_adjudication_outranks": adjudication_overwritten,
    "assignment_once_per_worker": lambda found: again(answered(), pk="00000000-0000-0000-0000-000000000001"),
    "assignment_answer_has_its_time": lambda found: leased().update(submitted_at=found.release.created_at),
    "assignment_submitted_has_an_answer": lambda found: leased().update(state="submitted"),
    "assignment_answer_is_submitted_or_void": lambda found: leased().update(
        annotation=make.CAT, submitted_at=found.release.created_at
    ),
    "assignment_void_has_a_reason": lambda found: leased().update(state="skipped"),
    "assignment_answer_never_changes": lambda found: Assignment.objects.valid().update(annotation=make.FOX),
    "assignment_answer_never_goes": lambda found: raw("DELETE FROM crowd_assignment WHERE submitted_at IS NOT NULL"),
    "assignment_state_moves": state_moved_back,
    "event_never_changes": set_(Event, type="other"),
    "fit_never_changes": set_(Fit, answers=0),
    "consensus_confidence": lambda found: again(computed(found), confidence=1.5),
    "consensus_rulings_name_who": lambda found: again(computed(found), method="adjudication"),
    "consensus_never_changes": set_(Consensus, comment="other"),
    "lineage_once": twice(Lineage),
    "lineage_never_changes": set_(Lineage, weight=0.5),
    "gold.task": twice(Gold),
    "idempotency_key_once": two_keys,
    "release_number_once": twice(Release),
    "release_ready_has_a_manifest": twice(Release, number=9, manifest_sha256=""),
    "release_snapshot_sha256": twice(Release, number=9, snapshot=NOT_HEX),
    "split_has_a_name": lambda found: Split.objects.create(task=found.agreed, name=""),
    "release_never_changes": set_(Release, note="other"),
    "release_never_goes": lambda found: raw("DELETE FROM crowd_release"),
    "release_file_once_per_format": lambda found: file(found) and file(found),
    "release_file_sha256": lambda found: file(found, sha256=NOT_HEX),
    "release_file_never_changes": set_(ReleaseFile, path="other"),
    "release_file_never_goes": lambda found: raw("DELETE FROM crowd_releasefile"),
    "standing_one_each": twice(Standing, pseudonym="w-other"),
    "standing_pseudonym_once": lambda found: Standing.objects.filter(project=found.project).update(pseudonym="w-same"),
    "standing_paused_has_a_reason": set_(Standing, status="paused", reason=""),
    "standing_passed_within_seen": set_(Standing, gold_passed=F("gold_seen") + 1),
    "standing_doubt_at_least_one": set_(Standing, doubt=0.5),
    "standing_told_passed_within_seen": set_(Standing, told_passed=F("told_seen") + 1),
    "standing_version_one_each": twice(StandingVersion),
    "standing_version_passed_within_seen": set_(StandingVersion, gold_passed=F("gold_seen") + 1),
    "appeal_once_a_pause": lambda found: again(appealed(found)),
    "appeal_says_something": lambda found: appealed(found, text=""),
    "appeal_open_or_decided": lambda found: appealed(found, outcome="upheld"),
    "appeal_decided_never_changes": changed_decision,
    "apitoken.digest": two_digests,
    "token_scope_names_a_project": lambda found: token(found, scopes=["read:releases"]),
    **conflict_cases.CASES,
    **gold_cases.CASES,
    **fit_cases.CASES,
    **pilot_cases.CASES,
    **report_cases.CASES,
    **browsing_cases.CASES,
    **webhook_cases.CASES,
    **incoming_cases.CASES,
    **loop_cases.CASES,
    **keeping_cases.CASES,
    **operating_cases.CASES,
}
# Rules that others imply, which PostgreSQL would name first: a column that is positive has a check of its own.
TWINS = {
    "task_never_over_assigned": ("crowd_task", "crowd_task_open_slots_check"),
    "task_slots_within_overlap": ("crowd_task", "task_labels_within_live"),
}


def raw(statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement)


def leased() -> models.QuerySet[Assignment]:
    return Assignment.objects.filter(pk=Assignment.objects.filter(state="leased")[0].pk)


def file(found: scene.Scene, sha256: str = "0" * 64) -> ReleaseFile:
    building, _ = Release.objects.get_or_create(
        project=found.project, number=9, defaults={"created_by": found.owner, "created_at": found.release.created_at}
    )
    return ReleaseFile.objects.create(release=building, format="x", path="x", bytes=1, sha256=sha256, content_type="x")


def refused_by(error: DatabaseError) -> str:
    """Return what the database names: a constraint, or the trigger's function."""
    told = error.__cause__.diag  # type: ignore[union-attr]
    return f"{told.constraint_name or ''} {told.context or ''}"


def is_named(name: str, told: str) -> bool:
    if "." in name:  # Django names a field's own constraint after table and column
        model, field = name.split(".")
        column = apps.get_model("crowd", model)._meta.get_field(field).column
        return f"crowd_{model}_{column}" in told and "_check" not in told
    return told.startswith(f"{name} ") or f"pgtrigger_{name}_" in told


def test_each_of_them_is_broken_here() -> None:
    assert set(CASES) == declared()


def broken(found: scene.Scene) -> Iterator[tuple[str, str]]:
    """Break each rule, and yield those that were not refused by their own name."""
    for name, break_ in CASES.items():
        try:
            with transaction.atomic():
                if name in TWINS:
                    raw("SET CONSTRAINTS ALL IMMEDIATE")
                    raw("ALTER TABLE {} DROP CONSTRAINT {}".format(*TWINS[name]))
                break_(found)
                transaction.set_rollback(True)
            yield name, "was taken"
        except DatabaseError as error:
            if not is_named(name, refused_by(error)):
                yield name, refused_by(error)


def test_each_of_them_refuses_what_it_says() -> None:
    found = scene.everything()
    make.claim(found.project, make.member(found.project))
    assert list(broken(found)) == []


def test_the_triggers_of_the_models_are_those_in_the_database() -> None:
    wanted = sum(len(getattr(one._meta, "triggers", ())) for one in apps.get_app_config("crowd").get_models())
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_trigger WHERE tgname LIKE 'pgtrigger%%' AND tgenabled = 'O'")
        assert cursor.fetchone() == (wanted,)
