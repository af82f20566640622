"""The floor: the statements of one claim and one submit, word for word, sent by pgbench without any Python.

The statements are Django's own record of one claim and one submit made through the whole API in this process. A number
or UUID that an earlier statement returned is passed on by `\\gset`, the token's digest is each client's own, and the
new assignment's id is drawn; everything else stays as it was. What pgbench then does in a second is what the database
could do if the application were free.
"""

import os
import re
import subprocess
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from crowd.embedded.postgres import binary
from crowd.models import Assignment, Project
from crowd.models.token import digest_of

FIRST_IDS = {"user": 71_000_001, "task": 31_000_001, "image": 51_000_001, "standing": 81_000_001, "project": 61_000_001}
VALUE = re.compile(r"(?<![\w.-])([0-9a-f]{8}(?:-?[0-9a-f]{4}){3}-?[0-9a-f]{12}|\d{8,})(?![\w.-])")
DRAWN = "00000000-0000-4000-8000-:drawn"


@dataclass
class Statement:
    """What was sent, and the one row that came back, if it was one."""

    sql: str
    names: list[str] = field(default_factory=list)
    row: list[str] = field(default_factory=list)


def spread_ids() -> None:
    """Let ids of different things differ, so that a number in a statement says what it is; for a fresh database."""
    with connection.cursor() as cursor:
        for name, first in FIRST_IDS.items():
            cursor.execute("SELECT setval(pg_get_serial_sequence(%s, 'id'), %s, false)", [f"crowd_{name}", first])


def statements(project: Project, token: str) -> list[Statement]:
    """Return what one claim of an ordinary task and its submit say to the database, BEGIN and COMMIT included."""
    for _ in range(20):  # the first one warms what a process reads once; gold may come up
        found, assignment = _cycle(project, token)
        if not hasattr(assignment.task, "gold"):
            last = found
    return last


def _cycle(project: Project, token: str) -> tuple[list[Statement], Assignment]:
    from tests.benchmarks.load_fill import GOLD

    client = Client(HTTP_HOST="localhost", HTTP_AUTHORIZATION=f"Bearer {token}")
    rows: dict[int, tuple[list[str], list[str]]] = {}

    def look(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: dict[str, Any]) -> Any:
        place = len(connection.queries_log)
        done = execute(sql, params, many, context)
        result = context["cursor"].cursor.pgresult
        if result is not None and result.ntuples == 1:
            names = [(result.fname(n) or b"").decode() for n in range(result.nfields)]
            rows[place] = names, [(result.get_value(0, n) or b"").decode("utf8", "replace") for n in range(len(names))]
        return done

    with CaptureQueriesContext(connection) as caught, connection.execute_wrapper(look):
        first = len(connection.queries_log)
        given = client.post(f"/api/v1/projects/{project.slug}/assignments/", {}, content_type="application/json")
        name = given.json()["results"][0]["id"]
        body = {"annotation": GOLD, "seconds": 3}
        done = client.post(f"/api/v1/assignments/{name}/submit/", body, content_type="application/json")
        assert done.status_code == 200, done.content
    found = [
        Statement(query["sql"], *rows.get(first + place, ([], [])))
        for place, query in enumerate(caught.captured_queries)
    ]
    return found, Assignment.objects.select_related("task").get(pk=name)


def script(found: Sequence[Statement], token: str) -> str:
    """Return the statements as one transaction script of pgbench."""
    variables: dict[str, str] = {}  # by value, UUIDs without their dashes
    needed = {value.replace("-", "") for one in found for value in VALUE.findall(one.sql)}
    lines = ["\\set drawn random(100000000000, 999999999999)"]
    for place, one in enumerate(found):
        sql = one.sql.replace(digest_of(token), ":digest")
        sql = VALUE.sub(partial(_by_name, variables), sql)
        row = [value.replace("-", "") if VALUE.fullmatch(value) else "" for value in one.row]
        fresh = {value: n for n, value in reversed(list(enumerate(row))) if value in needed - variables.keys()}
        if one.sql.startswith("INSERT") and "crowd_assignment" in one.sql:  # its id is drawn here, not returned
            drawn = next(value for value in VALUE.findall(one.sql) if len(value) >= 32)
            variables[drawn.replace("-", "")] = DRAWN
            sql, fresh = sql.replace(drawn, DRAWN), {}
        if not fresh:
            lines.append(f"{sql};")
            continue
        if len(set(one.names)) < len(one.names):  # \gset knows columns by name
            columns = [f"c{n}" for n in range(len(one.names))]
            sql = f"SELECT * FROM ({sql}) AS found({', '.join(columns)})"
        else:
            columns = one.names
        variables |= {value: f":s{place}_{columns[n]}" for value, n in fresh.items()}
        lines.append(f"{sql} \\gset s{place}_")
    return "\n".join(lines) + "\n"


def _by_name(variables: Mapping[str, str], found: re.Match[str]) -> str:
    return variables.get(found[0].replace("-", ""), found[0])


def run(*, project: Project, tokens: Sequence[str], seconds: float) -> tuple[float, int, str]:
    """Return cycles a second, statements a cycle and, where some client failed, why; each worker has a pgbench."""
    found = statements(project, tokens[0])
    settings = connection.get_connection_params()
    env = {**os.environ, "PGPASSWORD": settings["password"]}
    where = ["-h", settings["host"], "-p", str(settings["port"]), "-U", settings["user"], settings["dbname"]]
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "cycle.sql"
        file.write_text(script(found, tokens[0]))
        if keep := os.environ.get("CROWD_LOAD_SCRIPT"):
            Path(keep).write_text(file.read_text())
        pgbench = (binary("pgbench"), "-n", "-c1", f"-T{seconds:.0f}", f"-f{file}")
        running = [
            subprocess.Popen(
                [*pgbench, "-D", f"digest={digest_of(token)}", *where],
                env=env,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
            )
            for token in tokens
        ]
        said = [(process.communicate(), process.returncode) for process in running]
    rate = sum(float(match[1]) for (out, _), _ in said if (match := re.search(r"^tps = ([\d.]+)", out, re.M)))
    faults = [err.strip().splitlines()[-1] for (_, err), status in said if status != 0 and err.strip()]
    sent = sum(one.sql not in {"BEGIN", "COMMIT"} for one in found)
    return rate, sent, f"{len(faults)} of {len(said)} clients failed: {faults[0]}" if faults else ""
