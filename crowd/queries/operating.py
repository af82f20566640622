"""The state of an installation, for its operators: what runs, what waits, what failed, who needs attention.

Nothing here grows with what was labelled: see `crowd.queries.metrics`, whose statements it shares.
"""

import logging
import platform
import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, TypeVar

import django
from django.conf import settings
from django.db import connection, transaction
from django.db.migrations.loader import MigrationLoader
from django.db.models import Min
from django.urls import reverse

from crowd import __version__
from crowd.models import Conflict, Delivery, FailedJob, Import, Measure, Process, Project, Release, Webhook
from crowd.queries import broker, metrics
from crowd.storage.address import FileAddress, parse

logger = logging.getLogger(__name__)
Found = TypeVar("Found")
ALIVE = timedelta(minutes=1)
LATELY = timedelta(days=7)
LATE = 120  # seconds after which what should be done every few is worth a look
MOST = 50
TIMEOUT = "2s"

# The server's own list of what is under way on it.
DATABASE = """
    SELECT current_setting('server_version'), pg_database_size(current_database()), count(*),
           current_setting('max_connections')::int, min(xact_start) FILTER (WHERE pid <> pg_backend_pid()),
           count(*) FILTER (WHERE state = 'idle in transaction')
    FROM pg_stat_activity WHERE datname = current_database()
"""


@dataclass(frozen=True)
class Database:
    """The server behind everything; the start of its longest transaction, None where there is none."""

    version: str
    size: int
    connections: int
    limit: int
    oldest: datetime | None
    idle: int


@dataclass(frozen=True)
class Disk:
    """Where objects are kept, without any secret; bytes left and in all, where it is a folder of this machine."""

    place: str
    free: int | None = None
    total: int | None = None


@dataclass(frozen=True)
class Work:
    """What one kind of job has done since the beginning: seconds in all, and for each."""

    job: str
    runs: int
    failures: int
    seconds: float

    @property
    def mean(self) -> float:
        """Seconds that one took."""
        return self.seconds / self.runs if self.runs else 0.0


@dataclass(frozen=True)
class Worry:
    """What somebody should look at in a project, and where."""

    project: Project
    told: str
    url: str


@dataclass(frozen=True)
class Behind:
    """An endpoint that has something yet to be told."""

    webhook: int
    project: Project
    state: str
    lag: float


@dataclass(frozen=True)
class State:
    """Everything; what could not be read is None, and named in `unread`."""

    versions: Mapping[str, str]
    migrations: int | None
    database: Database | None
    queue: broker.Queue | None
    processes: Sequence[Process]
    failed: Sequence[FailedJob]
    failed_in_all: int
    jobs: Sequence[Work]
    disk: Disk | None
    webhooks: Sequence[Behind]
    dead: int | None
    releases: Sequence[Release]
    imports: Sequence[Import]
    waiting: Mapping[str, tuple[int, float]]
    worries: Sequence[Worry]
    unread: Sequence[str]


def state(*, now: datetime) -> State:
    """Read it all, a part at a time: one that is away hides no other."""
    unread: list[str] = []

    def read(part: Callable[[datetime], Found], otherwise: Any = None) -> Any:
        try:
            with transaction.atomic():
                with connection.cursor() as cursor:
                    cursor.execute("SELECT set_config('statement_timeout', %s, true)", [TIMEOUT])
                return part(now)
        except Exception as error:  # noqa: BLE001 -- each client has errors of its own, and each means the same
            logger.warning("The state of %s could not be read: %s", part.__name__, error)
            unread.append(part.__name__.strip("_").replace("_", " "))
            return otherwise

    database = read(_database)
    return State(
        versions=_versions(database),
        migrations=read(_migrations),
        database=database,
        queue=read(_queue),
        processes=read(_processes, []),
        failed=read(_failed, []),
        failed_in_all=read(_failed_in_all, 0),
        jobs=read(_jobs, []),
        disk=read(_disk),
        webhooks=read(_webhooks, []),
        dead=read(_dead),
        releases=read(_releases, []),
        imports=read(_imports, []),
        waiting=read(_waiting, {}),
        worries=read(_worries, []),
        unread=unread,
    )


def _versions(database: Database | None) -> Mapping[str, str]:
    found = {"crowd": __version__, "Python": platform.python_version(), "Django": django.get_version()}
    return found | ({"PostgreSQL": database.version.split(" ")[0]} if database else {})


def _migrations(_: datetime) -> int:
    loader = MigrationLoader(connection)
    return len(set(loader.disk_migrations) - set(loader.applied_migrations))


def _database(_: datetime) -> Database:
    with connection.cursor() as cursor:
        cursor.execute(DATABASE)
        return Database(*cursor.fetchone())


def _queue(_: datetime) -> broker.Queue:
    return broker.queue()


def _processes(_: datetime) -> list[Process]:
    return list(Process.objects.order_by("role", "host", "started_at", "pk")[:200])


def _failed(_: datetime) -> list[FailedJob]:
    return list(FailedJob.objects.order_by("-failed_at", "pk")[:MOST])


def _failed_in_all(_: datetime) -> int:
    return FailedJob.objects.count()


def _jobs(_: datetime) -> list[Work]:
    """Sum over how they ended; those that took the most time come first."""
    found: dict[str, Work] = {}
    for row in Measure.objects.filter(name="job_seconds"):
        job, outcome = row.labels
        before = found.get(job, Work(job, 0, 0, 0.0))
        failures = before.failures + (row.count if outcome != "success" else 0)
        found[job] = Work(job, before.runs + row.count, failures, before.seconds + row.total)
    return sorted(found.values(), key=lambda one: (-one.seconds, one.job))


def _disk(_: datetime) -> Disk:
    address = parse(settings.STORAGE_URL)
    if not isinstance(address, FileAddress):
        return Disk(f"bucket {address.bucket}, {address.endpoint_url or 'Amazon S3'}")
    place = address.path
    while not place.exists():  # nothing kept yet
        place = place.parent
    found = shutil.disk_usage(place)
    return Disk(f"folder {address.path}", found.free, found.total)


def _webhooks(now: datetime) -> list[Behind]:
    with connection.cursor() as cursor:
        cursor.execute(metrics.WEBHOOKS, {"now": now})
        rows = [row for row in cursor.fetchall() if row[3] > 0][:10]
    projects = Project.objects.in_bulk([int(row[1]) for row in rows])
    return [Behind(int(key), projects[int(of)], state, float(lag)) for key, of, state, lag, _ in rows]


def _dead(now: datetime) -> int:
    return Delivery.objects.filter(state=Delivery.State.DEAD, created_at__gt=now - LATELY).count()


def _releases(_: datetime) -> list[Release]:
    rows = Release.objects.filter(state=Release.State.BUILDING, project__deleted_at__isnull=True)
    return list(rows.select_related("project").order_by("created_at")[:MOST])


def _imports(_: datetime) -> list[Import]:
    rows = Import.objects.filter(state__in=Import.UNDER_WAY, project__deleted_at__isnull=True)
    return list(rows.select_related("project").order_by("moved_at")[:MOST])


def _waiting(now: datetime) -> Mapping[str, tuple[int, float]]:
    """Return how many wait of each kind, and since when the oldest, in seconds."""
    found = {}
    for name in ("stale_tasks", "overdue_leases", "open_conflicts"):
        table, moment, condition, told = metrics.UNDER_WAY[name]
        query = (
            f"SELECT count(*), COALESCE(EXTRACT(EPOCH FROM %(now)s - min(m)), 0) FROM (SELECT {moment} AS m"  # noqa: S608
            f" FROM {table} WHERE {condition} ORDER BY {moment} LIMIT {metrics.MOST}) n"
        )
        with connection.cursor() as cursor:
            cursor.execute(query, {"now": now})
            count, age = cursor.fetchone()
        found[told] = (int(count), float(age))
    return found


def _worries(now: datetime) -> list[Worry]:
    """Return what a project's owners should be told of, the newest first of each kind."""
    since, alive = now - LATELY, {"project__deleted_at__isnull": True, "project__archived_at__isnull": True}
    failed = Release.objects.filter(state=Release.State.FAILED, created_at__gt=since, **alive)
    found = [
        Worry(row.project, f"Release {row.number} failed", reverse("releases", args=[row.project.slug]))
        for row in failed.select_related("project").order_by("-pk")[:MOST]
    ]
    imports = Import.objects.filter(state=Import.State.FAILED, created_at__gt=since, **alive)
    found += [
        Worry(row.project, "An import failed", reverse("imports", args=[row.project.slug]))
        for row in imports.select_related("project").order_by("-pk")[:MOST]
    ]
    off = Webhook.objects.filter(state=Webhook.State.DISABLED, **alive)
    found += [
        Worry(row.project, "A webhook was switched off", reverse("webhooks", args=[row.project.slug]))
        for row in off.select_related("project").order_by("-pk")[:MOST]
    ]
    of = "task__project"
    late = (
        Conflict.objects.filter(closed_at__isnull=True, opened_at__lt=since, task__project__deleted_at__isnull=True)
        .values(of)
        .annotate(oldest=Min("opened_at"))
        .order_by("oldest")[:MOST]
    )
    projects = Project.objects.in_bulk([row[of] for row in late])
    return found + [
        Worry(projects[row[of]], "Conflicts have waited for a week", reverse("review", args=[projects[row[of]].slug]))
        for row in late
    ]
