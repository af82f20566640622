"""check_integrity holds on a healthy project and catches every invariant that a hand at the SQL prompt breaks."""

import io

import pytest
from django.core.management import call_command
from django.db import connection, transaction

from crowd import storage
from crowd.queries import integrity
from tests.factories import make, scene

pytestmark = pytest.mark.django_db

TABLES = (
    "task", "assignment", "consensus", "lineage", "event", "gold", "goldcheck", "standing", "guideline", "release",
    "releasefile", "conflict", "membership", "appeal", "standingversion", "pilot",
    "facet", "facetlabel",
)  # fmt: skip


def without_guards() -> None:
    """Take every constraint and trigger away: what is tested is the check, not the schema."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        for table in TABLES:
            cursor.execute(f"ALTER TABLE crowd_{table} DISABLE TRIGGER USER")
            cursor.execute(
                "SELECT conname FROM pg_constraint WHERE conrelid = %s::regclass AND contype IN ('c', 'u', 'f')",
                [f"crowd_{table}"],
            )
            for (name,) in cursor.fetchall():
                cursor.execute(f'ALTER TABLE crowd_{table} DROP CONSTRAINT "{name}"')
        cursor.execute("DROP INDEX IF EXISTS conflict_one_open_per_task")


def broken() -> list[tuple[int, str]]:
    """What the checks find, as (invariant, sentence)."""
    return [(one.check.invariant, one.check.holds) for one in integrity.run() if one.offenders]


def test_all_checks_hold_on_a_project_in_which_everything_happened() -> None:
    scene.everything()
    assert [one.offenders for one in integrity.run() if one.offenders] == []
    assert all(one.checked > 0 for one in integrity.run())


BREAKS = [
    (
        7,
        "events bear numbers of this server's transactions",
        "UPDATE crowd_event SET transaction = transaction + 5000000000",
    ),
    (8, "an erased image is given to nobody, and its bytes are gone", "UPDATE crowd_image SET erased_at = now()"),
    (8, "nothing is left of people who were erased but a pseudonym", "UPDATE crowd_user SET erased_at = now()"),
    (7, "what tasks are found by is what their labels say", "UPDATE crowd_facet SET confidence = 0.123"),
    (7, "what tasks are found by is what their labels say", "DELETE FROM crowd_facet WHERE task_id = {agreed}"),
    (7, "what tasks are found by is what their labels say", "UPDATE crowd_facetlabel SET label = 'wolf'"),
    (7, "what tasks are found by is what their labels say", "DELETE FROM crowd_facetlabel WHERE task_id = {agreed}"),
    (8, "each image has its row of quality, in its own project", "DELETE FROM crowd_imagequality"),
    (
        8,
        "a pilot under way holds its project, and pilots hold images of their own project",
        """INSERT INTO crowd_pilot (project_id, number, state, guideline_id, size, overlap, created_by_id, created_at)
           SELECT project_id, 1, 'running', id, 1, 2, created_by_id, created_at FROM crowd_guideline LIMIT 1""",
    ),
    (1, "no task has more live assignments than its overlap", "UPDATE crowd_task SET overlap = 2 WHERE id = {agreed}"),
    (
        1,
        "each task's slots and labels add up to its assignments",
        "UPDATE crowd_task SET open_slots = 3 WHERE id = {agreed}",
    ),
    (
        1,
        "no worker has two assignments for one task",
        """INSERT INTO crowd_assignment (id, task_id, worker_id, guideline_id, state, leased_at, expires_at, reason)
           SELECT gen_random_uuid(), task_id, worker_id, guideline_id, 'expired', leased_at, expires_at, ''
           FROM crowd_assignment WHERE task_id = {agreed} LIMIT 1""",
    ),
    (
        2,
        "every answer handed in is kept, counted or void with a reason",
        "UPDATE crowd_assignment SET state = 'expired', annotation = NULL WHERE task_id = {agreed}",
    ),
    (
        2,
        "every answer handed in is kept, counted or void with a reason",
        "UPDATE crowd_assignment SET state = 'void', reason = '' WHERE task_id = {agreed}",
    ),
    (
        2,
        "every answer handed in is kept, counted or void with a reason",
        "DELETE FROM crowd_assignment WHERE task_id = {agreed}",
    ),
    (
        3,
        "every answer fits its guideline version and its image",
        """UPDATE crowd_assignment SET annotation = '{{"classifications": {{"scene": "wolf"}}, "objects": []}}'
           WHERE task_id = {agreed}""",
    ),
    (
        4,
        "every gold task is resolved by its gold answer and in no queue",
        "UPDATE crowd_task SET state = 'open' WHERE id = {gold}",
    ),
    (
        4,
        "gold answers are scored once, and the standings say so",
        "UPDATE crowd_standing SET gold_seen = gold_seen + 1",
    ),
    (
        4,
        "gold answers are scored once, and the standings say so",
        """UPDATE crowd_goldcheck
           SET assignment_id = (SELECT id FROM crowd_assignment WHERE task_id = {agreed} LIMIT 1)""",
    ),
    (
        4,
        "a worker is told how they did with every tenth answer, and no sooner",
        "UPDATE crowd_standing SET handed_in = handed_in + 1",
    ),
    (
        4,
        "a worker is told how they did with every tenth answer, and no sooner",
        "UPDATE crowd_standing SET told_seen = 1, told_at = now() - interval '1 day' WHERE status = 'paused'",
    ),
    (
        5,
        "every computed consensus is given again by its answers, models and parameters",
        """UPDATE crowd_consensus SET annotation = '{{"classifications": {{"scene": "fox"}}, "objects": []}}'
           WHERE task_id = {agreed}""",
    ),
    (
        5,
        "every computed consensus is given again by its answers, models and parameters",
        "UPDATE crowd_consensus SET confidence = confidence * 0.999 WHERE task_id = {agreed}",
    ),
    (
        5,
        "no ruling was overwritten by anything automatic",
        """UPDATE crowd_task SET consensus_id = (SELECT id FROM crowd_consensus WHERE by_id IS NULL LIMIT 1)
           WHERE id = {ruled}""",
    ),
    (6, "every release's files match its manifest", "UPDATE crowd_releasefile SET sha256 = repeat('0', 64)"),
    (6, "every release's files match its manifest", "UPDATE crowd_release SET manifest_sha256 = repeat('0', 64)"),
    (
        6,
        "every released label leads back to image, guideline and answers",
        """UPDATE crowd_image SET sha256 = repeat('0', 64)
           WHERE id IN (SELECT image_id FROM crowd_task WHERE id = {agreed})""",
    ),
    (7, "each change of state has its event", "DELETE FROM crowd_event WHERE type = 'task.resolved'"),
    (7, "each change of state has its event", "DELETE FROM crowd_event WHERE type = 'assignment.expired'"),
    (7, "each change of state has its event", "DELETE FROM crowd_event WHERE type = 'guideline.published'"),
    (7, "each change of state has its event", "DELETE FROM crowd_event WHERE type = 'release.ready'"),
    (7, "each change of state has its event", "DELETE FROM crowd_event WHERE type = 'worker.paused'"),
    (
        7,
        "each appeal has its events, and none is left open for somebody who may work",
        "DELETE FROM crowd_event WHERE type = 'appeal.opened'",
    ),
    (
        7,
        "each appeal has its events, and none is left open for somebody who may work",
        "UPDATE crowd_standing SET status = 'active'",
    ),
    (
        7,
        "a task is in conflict exactly when it has an open one",
        "UPDATE crowd_conflict SET closed_at = NULL WHERE task_id = {ruled}",
    ),
    (
        7,
        "samples and second looks are of labels that stand",
        """UPDATE crowd_conflict SET closed_at = NULL, aside = true, cause = 'sample', task_id = (
               SELECT id FROM crowd_task WHERE state = 'open' ORDER BY id LIMIT 1)
           WHERE id = (SELECT min(id) FROM crowd_conflict)""",
    ),
    (
        8,
        "nothing refers to another project's rows",
        """UPDATE crowd_conflict SET project_id = (
               SELECT project_id FROM crowd_guideline WHERE id = {foreign_guideline})""",
    ),
    (
        7,
        "every webhook was told of each event up to its place",
        "UPDATE crowd_webhook SET cursor_transaction = cursor_transaction + 1000000",
    ),
    (7, "every webhook's deliveries are in the order of the feed", "UPDATE crowd_delivery SET state = 'dead'"),
    (8, "nothing refers to another project's rows", "UPDATE crowd_gold SET guideline_id = {foreign_guideline}"),
    (
        8,
        "nothing refers to another project's rows",
        "UPDATE crowd_gold SET project_id = (SELECT project_id FROM crowd_guideline WHERE id = {foreign_guideline})",
    ),
    (
        8,
        "nothing refers to another project's rows",
        """UPDATE crowd_task SET consensus_id = (SELECT consensus_id FROM crowd_task WHERE id = {ruled})
           WHERE id = {agreed}""",
    ),
    (
        7,
        "workers are qualified by the attempts that passed, and by no other",
        "UPDATE crowd_standing SET qualified_at = now()",
    ),
    (
        7,
        "each figure of a dashboard is the sum of what the tasks contribute",
        "UPDATE crowd_figure SET n = n + 1 WHERE measure = 'task'",
    ),
    (8, "work is done by workers, and every project has an owner", "DELETE FROM crowd_membership WHERE role = 'owner'"),
    (8, "work is done by workers, and every project has an owner", "DELETE FROM crowd_standing"),
]


def test_each_broken_invariant_is_caught() -> None:
    played = scene.everything()
    foreign = make.project(make.user()).guidelines.get()
    ids = {
        "agreed": played.agreed.pk,
        "ruled": played.ruled.pk,
        "gold": played.gold.task_id,
        "foreign_guideline": foreign.pk,
    }
    missed = []
    for invariant, holds, statement in BREAKS:
        with transaction.atomic(), connection.cursor() as cursor:
            without_guards()
            cursor.execute(statement.format(**ids))
            assert cursor.rowcount > 0, statement
            if (invariant, holds) not in broken():
                missed.append(statement)
            transaction.set_rollback(True)
    assert missed == []


def test_a_release_file_that_vanished_from_the_store_is_caught() -> None:
    played = scene.everything()
    storage.store().delete(played.release.files.get(format="csv").key)
    assert broken() == [(6, "every release's files match its manifest")]


def test_the_command_lists_the_offenders_and_exits_with_1() -> None:
    played = scene.everything()
    out = io.StringIO()
    call_command("check_integrity", stdout=out)
    assert f"All {len(integrity.CHECKS)} checks hold." in out.getvalue()
    without_guards()
    with connection.cursor() as cursor:
        cursor.execute("UPDATE crowd_task SET open_slots = 3 WHERE id = %s", [played.agreed.pk])
    out = io.StringIO()
    with pytest.raises(SystemExit) as caught:
        call_command("check_integrity", project=played.project.slug, stdout=out, stderr=io.StringIO())
    assert caught.value.code == 1
    assert f"task {played.agreed.pk} says overlap 3, open slots 3" in out.getvalue()


def test_every_check_is_tried_by_a_break() -> None:
    tried = {(invariant, holds) for invariant, holds, _ in BREAKS}
    assert tried == {(check.invariant, check.holds) for check in integrity.CHECKS}
