"""The one entry point behind `crowd` and `manage.py`."""

import sys

CLIENTS = ("login", "status", "push", "pull", "watch")
HELP = """
Type 'crowd pull --help' and the like for the commands that speak to a site elsewhere, and need none here:

[client]
    {}
"""


def main() -> None:
    """Run a command: the client's without anything of the server, all others by Django."""
    words = sys.argv[1:]
    if words and words[0] in CLIENTS:
        sys.exit(_client(words))
    # Django is no part of what the client's commands need, and takes a while to load
    from crowd.management import site  # noqa: PLC0415

    if words in ([], ["help"], ["--help"], ["-h"]):
        print(HELP.format("\n    ".join(CLIENTS)))
    site.run(words)


def _client(words: list[str]) -> int:
    try:
        from crowd.client import command  # noqa: PLC0415 -- its one library is an extra
    except ModuleNotFoundError as error:
        print(f"crowd {words[0]} needs {error.name}: pip install 'crowd[client]'", file=sys.stderr)
        return 1
    return command.main(words)
