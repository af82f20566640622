"""The figures' vocabulary: what is counted, and in which stretches of time.

measure     key                          other        total
task        state                        prelabelled  answers
left        fresh, begun                              answers still asked for at least, of those begun
imported                                              (at: when)
answer      gold or nothing              void         milliseconds (at: when, guideline: under which)
worker      id                                        milliseconds
paid        id                           void         (at: day of the answer, gold included)
settled     crowd, review                             answers (at: when)
overlap     answers of a resolved task
agreement                                             of a task's answers, in millionths (at: of its last answer)
gold        passed, failed                            score, in millionths (at: when)
confusion   true class                   given class  of answers to settled tasks (question)
gold_class  true class                   given class  of answers to gold (question)
class       class                                     of consensus (question)
size        label                        power of two of the side, in pixels
place       label                        column-row of the middle
calibration confidence, in twentieths                 right when a person or gold told
route       trusted, checked             state        answers
accepted    trusted, checked, gold       right, wrong of settled tasks whose pre-label could be trusted
model_image right, wrong                              agreement, in millionths (question: model:source)
model_sure  score, in twentieths                      right (question: model:source)
model_class true class                   given class  of settled tasks (question: model:source:question)
model_truth true class                   group        of objects (question: model:source)
model_object class said                  score in fiftieths-group, right (question: model:source:IoU)
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import NamedTuple

MILLION = 1_000_000
LONGEST_MS = 3_600_000  # an answer that took longer was left lying
GRID = 12  # columns, and rows, of the map of positions
BINS = 20  # of confidence
LONGEST_NAME = 200

QUARTER_MINUTE, QUARTER, HOUR, DAY = 15, 900, 3600, 86_400  # seconds
_FINE = ((timedelta(hours=1), QUARTER_MINUTE), (timedelta(days=2), QUARTER))


class Cell(NamedTuple):
    """What a figure counts."""

    measure: str
    at: int = 0
    guideline: int = 0
    question: str = ""
    key: str = ""
    other: str = ""


Cells = dict[Cell, list[int]]  # how many, and the sum of what they measure


def add(cells: Cells, cell: Cell, total: int = 0, n: int = 1) -> None:
    """Count one more; names that are too long to be looked up are cut."""
    cell = cell._replace(
        question=cell.question[:LONGEST_NAME], key=cell.key[:LONGEST_NAME], other=cell.other[:LONGEST_NAME]
    )
    found = cells.setdefault(cell, [0, 0])
    found[0] += n
    found[1] += total


def stretch(moment: datetime, began: datetime | None) -> int:
    """Return the beginning of the stretch of time that a moment is counted in, in seconds since 1970.

    A quarter of a minute in the first hour after the first answer, a quarter of an hour on the first two days, then an
    hour: the course of a pilot is seen while it goes on, and a year is still a few thousand stretches.
    """
    age = moment - began if began is not None else None
    step = HOUR
    if age is not None and age >= timedelta(0):
        step = next((each for until, each in _FINE if age < until), HOUR)
    return int(moment.timestamp()) // step * step


def earliest(moments: Iterable[datetime | None]) -> datetime | None:
    """Return the first of the moments that are known."""
    return min((one for one in moments if one is not None), default=None)
