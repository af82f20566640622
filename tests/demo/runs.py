"""A small run in which all went well."""

from pathlib import Path

from crowd.demo import images
from crowd.demo.crowd import PEOPLE
from crowd.demo.efforts import Effort
from crowd.demo.images import classified
from crowd.demo.measures import Accuracy
from crowd.demo.releases import Downloaded
from crowd.demo.story import Run

PICTURES = images.digits(10, seed=9)


def other(digit):
    return str((int(digit) + 1) % 10)


def task(picture, *answers, consensus, state="resolved"):
    return {
        "image": {"sha256": picture.sha256},
        "state": state,
        "consensus": None if consensus is None else {"annotation": classified(consensus)},
        "assignments": [
            *({"state": "submitted", "annotation": classified(answer)} for answer in answers),
            {"state": "skipped", "annotation": None},
        ],
    }


def good_run():
    effort = Effort(
        name="Digits",
        guideline="",
        schema={"classifications": []},
        planted=tuple(PICTURES[:2]),
        asked=tuple(PICTURES[2:]),
        left_over=(),
        least=Accuracy(0.9),
    )
    tasks = [task(one, *[one.digit] * 3, consensus=one.digit) for one in PICTURES]
    return Run(
        effort,
        "digits",
        3,
        proposed=tasks,
        tasks=tasks,
        stats={"tasks": {"total": 10, "open": 0, "conflict": 0, "resolved": 10, "excluded": 0}},
        workers={one.name: {"status": "paused" if one.kind == "spamming" else "active"} for one in PEOPLE},
        release=Downloaded(1, 10, 10, Path(), (), {p.sha256: {"annotation": p.annotation} for p in PICTURES}, {}),
    )
