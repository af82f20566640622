"""The floor: the statements of claims and submits, word for word, sent by pgbench without any Python.

Each worker's cycles are made once through the whole API in this process, in turn, and every statement is recorded with
its values. The database as it was before is copied first, and on the copy pgbench says the same again: one connection
for each worker, all at once. A statement whose values travel apart is prepared and executed so, as the product does;
one with its values written into it is sent so. Only the drawing of an id in the database gives way to the recorded id,
and what would pass over a task that another holds waits for it: passing over, it would take one that the record has for
a later cycle. The waits cost no CPU time, and there are no others.

What pgbench then does in a second is what the database could do if the application were free.
"""

import os
import re
import subprocess
import tempfile
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from crowd.database.base import StatementCursor
from crowd.embedded.postgres import binary
from crowd.models import Project

AT_ALL = 2000  # cycles recorded, shared among the workers
COPY = "floor"
DRAWN, PASSING = "gen_random_uuid()", " SKIP LOCKED"
TYPES = {bool: "boolean", int: "bigint", float: "float8", datetime: "timestamptz", UUID: "uuid"}  # else as inferred


@dataclass(frozen=True)
class Said:
    """One statement with its values, which are in it already where `apart` is false."""

    text: str
    values: Any
    apart: bool


@dataclass(frozen=True)
class Floor:
    """Cycles a second, statements a cycle, and what went wrong."""

    rate: float
    statements: float
    faults: list[str]


def copy() -> None:
    """Copy the database; whoever else is connected is cut off."""
    settings = connection.get_connection_params()
    name = settings["dbname"]
    connection.close()
    drop()
    with psycopg.connect(**_server(settings), dbname="postgres", autocommit=True) as server:
        server.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [name])
        server.execute(f'CREATE DATABASE {COPY} TEMPLATE "{name}"')


def drop() -> None:
    """Remove the copy."""
    settings = connection.get_connection_params()
    with psycopg.connect(**_server(settings), dbname="postgres", autocommit=True) as server:
        server.execute(f"DROP DATABASE IF EXISTS {COPY} WITH (FORCE)")


def _server(settings: dict[str, Any]) -> dict[str, Any]:
    return {name: settings[name] for name in ("host", "port", "user", "password") if name in settings}


def record(project: Project, tokens: Sequence[str], *, cycles: int) -> list[list[list[Said]]]:
    """Return, for each worker, what each of their cycles says to the database, BEGIN and COMMIT included."""
    clients = [Client(HTTP_HOST="localhost", HTTP_AUTHORIZATION=f"Bearer {token}") for token in tokens]
    found: list[list[list[Said]]] = [[] for _ in clients]
    for _ in range(cycles):
        for mine, client in zip(found, clients, strict=True):
            mine.append(_cycle(project, client))
    return found


def _cycle(project: Project, client: Client) -> list[Said]:
    from tests.benchmarks.load_fill import GOLD

    said: list[Said] = []
    seen = len(connection.queries_log)

    def transactions() -> None:
        """Take over the BEGIN and COMMIT that were sent since, which no wrapper sees."""
        nonlocal seen
        log = list(connection.queries_log)
        said.extend(Said(one["sql"], None, False) for one in log[seen:] if one["sql"] in {"BEGIN", "COMMIT"})
        seen = len(log)

    def look(execute: Callable[..., Any], sql: str, values: Any, many: bool, context: dict[str, Any]) -> Any:
        transactions()
        apart = isinstance(context["cursor"].cursor, StatementCursor)
        text = sql if apart else psycopg.ClientCursor(connection.connection).mogrify(sql, values)
        said.append(Said(text, values, apart))
        return execute(sql, values, many, context)

    connection.queries_log.clear()
    seen = 0
    with CaptureQueriesContext(connection), connection.execute_wrapper(look):
        given = client.post(f"/api/v1/projects/{project.slug}/assignments/", {}, content_type="application/json")
        name = given.json()["results"][0]["id"]
        body = {"annotation": GOLD, "seconds": 3}
        done = client.post(f"/api/v1/assignments/{name}/submit/", body, content_type="application/json")
        assert done.status_code == 200, done.content
        transactions()
    return [
        Said(one.text.replace(DRAWN, "%(drawn)s").replace(PASSING, ""), {**one.values, "drawn": UUID(name)}, True)
        if DRAWN in one.text
        else one
        for one in said
    ]


def script(cycles: Sequence[Sequence[Said]]) -> str:
    """Return a worker's cycles as one script of pgbench."""
    prepared: dict[str, str] = {}
    lines: list[str] = []
    for one in (one for cycle in cycles for one in cycle):
        if not one.apart:
            lines.append(f"{one.text};")
            continue
        names = list(dict.fromkeys(re.findall(r"%\((\w+)\)s", one.text)))
        if one.text not in prepared:
            prepared[one.text] = f"s{len(prepared)}"
            text = re.sub(r"%\((\w+)\)s", lambda found, at=names: f"${at.index(found[1]) + 1}", one.text)
            types = ", ".join(TYPES.get(type(one.values[name]), "unknown") for name in names)
            lines.insert(len(prepared) - 1, f"PREPARE {prepared[one.text]} ({types}) AS {text.replace('%%', '%')};")
        values = ", ".join(psycopg.sql.Literal(one.values[name]).as_string(None) for name in names)
        lines.append(f"EXECUTE {prepared[one.text]} ({values});")
    return "\n".join(lines) + "\n"


def replay(recorded: Sequence[Sequence[Sequence[Said]]]) -> Floor:
    """Say it all again on the copy, each worker over a connection of their own."""
    settings = connection.get_connection_params()
    env = {**os.environ, "PGPASSWORD": settings["password"]}
    where = ["-h", settings["host"], "-p", str(settings["port"]), "-U", settings["user"], COPY]
    with tempfile.TemporaryDirectory() as folder:
        files = [Path(folder) / f"{n}.sql" for n in range(len(recorded))]
        for file, cycles in zip(files, recorded, strict=True):
            file.write_text(script(cycles))
        if keep := os.environ.get("CROWD_LOAD_SCRIPT"):
            Path(keep).write_text(files[0].read_text())
        running = [
            subprocess.Popen(
                [binary("pgbench"), "-n", "-c1", "-t1", f"-f{file}", *where],
                env=env,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
            )
            for file in files
        ]
        told = [process.communicate() for process in running]
    faults = [
        err.strip().splitlines()[0] for process, (_, err) in zip(running, told, strict=True) if process.returncode
    ]
    rates = [float(found[1]) for out, _ in told if (found := re.search(r"^tps = ([\d.]+)", out, re.M))]
    cycles = [one for mine in recorded for one in mine]
    spoken = sum(one.text not in {"BEGIN", "COMMIT"} for cycle in cycles for one in cycle) / len(cycles)
    return Floor(len(cycles) * min(rates) if rates else 0.0, spoken, faults)


def run(project: Project, tokens: Sequence[str]) -> Floor:
    """Return how fast the database alone does what so many workers ask of it."""
    copy()
    try:
        return replay(record(project, tokens, cycles=-(-AT_ALL // len(tokens))))
    finally:
        with suppress(psycopg.Error):
            drop()
