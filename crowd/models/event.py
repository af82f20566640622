"""Events: what happened, by whom, when. The audit trail and the outbox in one table."""

import pgtrigger
from django.db import models
from django.db.models import F, Func
from django.db.models.fields.json import KeyTransform
from django.db.models.functions import Cast

from crowd.models.project import Project
from crowd.models.user import User


class TransactionIdField(models.BigIntegerField):  # type: ignore[type-arg]  # Django's is not generic at run time
    """PostgreSQL's number of the transaction that wrote a row.

    A feed that reads only rows below the oldest transaction still under way (`pg_snapshot_xmin`) and orders them by
    (transaction, id) has no gap and no repeat, which a bare sequence does not promise: sequences are drawn before
    commit, so that a lower number may appear after a higher one has been read.
    """


def current_transaction() -> models.Expression:
    """Return the expression for the number of the transaction under way."""
    xid = Func(function="pg_current_xact_id", output_field=models.TextField())
    return Cast(Cast(xid, models.TextField()), models.BigIntegerField())


class Event(models.Model):
    """One thing that happened, written in the transaction that made it happen. Never changed, never removed."""

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="events", db_index=False)
    type = models.CharField(max_length=40)
    at = models.DateTimeField()
    actor = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    data = models.JSONField(default=dict)
    transaction = TransactionIdField(db_default=current_transaction())

    class Meta:
        indexes = [
            models.Index(fields=["project", "transaction", "id"], name="event_feed"),
            models.Index(fields=["project", "type", "transaction", "id"], name="event_by_type"),
            models.Index(F("project"), KeyTransform("task", "data"), name="event_of_task"),
        ]
        triggers = [pgtrigger.Protect(name="event_never_changes", operation=pgtrigger.Update | pgtrigger.Delete)]

    def __str__(self) -> str:
        return f"{self.type} {self.pk}"
