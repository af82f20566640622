"""A job that kills whoever does it is not tried for ever: its runs are counted before they begin.

A worker whose memory runs out, or that a library takes down, raises nothing. Its message comes back at once, and the
next worker dies of it, and the next. So each run is noted in a transaction of its own, and the note goes when the run
ends, well or badly: what is left are the runs that nobody lived through.
"""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Final

from django.db import DatabaseError, connection

from crowd.models import Attempt

MOST: Final = 3
APART: Final = 2.0  # seconds; runs that begin closer together are one: a message may come more than once
KILLED: Final = (
    f"The process that worked on this was killed {MOST} times, so it is not tried again by itself. Most often its"
    " memory ran out: begin again with smaller files or fewer images, or tell the operator of this server."
)
_BEGIN: Final = """
    INSERT INTO crowd_attempt AS a (job, key, times, at) VALUES (%(job)s, %(key)s, 1, %(now)s)
    ON CONFLICT (job, key) DO UPDATE SET
        times = a.times + (excluded.at - a.at > make_interval(secs => %(apart)s))::int,
        at = CASE WHEN excluded.at - a.at > make_interval(secs => %(apart)s) THEN excluded.at ELSE a.at END
    RETURNING times
"""
logger = logging.getLogger(__name__)


@contextmanager
def counted(job: str, key: int, *, now: datetime) -> Iterator[bool]:
    """Count a run of a job on one thing; what is yielded is False where MOST runs before it were killed.

    Whoever is told False gives the thing up, and says KILLED where its owner looks.
    """
    goes = begin(job, key, now=now)
    try:
        yield goes
    finally:
        end(job, key)


def begin(job: str, key: int, *, now: datetime) -> bool:
    """Count a run, outside any transaction that a kill would undo; False where MOST before it were killed."""
    with connection.cursor() as cursor:
        cursor.execute(_BEGIN, {"job": job, "key": key, "now": now, "apart": APART})
        [times] = cursor.fetchone()
    if times > MOST:
        logger.error("%s %d was killed %d times and is given up", job, key, MOST)
    return bool(times <= MOST)


def end(job: str, key: int) -> None:
    """Forget the runs of a job: one of them came to its end."""
    try:
        Attempt.objects.filter(job=job, key=key).delete()
    except DatabaseError as error:  # what brought us here says more; at worst one run too many is counted
        logger.warning("The runs of %s %d could not be forgotten: %s", job, key, error)
