"""A Django process beside an `up`, started once: it sweeps as if minutes had passed, and checks every invariant.

python -m tests.faults.beside     # one order a line on stdin: `people 32`, `sweep`, `check SLUG`; one JSON line back
"""

import io
import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import IO, Any

from tests.faults.running import ROOT, Up, environment


class Beside:
    """The process, from outside."""

    def __init__(self, popen: subprocess.Popen[str]) -> None:
        self._popen = popen

    def ask(self, *words: object) -> Any:
        """Have an order carried out; return what came of it."""
        orders, answers = self._popen.stdin, self._popen.stdout
        assert orders is not None
        assert answers is not None
        print(*words, file=orders, flush=True)
        return json.loads(answers.readline())


@contextmanager
def beside(site: Up) -> Iterator[Beside]:
    """Have the process in this block."""
    env = environment(**site.addresses(), CROWD_DATA_DIR=str(site.folder), DJANGO_SETTINGS_MODULE="crowd.settings")
    line = [sys.executable, "-m", "tests.faults.beside"]
    with subprocess.Popen(line, cwd=ROOT, env=env, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as popen:
        yield Beside(popen)
        popen.terminate()


def people(count: str) -> dict[str, str]:
    """Return the tokens of a new owner and of new workers, by name."""
    from django.utils import timezone

    from crowd.workflow import accounts

    names = ["owner", *(f"worker{n}" for n in range(int(count)))]
    made = {name: accounts.create_user(username=name) for name in names}
    return {name: accounts.issue_token(user=user, now=timezone.now()) for name, user in made.items()}


def sweep() -> None:
    """Sweep as two minutes from now: what was sent a moment ago counts as lost."""
    from datetime import timedelta

    from django.utils import timezone

    from crowd.workflow.upkeep import sweeping

    sweeping.sweep(now=timezone.now() + timedelta(minutes=2))


def check(slug: str) -> str:
    """Return what check_integrity says where something is broken, else nothing."""
    from django.core.management import call_command

    said = io.StringIO()
    try:
        call_command("check_integrity", project=slug, stdout=said, stderr=said, no_color=True)
    except SystemExit:
        return said.getvalue()
    return ""


def main(orders: IO[str], answers: IO[str]) -> None:
    """Carry out one order a line."""
    import django

    django.setup()
    for line in orders:
        print(json.dumps(carried_out(*line.split())), file=answers, flush=True)


def carried_out(name: str, *words: str) -> Any:
    """Return what came of the order, as soon as there is a database to carry it out on."""
    from django.db import OperationalError, close_old_connections

    for _ in range(600):
        close_old_connections()  # the database may have been another process since
        try:
            return KNOWN[name](*words)
        except OperationalError:
            time.sleep(0.1)
    raise TimeoutError("There has been no database for a minute.")


KNOWN: Mapping[str, Callable[..., Any]] = {"people": people, "sweep": sweep, "check": check}


if __name__ == "__main__":
    main(sys.stdin, sys.stdout)
