"""The main job, end to end, on real images."""

import argparse
import importlib.util
import io
import signal
import subprocess
import sys
import time
from pathlib import Path
from types import FrameType
from typing import Any, Never

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError

from crowd import embedded

STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
EXTRA = {"sklearn": "scikit-learn", "httpx": "httpx", "rich": "rich"}


class Command(BaseCommand):
    """Plays the main job through the HTTP API of the site that runs on the data folder, or of one that it starts."""

    help = "Do the main job end to end on real images with a simulated crowd, through the public HTTP API."
    requires_system_checks: list[str] = []  # the database they want to look at may not be up yet

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """Take the folder, and whether to stay up."""
        parser.add_argument("--no-serve", action="store_true", help="stop when the work is done")
        parser.add_argument(
            "--data", type=Path, help="folder of the embedded parts (default: CROWD_DATA_DIR or .crowd)"
        )

    def handle(self, *_: Any, **options: Any) -> None:
        """Play on the running site; where there is none, start one and play there in a process of its own."""
        _require_extra()
        folder = (options["data"] or settings.DATA_DIR).absolute()
        if url := embedded.DataFolder(folder).addresses().get("CROWD_SITE_URL"):
            near = url.replace("//0.0.0.0:", "//127.0.0.1:").replace("//[::]:", "//[::1]:")  # any address is no address
            _play(near, folder, sign_in=not options["no_serve"])
        else:
            _start_and_play(folder, serve=not options["no_serve"])


def _require_extra() -> None:
    if missing := [package for module, package in EXTRA.items() if importlib.util.find_spec(module) is None]:
        raise CommandError(f"The demo needs {', '.join(missing)}. Install it with: pip install 'crowd[demo]'")


def _start_and_play(folder: Path, *, serve: bool) -> None:
    """Start everything, play, and stop again, or stay up until Ctrl-C."""
    for number in STOP_SIGNALS:
        signal.signal(number, _interrupt)
    # Its settings name the servers, which are known only now: so it is a process of its own.
    command = [sys.executable, "-m", "django", "demo", "--data", str(folder), *([] if serve else ["--no-serve"])]
    started, status = time.monotonic(), -1
    try:
        with embedded.running(folder, what="crowd demo") as site:
            print(f"Everything is up on {site.url} after {time.monotonic() - started:.1f} s, in {folder}", flush=True)
            status = subprocess.call(command, env=site.environment)  # noqa: S603 -- ourselves
            if serve and status == 0:
                print("Ctrl-C stops it.", flush=True)
                site.wait()
    except KeyboardInterrupt:
        print("Stopped.")
        status = 0 if serve and status == 0 else 130
    except (embedded.FolderHeldError, embedded.PartError) as error:
        raise CommandError(str(error)) from None
    if status:
        sys.exit(status)


def _interrupt(_number: int, _frame: FrameType | None) -> Never:
    """Leave in good order, by whatever signal we are told to; told again, go on leaving in good order."""
    for number in STOP_SIGNALS:
        signal.signal(number, signal.SIG_IGN)
    raise KeyboardInterrupt


def _play(url: str, folder: Path, *, sign_in: bool) -> None:
    from crowd.demo import main  # noqa: PLC0415 -- needs the extra, and takes a second to load

    try:
        main.play(url=url, folder=folder / "demo", sign_in=sign_in, check_integrity=_broken)
    except main.DemoError as error:
        raise CommandError(str(error)) from error
    except KeyboardInterrupt:
        sys.exit(130)


def _broken(slug: str) -> str:
    """Return what check_integrity says where it finds something broken."""
    told = io.StringIO()
    try:
        call_command("check_integrity", project=slug, stdout=told, stderr=told)
    except (CommandError, SystemExit) as error:
        return f"{slug}: check_integrity found: {told.getvalue()}{error}".strip()
    return ""
