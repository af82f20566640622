"""What an operator watches, read from the database and the broker at each scrape.

Web processes and workers come and go, so what each has counted is summed in a table (`crowd.telemetry.keeping`) and any
of them answers for all. No query here grows with what was labelled: counts stop at `MOST`, totals are the sequences'
last numbers (drawn, so a little above what is there) or sums over one row a worker. The cost of each with 1,000,000
tasks is written beside it; together they stay below 50 ms. Projects are told by number, and only so many of them.
"""

import logging
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any

from django.db import connection, transaction
from django.utils import timezone
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.metrics_core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from crowd.models import FailedJob, Process
from crowd.queries import broker, feeds, sums

MOST = 10_000
PROJECTS = 500
ENDPOINTS = 50
TIMEOUT = "2s"
logger = logging.getLogger(__name__)
Rows = list[tuple[Any, ...]]

# Two index-only scans of `task_by_state` and one look-up a project: at most 2 ms each where 10,000 tasks wait.
TASKS = f"""
    SELECT p.id::text, s.state, n.count, EXTRACT(EPOCH FROM %(now)s - oldest.created_at)
    FROM (SELECT id FROM crowd_project WHERE deleted_at IS NULL ORDER BY id DESC LIMIT {PROJECTS}) p
    CROSS JOIN (VALUES ('open'), ('conflict')) s (state)
    CROSS JOIN LATERAL (SELECT count(*) FROM (SELECT FROM crowd_task t
        WHERE t.project_id = p.id AND t.state = s.state LIMIT {MOST}) waiting) n
    LEFT JOIN LATERAL (SELECT t.created_at FROM crowd_task t
        WHERE t.project_id = p.id AND t.state = s.state ORDER BY t.id LIMIT 1) oldest ON true
    ORDER BY p.id, s.state
"""  # noqa: S608 -- constants

# Each reads a partial index that holds only what is under way, in its order: below 3 ms.
UNDER_WAY = {
    "stale_tasks": ("crowd_task", "asked_at", "asked_at IS NOT NULL", "tasks that wait for their consensus"),
    "live_leases": ("crowd_assignment", "expires_at", "state = 'leased'", "leases"),
    "overdue_leases": ("crowd_assignment", "expires_at", "state = 'leased' AND expires_at < now()", "overdue leases"),
    "open_conflicts": ("crowd_conflict", "opened_at", "closed_at IS NULL", "conflicts that wait for a reviewer"),
    "building_releases": ("crowd_release", "created_at", "state = 'building'", "releases being written"),
    "running_imports": ("crowd_import", "moved_at", "state IN ('waiting', 'running')", "imports under way"),
}
AGED = ("stale_tasks", "overdue_leases", "open_conflicts", "building_releases", "running_imports")

# The sequences' last numbers: nothing but the sequences is read.
DRAWN = {
    "events": "crowd_event_id_seq",
    "images": "crowd_image_id_seq",
    "conflicts": "crowd_conflict_id_seq",
    "consensus": "crowd_consensus_id_seq",
    "deliveries": "crowd_delivery_id_seq",
}

# One row a worker and project.
STANDINGS = """
    SELECT status, count(*), sum(labels), sum(gold_seen), sum(gold_passed)
    FROM crowd_standing GROUP BY status ORDER BY status
"""

# The partial index of what ran out; a lease taken again leaves it.
RAN_OUT = f"SELECT count(*) FROM (SELECT FROM crowd_assignment WHERE state = 'expired' LIMIT {MOST}) n"  # noqa: S608

# One row an import ever made.
IMPORTS = "SELECT state, count(*) FROM crowd_import GROUP BY state ORDER BY state"

# One row a release ever cut.
RELEASES = "SELECT state, count(*) FROM crowd_release GROUP BY state ORDER BY state"

# One row a process of the last quarter of an hour.
PROCESSES = """
    SELECT role, count(*) FILTER (WHERE seen_at > now() - interval '1 minute'),
           EXTRACT(EPOCH FROM now() - max(doing_since)) FROM crowd_process GROUP BY role
"""

# One look at the index of the feed for each endpoint; only those furthest behind are told one by one.
WEBHOOKS = """
    SELECT w.id::text, p.id::text, w.state, COALESCE(EXTRACT(EPOCH FROM %(now)s - e.at), 0) AS lag,
           count(*) OVER (PARTITION BY w.state)
    FROM (SELECT * FROM crowd_webhook ORDER BY id DESC LIMIT 1000) w
    JOIN crowd_project p ON p.id = w.project_id AND p.deleted_at IS NULL
    LEFT JOIN LATERAL (SELECT e.at FROM crowd_event e WHERE e.project_id = w.project_id
        AND (e.transaction, e.id) > (w.cursor_transaction, w.cursor_pk)
        ORDER BY e.transaction, e.id LIMIT 1) e ON true
    ORDER BY lag DESC, w.id
"""

# The server's own list of its connections.
SERVER = """
    SELECT count(*), COALESCE(max(EXTRACT(EPOCH FROM %(now)s - xact_start)) FILTER (WHERE backend_xid IS NOT NULL), 0),
           pg_database_size(current_database()), current_setting('max_connections')::int
    FROM pg_stat_activity WHERE datname = current_database()
"""


def text() -> bytes:
    """Return the figures as Prometheus reads them."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Figures(timezone.now()))
    return generate_latest(registry)


class _Figures(Collector):
    """Every figure; a part that cannot be read is left out, and said to be."""

    def __init__(self, now: datetime) -> None:
        self._now = now

    def describe(self) -> Iterable[Metric]:
        """Describe nothing ahead: that would be a scrape."""
        return []

    def collect(self) -> Iterator[Metric]:
        """Yield the families."""
        up = GaugeMetricFamily("crowd_part_up", "Whether this part of the figures could be read.", labels=["part"])
        for part in (_tasks, _under_way, _drawn, _workers, *_ROWS, _webhooks, _server, _broker):
            found = self._read(part)
            up.add_metric([part.__name__.strip("_")], float(found is not None))
            yield from found or []
        yield up

    def _read(self, part: Callable[[datetime], list[Metric]]) -> list[Metric] | None:
        try:
            with transaction.atomic():
                with connection.cursor() as cursor:
                    cursor.execute("SELECT set_config('statement_timeout', %s, true)", [TIMEOUT])
                return part(self._now)
        except Exception as error:  # noqa: BLE001 -- each client has errors of its own, and each means the same
            logger.warning("Figures of %s could not be read: %s", part.__name__, error)
            return None


def _rows(query: str, now: datetime | None = None) -> Rows:
    with connection.cursor() as cursor:
        cursor.execute(query, {"now": now} if now else None)
        return list(cursor.fetchall())


def _gauge(name: str, told: str, labels: list[str], rows: Iterable[tuple[Sequence[str], Any]]) -> Metric:
    family = GaugeMetricFamily(f"crowd_{name}", told, labels=labels)
    for values, value in rows:
        family.add_metric(list(values), float(value or 0))
    return family


def _tasks(now: datetime) -> list[Metric]:
    rows = _rows(TASKS, now)
    by = ["project", "state"]
    return [
        _gauge("tasks_waiting", f"Tasks by state, counted up to {MOST}.", by, (([a, b], n) for a, b, n, _ in rows)),
        _gauge("tasks_oldest_age_seconds", "Age of the oldest.", by, (([a, b], age) for a, b, _, age in rows if age)),
    ]


def _under_way(now: datetime) -> list[Metric]:
    found: list[Metric] = []
    for name, (table, moment, condition, told) in UNDER_WAY.items():
        query = (
            f"SELECT count(*), EXTRACT(EPOCH FROM %(now)s - min(m)) FROM (SELECT {moment} AS m FROM {table}"  # noqa: S608
            f" WHERE {condition} ORDER BY {moment} LIMIT {MOST}) n"
        )
        [(count, age)] = _rows(query, now)
        found.append(_gauge(name, f"How many {told}, counted up to {MOST}.", [], [([], count)]))
        if name in AGED:
            found.append(_gauge(f"{name}_oldest_seconds", f"Since when the oldest of the {told}.", [], [([], age)]))
    return found


def _drawn(_: datetime) -> list[Metric]:
    query = ", ".join(f"pg_sequence_last_value('{sequence}')" for sequence in DRAWN.values())
    [values] = _rows(f"SELECT {query}")
    told = "Numbers drawn for rows of this kind since the beginning: grows, and is a little above what is there."
    return [_gauge("drawn", told, ["kind"], (([kind], value) for kind, value in zip(DRAWN, values, strict=True)))]


def _workers(_: datetime) -> list[Metric]:
    rows = _rows(STANDINGS)
    return [
        _gauge("workers", "Standings of workers by status.", ["status"], ((row[:1], row[1]) for row in rows)),
        _gauge("answers", "Answers that workers have handed in.", [], [([], sum(row[2] or 0 for row in rows))]),
        _gauge("gold_checks", "Answers to gold that were scored.", [], [([], sum(row[3] or 0 for row in rows))]),
        _gauge("gold_passed", "Of these, the passed ones.", [], [([], sum(row[4] or 0 for row in rows))]),
    ]


def _leases(_: datetime) -> list[Metric]:
    told = f"Assignments whose lease ran out and was not taken again, counted up to {MOST}."
    return [_gauge("expired_assignments", told, [], [([], _rows(RAN_OUT)[0][0])])]


def _imports(_: datetime) -> list[Metric]:
    return [_gauge("imports", "Imports by state.", ["state"], (([state], n) for state, n in _rows(IMPORTS)))]


def _releases(_: datetime) -> list[Metric]:
    return [_gauge("releases", "Releases by state.", ["state"], (([state], n) for state, n in _rows(RELEASES)))]


def _processes(_: datetime) -> list[Metric]:
    found = {role: (alive, since) for role, alive, since in _rows(PROCESSES)}
    alive = "Processes that have said in the last minute that they live."
    ticks = "Since beat has last sent a job; missing where there has been none for a while."
    return [
        _gauge("processes", alive, ["role"], (([role], found.get(role, (0, 0))[0]) for role in Process.Role.values)),
        _gauge("beat_age_seconds", ticks, [], [([], found["beat"][1])] if "beat" in found else []),
        _gauge("failed_jobs", "Jobs that failed and have not succeeded since.", [], [([], FailedJob.objects.count())]),
    ]


def _sums(_: datetime) -> list[Metric]:
    return sums.families()


# Parts that read a row or two for each thing of their kind.
_ROWS = (_leases, _imports, _releases, _processes, _sums)


def _webhooks(now: datetime) -> list[Metric]:
    rows = _rows(WEBHOOKS, now)
    by = ["webhook", "project", "state"]
    told = f"Age of the oldest event that an endpoint has yet to pass; of the {ENDPOINTS} furthest behind."
    return [
        _gauge("webhook_lag_seconds", told, by, ((row[:3], row[3]) for row in rows[:ENDPOINTS])),
        _gauge("webhooks", "Endpoints by state.", ["state"], (([s], n) for s, n in {r[2]: r[4] for r in rows}.items())),
    ]


def _server(now: datetime) -> list[Metric]:
    [(connections, oldest, size, limit)] = _rows(SERVER, now)
    behind = "Age of the oldest transaction that writes: feeds and webhooks wait for it."
    return [
        _gauge("database_connections", "Connections to the database.", [], [([], connections)]),
        _gauge("database_connections_limit", "How many it takes.", [], [([], limit)]),
        _gauge("feed_horizon_age_seconds", behind, [], [([], max(oldest, 0))]),
        _gauge("feed_horizon", "Transaction number below which feeds tell.", [], [([], _rows(feeds.HORIZON)[0][0])]),
        _gauge("database_bytes", "Size of the database.", [], [([], size)]),
    ]


def _broker(_: datetime) -> list[Metric]:
    found = broker.queues()
    oldest = "Age of the oldest job that waits in the broker; none where the broker cannot tell."
    ages = [([each.name], each.oldest if each.waiting else 0.0) for each in found]
    return [
        _gauge("jobs_queued", "Jobs that wait in the broker.", ["queue"], (([q.name], q.waiting) for q in found)),
        _gauge("jobs_oldest_age_seconds", oldest, ["queue"], [one for one in ages if one[1] is not None]),
    ]
