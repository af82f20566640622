"""Who takes part in a project, and as what."""

from django.contrib.postgres.fields import ArrayField
from django.db import models

from crowd.models.project import Project
from crowd.models.user import User


class Membership(models.Model):
    """One user's role in one project."""

    class Role(models.TextChoices):
        """An owner may do all that a reviewer may; neither labels."""

        OWNER = "owner"
        REVIEWER = "reviewer"
        WORKER = "worker"

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="memberships")
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="memberships")
    role = models.CharField(max_length=10, choices=Role)
    tags = ArrayField(
        models.CharField(max_length=40), default=list, blank=True, help_text="Groups and skills, for the owner's eyes."
    )
    expert = models.BooleanField(
        default=False, help_text="A reviewer who is given what others escalate, as every owner is."
    )
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["project", "user"], name="membership_one_role_each"),
            models.CheckConstraint(
                condition=models.Q(role__in=["owner", "reviewer", "worker"]), name="membership_role"
            ),
            models.CheckConstraint(
                condition=models.Q(expert=False) | ~models.Q(role="worker"), name="membership_experts_review"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user_id} as {self.role} of {self.project_id}"
