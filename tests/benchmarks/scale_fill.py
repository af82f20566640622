"""A project of any size by SQL, eight of ten tasks settled, one of twenty a conflict, the rest open.

Triggers and references are off, and stay off for the rows made here: they are made whole, and the database is thrown
away. The last three of ten answers are wrong, in one of two ways, and everybody draws with a hand of their own: nobody
looks like anybody's copy. Whatever a page joins or counts is there: lineage, events, facets, standings. The
dashboards' figures are those of the first tasks, counted by the product's own code and multiplied: the tasks are alike,
and evenly spread.
"""

import json
import random
from dataclasses import dataclass
from typing import Any

WORKERS, DAYS, EACH, COUNTED = 50, 120, 100_000, 2_000
SCENES = ("cat", "dog", "fox")
HANDS = 20  # ways to draw the same box
DOCUMENTS = [
    {"classifications": {"scene": scene}, "objects": [{"label": "car", "box": [x, 10.0 + hand / 8, 20.0, 15.0]}]}
    for hand in range(HANDS)
    for scene, x in zip(SCENES, (5.0, 20.0, 30.0), strict=True)
]
KIND = "CASE WHEN n %% 20 < 16 THEN 'resolved' WHEN n %% 20 = 16 THEN 'conflict' ELSE 'open' END"
STATEMENTS = {
    "images": """
        INSERT INTO crowd_image (id, project_id, name, sha256, width, height, orientation, content_type, bytes,
                                 metadata, location, created_at)
        SELECT n, %(p)s, 'harbour_' || md5(n::text) || '.jpg', encode(sha256(n::text::bytea), 'hex'), 64, 48, 1,
               'image/jpeg', 9, '{}', '', %(began)s
        FROM generate_series(%(first)s, %(last)s) n""",
    "quality": """
        INSERT INTO crowd_imagequality (image_id, project_id, measured_at, sharpness, brightness, dark, bright)
        SELECT n, %(p)s, %(began)s, n %% 997, (n %% 101) / 101.0, 0, 0
        FROM generate_series(%(first)s, %(last)s) n""",
    "tasks": f"""
        INSERT INTO crowd_task (id, project_id, image_id, state, priority, base_overlap, overlap, open_slots, labels,
                                consensus_id, prelabel_model, taken_back, uncertainty, begun, entered, band,
                                created_at, resolved_at)
        SELECT n, %(p)s, n, {KIND}, 0, 3, CASE WHEN n %% 20 < 17 THEN %(a)s ELSE 3 END,
               CASE WHEN n %% 20 < 17 THEN 0 ELSE 3 END, CASE WHEN n %% 20 < 17 THEN %(a)s ELSE 0 END,
               CASE WHEN n %% 20 < 17 THEN n END, '', 0, 0.5, n %% 20 < 17, 0, 5, %(began)s,
               CASE WHEN n %% 20 < 16 THEN %(began)s + n * 7919 %% (%(days)s * 86400) * interval '1 second' END
        FROM generate_series(%(first)s::bigint, %(last)s) n""",
    "answers": """
        INSERT INTO crowd_assignment (id, task_id, worker_id, guideline_id, state, leased_at, expires_at, annotation,
                                      submitted_at, seconds, reason)
        SELECT md5(n || '-' || k)::uuid, n, (%(workers)s::bigint[])[1 + (n + k * 7) %% %(crew)s], %(g)s, 'submitted',
               at, at, (%(documents)s::jsonb[])[1 + (n + k / 8 * (1 + get_byte(die, 0) %% 2)) %% 3
                                                + 3 * (get_byte(die, 1) %% %(hands)s)], at, 3 + (n + k) %% 7, ''
        FROM generate_series(%(first)s::bigint, %(last)s) n, generate_series(1, %(a)s) k,
             LATERAL (SELECT decode(md5(n || '-' || k), 'hex') AS die) d,
             LATERAL (SELECT %(began)s + n * 7919 %% (%(days)s * 86400) * interval '1 second' - k * interval '1 minute'
                      AS at) t
        WHERE n %% 20 < 17""",
    "consensus": """
        INSERT INTO crowd_consensus (id, task_id, annotation, confidence, agreement, method, parameters, guideline_id,
                                     comment, resolves, created_at)
        SELECT n, n, (%(documents)s::jsonb[])[1 + n %% 3], 0.5 + n * 7919 %% 1000 / 2000.0, 0.8, 'auto', '{}', %(g)s,
               '', n %% 20 < 16, %(began)s + n * 7919 %% (%(days)s * 86400) * interval '1 second'
        FROM generate_series(%(first)s::bigint, %(last)s) n WHERE n %% 20 < 17""",
    "lineage": """
        INSERT INTO crowd_lineage (consensus_id, assignment_id, weight)
        SELECT n, md5(n || '-' || k)::uuid, 1.0
        FROM generate_series(%(first)s, %(last)s) n, generate_series(1, %(a)s) k WHERE n %% 20 < 17""",
    "events": """
        INSERT INTO crowd_event (project_id, type, at, actor_id, data)
        SELECT %(p)s, kind, %(began)s, (%(workers)s::bigint[])[1 + (n + k * 7) %% %(crew)s],
               jsonb_build_object('assignment', md5(n || '-' || k), 'task', n, 'state', 'submitted')
        FROM generate_series(%(first)s::bigint, %(last)s) n, generate_series(1, %(a)s) k,
             unnest(array['assignment.leased', 'assignment.submitted']) kind
        WHERE n %% 20 < 17
        UNION ALL
        SELECT %(p)s, CASE WHEN n %% 20 < 16 THEN 'task.resolved' ELSE 'task.conflict' END, %(began)s, NULL,
               jsonb_build_object('task', n)
        FROM generate_series(%(first)s::bigint, %(last)s) n WHERE n %% 20 < 17""",
    "conflicts": """
        INSERT INTO crowd_conflict (project_id, task_id, kind, cause, aside, confidence, severity, gain, draw, category,
                                    labels, confused, answers, workers, consensus_id, reason, opened_at, outcome,
                                    comment)
        SELECT %(p)s, n, 'class_disagreement', 'class_disagreement', false, 0.5, n %% 100 / 100.0, n %% 71 / 71.0, 0,
               '', array['cat', 'dog'], array['cat | dog'], array[]::uuid[], array[]::bigint[], n, '',
               %(began)s + n %% 86400 * interval '1 second', '', ''
        FROM generate_series(%(first)s::bigint, %(last)s) n WHERE n %% 20 = 16""",
    "facets": """
        INSERT INTO crowd_facet (task_id, project_id, confidence, agreement, guideline_id, score, uncertainty)
        SELECT t.id, t.project_id, c.confidence, c.agreement, c.guideline_id, NULL, t.uncertainty
        FROM crowd_task t LEFT JOIN crowd_consensus c ON c.id = t.consensus_id
        WHERE t.id BETWEEN %(first)s AND %(last)s""",
    "classes": """
        INSERT INTO crowd_facetlabel (task_id, project_id, label)
        SELECT n, %(p)s, label FROM generate_series(%(first)s, %(last)s) n,
             LATERAL unnest(array['car', (array['cat', 'dog', 'fox'])[1 + n %% 3]]) label
        WHERE n %% 20 < 17""",
}


@dataclass(frozen=True)
class Filled:
    """The project, one of each who works on it, a settled task, its image, and an answer that fits."""

    project: Any
    people: dict[str, Any]
    task: int
    image: int
    answer: dict[str, Any]


def fill(*, tasks: int, answers: int) -> Filled:
    """Fill the database; prints how far it is."""
    from datetime import timedelta

    from django.db import connection
    from django.utils import timezone

    from crowd.models import Standing
    from tests.factories import make

    owner = make.user("owner")
    project = make.project(
        owner, overlap=3, max_overlap=max(answers, 7), review_rate=0.05, pay_per_answer="0.05", currency="EUR"
    )
    crew = [make.member(project, username=f"worker-{n}") for n in range(WORKERS)]
    people = {"owner": owner, "worker": crew[0], "reviewer": make.member(project, "reviewer")}
    values: dict[str, Any] = {
        "p": project.pk,
        "g": project.guidelines.get().pk,
        "a": answers,
        "days": DAYS,
        "began": timezone.now() - timedelta(days=DAYS),
        "workers": [worker.pk for worker in crew],
        "crew": WORKERS,
        "hands": HANDS,
        "documents": [json.dumps(each) for each in DOCUMENTS],
    }
    with connection.cursor() as cursor:
        _unguard(cursor)
        for first in range(1, tasks + 1, EACH):
            for statement in STATEMENTS.values():
                cursor.execute(statement, {**values, "first": first, "last": min(tasks, first + EACH - 1)})
            print(f"  {min(tasks, first + EACH - 1):,} tasks", flush=True)
        for table in ("image", "task", "consensus"):
            cursor.execute(f"SELECT setval(pg_get_serial_sequence('crowd_{table}', 'id'), %s)", [tasks])
        given = tasks * answers * 17 // 20 // WORKERS
        Standing.objects.filter(project=project).update(labels=given, handed_in=given)
        _guard(cursor)
        _count(project, tasks)
        cursor.execute("VACUUM ANALYZE")
    return Filled(project, people, task=1, image=1, answer=random.Random(0).choice(DOCUMENTS))


def _count(project: Any, tasks: int) -> None:
    """Have the figures as if all tasks were counted."""
    from django.db.models import F
    from django.utils import timezone

    from crowd.models import Figure, Summary
    from crowd.workflow.upkeep import summarising

    done = 0
    while done < min(tasks, COUNTED) and not summarising.summarise(
        project_id=project.pk, now=timezone.now(), turn=0.01
    ):
        done += summarising.TASKS
    times = max(tasks // max(done, 1), 1)
    Figure.objects.filter(project=project).update(n=F("n") * times, total=F("total") * times)
    Summary.objects.filter(project=project).update(through=None)


def _unguard(cursor: Any) -> None:
    cursor.execute("SELECT conrelid::regclass::text, conname FROM pg_constraint WHERE contype = 'f'")
    for table, name in cursor.fetchall():
        if table.startswith("crowd_"):
            cursor.execute(f"ALTER TABLE {table} DROP CONSTRAINT {name}")
    _triggers(cursor, "DISABLE")


def _guard(cursor: Any) -> None:
    """Put the triggers back; the references are not needed by anything that is timed."""
    _triggers(cursor, "ENABLE")


def _triggers(cursor: Any, what: str) -> None:
    cursor.execute("SELECT DISTINCT tgrelid::regclass::text FROM pg_trigger WHERE NOT tgisinternal")
    for (table,) in cursor.fetchall():
        if table.startswith("crowd_"):
            cursor.execute(f"ALTER TABLE {table} {what} TRIGGER USER")
