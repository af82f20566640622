"""Everything on one machine, in one terminal."""

import argparse
import contextlib
import signal
import sys
from pathlib import Path
from types import FrameType
from typing import Any, Never

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from crowd import embedded


class Stopped(BaseException):
    """The person or the system asked us to stop."""


class Command(BaseCommand):
    """Runs database, broker, web server, workers and beat in the foreground, until Ctrl-C or SIGTERM."""

    help = "Run everything on this machine: database, broker, web server, background workers. Ctrl-C stops all of it."
    requires_system_checks: list[str] = []  # the database they want to look at is not up yet

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """Take host, port and folder."""
        parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default: this machine only)")
        parser.add_argument("--port", type=int, help="port to listen on (default: 8000 or a free one; 0: any free one)")
        parser.add_argument(
            "--data", type=Path, help="folder of the embedded parts (default: CROWD_DATA_DIR or .crowd)"
        )

    def handle(self, *_: Any, **options: Any) -> None:
        """Run until told to stop."""
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, _stop)
        folder = options["data"] or settings.DATA_DIR
        try:
            with embedded.running(folder, host=options["host"], port=options["port"], say=say) as site:
                print(f"ready {site.url}", flush=True)
                try:
                    site.wait()
                finally:
                    say("stopping")
        except Stopped:
            say("stopped")
        except (embedded.FolderHeldError, embedded.PartError) as error:
            raise CommandError(str(error)) from None


def _stop(_number: int, _frame: FrameType | None) -> Never:
    for again in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):  # once is enough: the way down is not to be disturbed
        signal.signal(again, lambda *_: None)
    raise Stopped


def say(line: str) -> None:
    """Tell the terminal, for as long as there is one."""
    with contextlib.suppress(OSError):
        print(line, file=sys.stderr, flush=True)
