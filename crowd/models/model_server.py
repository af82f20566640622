"""Model servers: where a project has its images pre-labelled, and the runs in which that is done."""

from django.db import models
from django.db.models import F, Q

from crowd import sealing
from crowd.models.model_version import ModelVersion
from crowd.models.project import Project
from crowd.models.sealed import SealedField
from crowd.models.user import User


class ModelServer(models.Model):
    """Where a project's model is asked, as whom, and which version of it answers there."""

    project = models.OneToOneField(Project, on_delete=models.CASCADE, primary_key=True, related_name="model_server")
    url = models.CharField(max_length=2000)
    header = models.CharField(max_length=100, default="Authorization", help_text="That carries the secret.")
    secret = SealedField(purpose=sealing.MODEL_SERVER, max_length=2000, blank=True, default="")
    name = models.CharField(max_length=100)
    version = models.CharField(max_length=90)
    seconds = models.PositiveSmallIntegerField(default=30, help_text="Patience with one answer.")
    changed_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    changed_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=~Q(url="") & ~Q(name="") & ~Q(version=""), name="model_server_is_named"),
            models.CheckConstraint(condition=Q(seconds__gte=1, seconds__lte=120), name="model_server_patience"),
        ]

    def __str__(self) -> str:
        return f"model server of {self.project_id}"

    @property
    def model(self) -> str:
        """The name under which its pre-labels are kept."""
        return f"{self.name} {self.version}"


class ModelRun(models.Model):
    """One round of asking the server about images that lack its version's answer, with how far it is.

    What became of each task is written in the transaction that counts it, with the place where the run goes on.
    """

    class State(models.TextChoices):
        """Running, then one of the others."""

        RUNNING = "running"
        DONE = "done"
        CANCELLED = "cancelled"
        FAILED = "failed"

    class Scope(models.TextChoices):
        """Which images are asked about."""

        FRESH = "fresh", "Images nobody has begun"
        ALL = "all", "All images: of those begun or settled only for the report"

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="model_runs", db_index=False)
    model = models.ForeignKey(ModelVersion, on_delete=models.CASCADE, related_name="+", db_index=False)
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    scope = models.CharField(max_length=8, choices=Scope, default=Scope.FRESH)
    state = models.CharField(max_length=10, choices=State, default=State.RUNNING)
    wanted = models.PositiveIntegerField(default=0, help_text="Tasks there were to look at when it began.")
    upto = models.BigIntegerField(help_text="No task that came later is asked about.")
    cursor = models.BigIntegerField(default=0, help_text="The last task looked at.")
    taken = models.PositiveIntegerField(default=0)
    refused = models.PositiveIntegerField(default=0)
    faults = models.JSONField(default=list, blank=True, help_text="The first that were refused, and why.")
    trouble = models.CharField(max_length=500, blank=True, default="", help_text="Why it does not move now.")
    tries = models.PositiveSmallIntegerField(default=0, help_text="In vain, one after the other.")
    next_at = models.DateTimeField(null=True, blank=True, help_text="When it is tried again.")
    created_at = models.DateTimeField()
    moved_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(state="running", finished_at__isnull=True)
                | ~Q(state="running") & Q(finished_at__isnull=False),
                name="model_run_finished_or_running",
            ),
            models.UniqueConstraint(fields=["project"], condition=Q(state="running"), name="model_run_one_at_a_time"),
        ]
        indexes = [
            models.Index(F("project"), F("id").desc(), name="model_run_of_project"),
            models.Index(fields=["moved_at"], name="model_run_running", condition=Q(state="running")),
        ]

    def __str__(self) -> str:
        return f"model run {self.pk}"
