"""The whole demo on a running site: play the story, check everything, print what happened."""

import logging
import time
from collections.abc import Callable
from pathlib import Path

from crowd.client import ClientError
from crowd.demo import cast, efforts, outcome, report, story
from crowd.demo.releases import ReleaseError
from crowd.demo.screen import Screen
from crowd.demo.shift import StuckError
from crowd.demo.story import StepError, Teller


class DemoError(Exception):
    """Something did not work; the text says what."""


def play(*, url: str, folder: Path, sign_in: bool, check_integrity: Callable[[str], str]) -> None:
    """Do the main job on the site at `url`; raise DemoError unless every step worked and every check held.

    `check_integrity` returns what is broken in a project, empty where nothing is. With `sign_in` some images are left
    to label, and names and passwords are printed.
    """
    started = time.monotonic()
    logging.getLogger("httpx").setLevel(logging.WARNING)  # a line for each request would drown everything else
    screen = Screen()
    try:
        with screen.step("Images drawn up, people invited"):
            plan = [efforts.digits(), efforts.photographs()]
            players = cast.assemble(sign_in=sign_in)
        teller = Teller(site=url, cast=players, screen=screen, folder=folder)
        runs = story.tell(teller, plan)
        if sign_in:
            story.leave_work(teller, runs)
        with screen.step("Every invariant verified on the live database"):
            broken = [found for run in runs if (found := check_integrity(run.slug))]
    except (ClientError, ReleaseError, StepError, StuckError) as error:
        raise DemoError(str(error)) from error
    told = [(run, outcome.of(run)) for run in runs]
    faults = [*broken, *(fault for run, out in told for fault in outcome.faults(run, out))]
    report.show(screen.console, told, faults=faults, seconds=time.monotonic() - started)
    if faults:
        raise DemoError(f"{len(faults)} of the checks failed.")
    if sign_in:
        screen.console.print(report.sign_in(url, players))
