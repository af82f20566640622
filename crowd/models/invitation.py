"""Invitations: links by which people join a project."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from crowd.models.membership import Membership
from crowd.models.project import Project
from crowd.models.user import User


class Invitation(models.Model):
    """A link that gives whoever opens it, and signs in, a role; until it expires, is used up or withdrawn.

    The link is this row's number, signed: nothing in the database opens it.
    """

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="invitations")
    role = models.CharField(max_length=10, choices=Membership.Role)
    tags = ArrayField(models.CharField(max_length=40), default=list, blank=True)
    email = models.EmailField(blank=True, default="", help_text="Whom it was sent to.")
    uses = models.PositiveIntegerField(default=1, help_text="How many people it lets in.")
    used = models.PositiveIntegerField(default=0)
    created_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    withdrawn_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(used__lte=F("uses")), name="invitation_used_within_uses"),
            models.CheckConstraint(condition=Q(uses__gte=1), name="invitation_lets_somebody_in"),
        ]

    def __str__(self) -> str:
        return f"invitation {self.pk}"
