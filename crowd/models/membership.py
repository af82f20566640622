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
        models.CharField(max_length=40),
        default=list,
        blank=True,
        help_text="Groups and skills. Images may ask for one.",
    )
    expert = models.BooleanField(
        default=False, help_text="A reviewer who is given what others escalate, as every owner is."
    )
    # limits of a worker's own; where there is none, the project's holds
    answers_per_hour = models.PositiveIntegerField(null=True, blank=True, help_text="Answers in any hour.")
    most_answers = models.PositiveIntegerField(null=True, blank=True, help_text="Answers in all.")
    max_leases = models.PositiveIntegerField(null=True, blank=True, help_text="Images held at once.")
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            *(
                models.CheckConstraint(
                    condition=models.Q(**{f"{name}__isnull": True}) | models.Q(**{f"{name}__gte": 1}),
                    name=f"membership_{name}_lets_work",
                )
                for name in ("answers_per_hour", "max_leases")
            ),
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
