"""Another epoch of the feeds begins when the data were restored: what was told before is told apart from what comes."""

from datetime import datetime

from django.db import connection, transaction

from crowd.models import Epoch

# Where rows keep the number of a transaction, and whether they refuse to be changed.
_NUMBERED = {
    "crowd_event": ("transaction",),
    "crowd_consensus": ("transaction",),
    "crowd_webhook": ("started_transaction", "cursor_transaction"),
    "crowd_summary": ("transaction",),
}
_HIGHEST = " UNION ALL ".join(
    f"SELECT max({column}) AS number FROM {table}"  # noqa: S608 -- ours
    for table, columns in _NUMBERED.items()
    for column in columns
)
_PRESENT = """
    GREATEST(pg_snapshot_xmax(pg_current_snapshot())::text::bigint, pg_current_xact_id_if_assigned()::text::bigint + 1)
"""


@transaction.atomic
def begin(*, now: datetime) -> Epoch:
    """Refuse all places told so far, and bring numbers from another server into order, all before what is to come.

    Nobody else may be at work: the rows are rewritten where they come from a server that counted further than this one.
    Their order stays, and so do the places of webhooks and figures in it.
    """
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT COALESCE(max(number), 0), {_PRESENT} FROM ({_HIGHEST}) AS found")  # noqa: S608 -- ours
        highest, present = cursor.fetchone()
        if highest >= present:
            _renumber(cursor, highest + 1)
    return Epoch.objects.create(began_at=now)


def _renumber(cursor: object, by: int) -> None:
    """Move every number below nought by the same amount; the queue's places are of no use any more."""
    changes = {
        table: ", ".join(f"{column} = {column} - {by}" for column in columns) for table, columns in _NUMBERED.items()
    }
    changes["crowd_task"] = "entered = 0"
    changes["crowd_standing"] = "frontier = '{}'"
    for table, change in changes.items():
        where = " WHERE entered <> 0" if table == "crowd_task" else ""
        for statement in (
            f"ALTER TABLE {table} DISABLE TRIGGER USER",
            f"UPDATE {table} SET {change}{where}",  # noqa: S608 -- ours
            f"ALTER TABLE {table} ENABLE TRIGGER USER",
        ):
            cursor.execute(statement)  # type: ignore[attr-defined]  # a cursor of Django's
