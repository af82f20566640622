"""The words of the command line, and what becomes of faults: one line that says what to do, and an exit status."""

import argparse
import os
import signal
import sys
from collections.abc import Callable, Mapping, Sequence
from types import FrameType
from typing import Final, Never

from crowd.client import errors
from crowd.client.command import account, verbs
from crowd.client.command.telling import Teller
from crowd.client.line import PATIENCE
from crowd.client.sync import Client

EXITS: Final = """\
exit status:
  0  done
  1  refused or failed; the line on stderr says why
  2  the command line is wrong
  3  not signed in, or the token may not do that
  4  there is no such thing, or it is not yours to see
  5  the site could not be reached, or took too long
  6  done in part: some files were refused, and named on stderr
  7  a file was not what its checksum says, and was thrown away
  130  stopped by Ctrl-C; what was begun is gone on with when the command is repeated

environment:
  CROWD_URL, CROWD_TOKEN  the site and the token; else what `crowd login` kept
"""
STATUSES: Final[Mapping[type[Exception], int]] = {
    account.NoAccountError: 3,
    errors.NotSignedIn: 3,
    errors.Forbidden: 3,
    errors.NotFound: 4,
    errors.Unreachable: 5,
    errors.TookTooLong: 5,
    errors.TooManyRequests: 5,
    errors.Corrupt: 7,
}
ADVICE: Final[Mapping[type[Exception], str]] = {
    errors.NotSignedIn: "run `crowd login URL` with a token that is good",
    errors.NotFound: "see `crowd status` for the projects that are yours",
    errors.Unreachable: "check the address and the network, then try again",
    errors.Corrupt: "try again; if it comes again, tell the project's owner",
}
VERBS: Final[Mapping[str, Callable[[argparse.Namespace, Teller, Client], int]]] = {
    "status": verbs.status,
    "push": verbs.push,
    "pull": verbs.pull,
    "watch": verbs.watch,
}
COMMANDS: Final = frozenset({"login", *VERBS})


def main(words: Sequence[str]) -> int:
    """Do what the words say and return the exit status."""
    told = _parser().parse_args(words)
    before = signal.signal(signal.SIGTERM, _interrupt)
    teller = Teller(as_json=told.json)
    try:
        if told.command == "login":
            return verbs.login(told, teller)
        signed_in = account.find()
        with Client(signed_in.url, signed_in.token, patience=told.patience) as client:
            return VERBS[told.command](told, teller, client)
    except KeyboardInterrupt:
        teller.aside("stopped; repeat the command to go on")
        return 130
    except BrokenPipeError:  # whoever read has gone; nothing more can be said to them
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except (errors.ClientError, OSError, ValueError) as fault:
        return _explained(fault, teller)
    finally:
        signal.signal(signal.SIGTERM, before)


def _explained(fault: Exception, teller: Teller) -> int:
    """Say in one line what went wrong and what to do; return the exit status."""
    words = fault.detail if isinstance(fault, errors.ApiError) else str(fault)
    if isinstance(fault, errors.Invalid) and fault.errors:
        words = "; ".join(f"{path}: {' '.join(lines)}" for path, lines in fault.errors.items())
    advice = next((text for kind, text in ADVICE.items() if isinstance(fault, kind)), "")
    teller.aside(f"crowd: {words.rstrip('.')}{f' ({advice})' if advice else ''}")
    return next((status for kind, status in STATUSES.items() if isinstance(fault, kind)), 1)


def _interrupt(_number: int, _frame: FrameType | None) -> Never:
    raise KeyboardInterrupt


def _parser() -> argparse.ArgumentParser:
    common = argparse.ArgumentParser(add_help=False)
    common.add_argument("--json", action="store_true", help="one JSON object a line on stdout, for machines")
    common.add_argument(
        "--patience", type=float, default=PATIENCE, metavar="S", help="seconds to repeat a failing request"
    )
    parser = argparse.ArgumentParser(
        prog="crowd", epilog=EXITS, formatter_class=argparse.RawDescriptionHelpFormatter, allow_abbrev=False
    )
    commands = parser.add_subparsers(dest="command", required=True)

    def command(name: str, text: str) -> argparse.ArgumentParser:
        return commands.add_parser(
            name,
            help=text,
            description=text,
            parents=[common],
            epilog=EXITS,
            formatter_class=argparse.RawDescriptionHelpFormatter,
            allow_abbrev=False,
        )

    one = command("login", "Keep a token for a site; it is asked for, or read from stdin.")
    one.add_argument("url")
    one = command("status", "List your projects, or say how one stands.")
    one.add_argument("project", nargs="?")
    one = command("push", "Send images, folders of them, or a manifest (JSONL, CSV) that names them.")
    one.add_argument("project")
    one.add_argument("files", nargs="+", metavar="FILE")
    one.add_argument("--hands", type=int, default=2, metavar="N", help="requests at once (2)")
    one = command("pull", "Bring a release, checked; repeat it to go on where it was stopped.")
    one.add_argument("project", metavar="PROJECT[@N]")
    one.add_argument("--format", action="append", metavar="NAME", help="coco, yolo, …, all; may be repeated (jsonl)")
    one.add_argument("--images", action="store_true", help="the images as well")
    one.add_argument("--out", default=".", metavar="DIR", help="the folder in which PROJECT-N is made (.)")
    one.add_argument("--hands", type=int, default=4, metavar="N", help="files at once (4)")
    _watch(command("watch", "Tell labels and events as they come."))
    return parser


def _watch(one: argparse.ArgumentParser) -> None:
    one.add_argument("project")
    one.add_argument("--only", choices=["labels", "events"], help="one feed only")
    one.add_argument("--since", metavar="CURSOR", help="go on behind this row, with --only")
    one.add_argument("--new", action="store_true", help="leave out what is there already")
    one.add_argument("--once", action="store_true", help="end when there is nothing more")
    one.add_argument("--every", type=float, default=5.0, metavar="S", help="seconds between two looks (5)")
