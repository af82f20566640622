"""The one entry point behind `crowd` and `manage.py`."""

import os
import sys


def main() -> None:
    """Run a management command; `--data DIR` anywhere on the line names the embedded parts' folder."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "crowd.settings")
    if folder := _data_option(sys.argv[2:]):
        os.environ["CROWD_DATA_DIR"] = folder  # before settings are read: they find the running parts there
    from django.core.management import execute_from_command_line  # noqa: PLC0415 -- settings read CROWD_DATA_DIR

    execute_from_command_line(sys.argv)


def _data_option(words: list[str]) -> str | None:
    for word, following in zip(words, [*words[1:], None], strict=True):
        if word == "--data":
            return following
        if word.startswith("--data="):
            return word.removeprefix("--data=")
    return None
