"""Projects of any size, filled in seconds: one real image and its task, copied as rows."""

from dataclasses import dataclass
from typing import Any

from django.db import connection, models
from django.utils import timezone

from crowd.models import Assignment, Image, Project, Standing, Task, User
from crowd.workflow import accounts
from crowd.workflow.projects import members
from tests.factories import make

GOLD: dict[str, Any] = {
    "classifications": {"scene": "cat"},
    "objects": [{"label": "car", "box": [10.0, 10.0, 20.0, 15.0]}],
}
BATCH = 1000  # answers made by one statement, as if given one after another


@dataclass(frozen=True)
class Filled:
    """A project and those who work in it."""

    project: Project
    workers: list[User]
    tokens: list[str]


def fill(*, tasks: int, workers: int, gold: int = 100, order: str = "priority") -> Filled:
    """Make a project with so many open tasks, hidden gold beside them, and workers with a token each.

    The copied rows have a sha256 of their own and no bytes in the object store: nobody here opens an image.
    """
    now = timezone.now()
    number = Project.objects.count()
    owner = accounts.create_user(username=f"owner-{number}")
    project = make.project(owner, gold_rate=0.1, order=order)
    for _ in range(gold):
        make.golden(project, GOLD)
    pattern = make.task(project)
    with connection.cursor() as cursor:
        _copy_images(cursor, pattern.image, tasks - 1)
        _copy_tasks(cursor, pattern)
        cursor.execute("VACUUM ANALYZE")  # what a server does by itself a minute later
    people, tokens = [], []
    for n in range(workers):
        people.append(accounts.create_user(username=f"worker-{number}-{n}"))
        members.add(project=project, username=people[-1].username, role="worker", by=owner, now=now)
        tokens.append(accounts.issue_token(user=people[-1], now=now))
    return Filled(project, people, tokens)


def _columns(model: type[models.Model], *without: str) -> list[str]:
    return [field.column for field in model._meta.concrete_fields if field.name not in {"id", *without}]


def _copy_images(cursor: Any, pattern: Image, count: int) -> None:
    names = _columns(Image, "sha256", "name")
    listed = ", ".join(f'"{name}"' for name in names)
    cursor.execute(
        f"INSERT INTO crowd_image ({listed}, name, sha256) "
        f"SELECT {listed}, 'copy-' || n, encode(sha256(('{pattern.project_id} ' || n)::bytea), 'hex') "
        "FROM crowd_image, generate_series(1, %s) n WHERE id = %s ORDER BY n",
        [count, pattern.pk],
    )
    cursor.execute(
        "INSERT INTO crowd_imagequality (image_id, project_id) SELECT id, project_id FROM crowd_image "
        "WHERE project_id = %s ON CONFLICT DO NOTHING",
        [pattern.project_id],
    )


def _copy_tasks(cursor: Any, pattern: Task) -> None:
    names = _columns(Task, "image", "shuffle")
    listed, theirs = ", ".join(f'"{name}"' for name in names), ", ".join(f't."{name}"' for name in names)
    cursor.execute(
        f"INSERT INTO crowd_task ({listed}, image_id) SELECT {theirs}, i.id "
        "FROM crowd_task t, crowd_image i WHERE t.id = %s AND i.project_id = %s AND i.name LIKE 'copy-%%'"
        " ORDER BY i.id",
        [pattern.pk, pattern.project_id],
    )


def give_answers(*, project: Project, worker: User, count: int) -> None:
    """Have this worker, alone, answered so many tasks: the first of the queue, which all stay open for others."""
    pattern = Assignment(
        task=Task.objects.filter(project=project, state="open").order_by("pk")[0],
        worker=worker,
        guideline=project.guidelines.get(),
        state=Assignment.State.SUBMITTED,
        leased_at=timezone.now(),
        expires_at=timezone.now(),
        annotation=GOLD,
        submitted_at=timezone.now(),
        seconds=3.0,
    )
    pattern.save()
    names = ", ".join(f'"{name}"' for name in _columns(Assignment, "task"))
    place = "project_id = %s AND state = 'open' AND labels = 0"
    with connection.cursor() as cursor:
        take = "UPDATE crowd_task SET open_slots = open_slots - 1, labels = labels + 1 WHERE id"
        cursor.execute(f"{take} = %s", [pattern.task_id])
        for done in range(1, count, BATCH):
            cursor.execute(
                f"WITH chosen AS (SELECT id FROM crowd_task WHERE {place} ORDER BY priority DESC, id LIMIT %s),"
                f" taken AS ({take} IN (SELECT id FROM chosen) RETURNING id AS task)"
                f" INSERT INTO crowd_assignment (id, task_id, {names})"
                f" SELECT gen_random_uuid(), task, {names} FROM taken, crowd_assignment WHERE id = %s",
                [project.pk, min(BATCH, count - done), pattern.pk],
            )
        cursor.execute(
            "INSERT INTO crowd_event (project_id, type, at, actor_id, data) SELECT %s, kind, now(), worker_id,"
            " jsonb_build_object('assignment', id, 'task', task_id, 'state', 'submitted')"
            " FROM crowd_assignment, unnest(array['assignment.leased', 'assignment.submitted']) kind"
            " WHERE worker_id = %s",
            [project.pk, worker.pk],
        )
        Standing.objects.filter(project=project, worker=worker).update(labels=count, handed_in=count)
        cursor.execute("VACUUM ANALYZE")
