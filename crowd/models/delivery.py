"""Deliveries: what became of telling one endpoint of one event."""

from django.db import models
from django.db.models import Q

from crowd.models.event import Event
from crowd.models.webhook import Webhook


class Delivery(models.Model):
    """One event on its way to one endpoint, and the last answer. Of each endpoint at most one is pending."""

    class State(models.TextChoices):
        """Dead: given up after the last attempt."""

        PENDING = "pending"
        DELIVERED = "delivered"
        DEAD = "dead"

    webhook = models.ForeignKey(Webhook, on_delete=models.CASCADE, related_name="deliveries", db_index=False)
    event = models.ForeignKey(Event, on_delete=models.CASCADE, related_name="+", db_index=False)
    state = models.CharField(max_length=10, choices=State, default=State.PENDING)
    attempts = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField()
    last_at = models.DateTimeField(null=True, blank=True)
    asked_at = models.DateTimeField(null=True, blank=True, help_text="When its owner asked for it once more.")
    status = models.PositiveIntegerField(null=True, blank=True)
    milliseconds = models.PositiveIntegerField(null=True, blank=True)
    excerpt = models.CharField(max_length=500, blank=True, default="")
    error = models.CharField(max_length=500, blank=True, default="")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["webhook", "event"], name="delivery_once"),
            models.UniqueConstraint(fields=["webhook"], condition=Q(state="pending"), name="delivery_in_order"),
        ]
        indexes = [
            models.Index(fields=["webhook", "id"], name="delivery_of_webhook"),
            models.Index(fields=["created_at"], name="delivery_age", condition=~Q(state="pending")),
            models.Index(fields=["webhook", "asked_at"], name="delivery_asked", condition=Q(asked_at__isnull=False)),
        ]

    def __str__(self) -> str:
        return f"delivery {self.pk}"

    @property
    def message(self) -> str:
        """The message's name, the same however often it is sent."""
        return f"evt_{self.event_id}"
