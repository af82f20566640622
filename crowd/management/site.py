"""The commands of the site itself: Django's and ours, with the database that they need."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from crowd import embedded

# Commands that look into the database. Beside a running `up` they use its database; without one they have the data
# folder's own for as long as they take. True: with all migrations applied.
ON_DATABASE: Final = {
    "token": True,
    "check_integrity": True,
    "erase_user": True,
    "restart_feeds": True,
    "backup": False,  # as it is
    "restore": False,  # which brings a schema of its own
    "doctor": False,
    "createsuperuser": True,
    "changepassword": True,
    "shell": True,
    "dumpdata": True,
    "loaddata": True,
    "migrate": False,
    "showmigrations": False,
    "sqlmigrate": False,
}


def run(words: list[str]) -> None:
    """Run a management command; `--data DIR` anywhere on the line names the embedded parts' folder, for all of them."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "crowd.settings")
    folder, words = _take_data_option(words)
    if folder:
        os.environ["CROWD_DATA_DIR"] = folder
    try:
        with _database(words):
            # Django reads its settings here, so what they are made of is in the environment by now
            from django.core.management import execute_from_command_line  # noqa: PLC0415

            execute_from_command_line([sys.argv[0], *words])
    except (embedded.PartError, embedded.FolderHeldError) as error:
        sys.exit(str(error))


@contextmanager
def _database(words: list[str]) -> Iterator[None]:
    """Have the database that the command needs, if it needs one."""
    command = words[0] if words else ""
    if command not in ON_DATABASE or {"-h", "--help"} & set(words):
        yield
        return
    folder = Path(os.environ.get("CROWD_DATA_DIR") or ".crowd")
    with embedded.parts(folder, migrated=ON_DATABASE[command], what=f"crowd {command}") as addresses:
        os.environ.update(addresses)
        yield


def _take_data_option(words: list[str]) -> tuple[str, list[str]]:
    """Return the folder that the words name, if they do, and the words without it."""
    folder, rest, left = "", [], list(words)
    while left:
        word = left.pop(0)
        if word == "--data" and left:
            folder = left.pop(0)
        elif word.startswith("--data="):
            folder = word.removeprefix("--data=")
        else:
            rest.append(word)
    return folder, rest
