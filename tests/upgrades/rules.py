"""What a migration may do while the release before it is still at work."""

import re
import subprocess
import sysconfig
from collections.abc import Iterator
from pathlib import Path

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import connection, migrations
from django.db.migrations.loader import MigrationLoader

import crowd

BASELINE = 24  # the newest migration of 0.1.0, the first release
# of squawk's rules those that are a matter of taste, and what `crowd migrate` itself sees to
TASTE = (
    "prefer-robust-stmts", "prefer-text-field", "prefer-bigint-over-int", "prefer-bigint-over-smallint",
    "prefer-identity", "prefer-timestamp-tz", "require-lock-timeout", "require-statement-timeout",
)  # fmt: skip
LEAVING = (
    migrations.RemoveField, migrations.DeleteModel, migrations.RenameField, migrations.RenameModel,
    migrations.AlterModelTable,
)  # fmt: skip


def later() -> list[migrations.Migration]:
    """Return the migrations after the baseline."""
    found = [one for (app, _), one in MigrationLoader(None).disk_migrations.items() if app == "crowd"]
    return sorted((one for one in found if int(one.name[:4]) > BASELINE), key=lambda one: one.name)


def faults(migration: migrations.Migration) -> list[str]:
    """Return what is wrong with a migration."""
    found = [*operations(migration), *squawk(statements(migration), atomic=migration.atomic)]
    return [f"{migration.name}: {one}" for one in found]


def statements(migration: migrations.Migration) -> str:
    """Return the SQL of a migration, whether or not it is one of the app's."""
    before = [one for one in migration.dependencies if one[0] == "crowd"]
    state = MigrationLoader(connection).project_state(before)
    with connection.schema_editor(collect_sql=True, atomic=migration.atomic) as editor:
        migration.apply(state, editor, collect_sql=True)
    return "\n".join(editor.collected_sql)


def operations(migration: migrations.Migration) -> Iterator[str]:
    """Yield what the operations themselves tell."""
    for one in migration.operations:
        for each in getattr(one, "database_operations", None) or [one]:
            if isinstance(each, LEAVING) and not _was_left(migration):
                yield f"{each.describe()}: the release before may use it (see deploy/upgrading.md)"
            if isinstance(each, migrations.AddField) and not (each.field.null or each.field.has_db_default()):
                yield f"{each.describe()}: the release before writes rows without it, so it is null or has a db_default"
            if isinstance(each, AddIndexConcurrently) and len(migration.operations) > 1:
                yield f"{each.describe()}: is in a migration of its own, to be run again"


def _was_left(migration: migrations.Migration) -> bool:
    """Tell whether a release has been since the last one that used what goes."""
    last = getattr(migration, "contracts_after", "")
    return bool(last) and _numbers(last) < _numbers(crowd.__version__)


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in re.findall(r"\d+", version))


def squawk(sql: str, *, atomic: bool) -> list[str]:
    """Return what squawk has against the statements."""
    words = [str(Path(sysconfig.get_path("scripts"), "squawk")), "--reporter=gcc", "--pg-version=15"]
    words += [f"--exclude={','.join(TASTE)}", "--stdin-filepath=migration.sql"]
    ran = subprocess.run(
        [*words, *(["--assume-in-transaction"] if atomic else [])],
        input="\n".join(line for line in sql.splitlines() if line not in {"BEGIN;", "COMMIT;"}),
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode in {0, 1}, ran.stderr
    return [line for line in ran.stdout.splitlines() if re.match(r"migration\.sql:\d+", line)]
