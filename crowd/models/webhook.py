"""Webhooks: endpoints of other people's systems that are told what happens in a project."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from crowd import sealing
from crowd.models.project import Project
from crowd.models.sealed import SealedField
from crowd.models.user import User


class Webhook(models.Model):
    """An endpoint, how to sign for it, and how far it has been told.

    The event table is the outbox: `cursor` is the place in the feed behind the last event that was delivered or given
    up, so that what comes after it is never lost and goes out in its order. `lease` belongs to the one sender under
    way; a sender that died is followed by another once `busy_until` has passed.
    """

    class State(models.TextChoices):
        """Paused by its owner; disabled because it failed for days or said that it is gone."""

        ACTIVE = "active"
        PAUSED = "paused"
        DISABLED = "disabled"

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="webhooks")
    url = models.CharField(max_length=2000)
    events = ArrayField(models.CharField(max_length=40), default=list, blank=True, help_text="None: all types.")
    description = models.CharField(max_length=200, blank=True, default="")
    secret = SealedField(purpose=sealing.WEBHOOK, max_length=120)
    old_secret = SealedField(purpose=sealing.WEBHOOK, max_length=120, blank=True, default="")
    old_secret_until = models.DateTimeField(null=True, blank=True)
    state = models.CharField(max_length=10, choices=State, default=State.ACTIVE)
    reason = models.CharField(max_length=300, blank=True, default="")
    created_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField()
    # where the present choice of types began, and how far it got
    started_transaction = models.BigIntegerField()
    started_pk = models.BigIntegerField()
    cursor_transaction = models.BigIntegerField()
    cursor_pk = models.BigIntegerField()
    failing_since = models.DateTimeField(null=True, blank=True)
    next_at = models.DateTimeField(null=True, blank=True)
    queued_at = models.DateTimeField(null=True, blank=True)
    lease = models.UUIDField(null=True, blank=True)
    busy_until = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=~Q(secret=""), name="webhook_has_a_secret"),
            models.CheckConstraint(
                condition=Q(old_secret="", old_secret_until__isnull=True)
                | ~Q(old_secret="") & Q(old_secret_until__isnull=False),
                name="webhook_old_secret_ends",
            ),
            models.CheckConstraint(condition=~Q(state="disabled") | ~Q(reason=""), name="webhook_disabled_says_why"),
            models.CheckConstraint(
                condition=Q(lease__isnull=True, busy_until__isnull=True)
                | Q(lease__isnull=False, busy_until__isnull=False),
                name="webhook_lease_ends",
            ),
        ]
        indexes = [models.Index(fields=["next_at"], name="webhook_active", condition=Q(state="active"))]

    def __str__(self) -> str:
        return f"webhook {self.pk}"
