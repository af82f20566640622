"""Pilots: some of a project's tasks, each answered by many, before the rest is opened to anybody."""

from django.db import models
from django.db.models import F, Q

from crowd.models.guideline import Guideline
from crowd.models.project import Project
from crowd.models.task import Task
from crowd.models.user import User


class Pilot(models.Model):
    """A calibration batch under one guideline version.

    The project holds to it (`Project.pilot`) until an owner opens the rest: meanwhile claims give its tasks only.
    """

    class State(models.TextChoices):
        """Running until every task has its answers or an owner ends it; cancelled where nothing is made of it."""

        RUNNING = "running"
        FINISHED = "finished"
        CANCELLED = "cancelled"

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="pilots", db_index=False)
    number = models.PositiveIntegerField()
    state = models.CharField(max_length=10, choices=State, default=State.RUNNING)
    guideline = models.ForeignKey(Guideline, on_delete=models.PROTECT, related_name="+")
    size = models.PositiveIntegerField(help_text="Images in it.")
    overlap = models.PositiveSmallIntegerField(help_text="Answers asked of each.")
    created_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", db_index=False)
    created_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(F("project"), F("number").desc(), name="pilot_number_once"),
            models.UniqueConstraint(fields=["project"], condition=Q(state="running"), name="pilot_one_at_a_time"),
            models.CheckConstraint(
                condition=Q(state="running", finished_at__isnull=True)
                | ~Q(state="running") & Q(finished_at__isnull=False),
                name="pilot_finished_or_running",
            ),
            models.CheckConstraint(condition=Q(size__gte=1), name="pilot_has_images"),
            models.CheckConstraint(condition=Q(overlap__gte=2), name="pilot_compares_answers"),
        ]

    def __str__(self) -> str:
        return f"pilot {self.number} of {self.project_id}"


class PilotTask(models.Model):
    """One task of a pilot, and how many answers it asked for before."""

    pilot = models.ForeignKey(Pilot, on_delete=models.CASCADE, related_name="tasks", db_index=False)
    task = models.ForeignKey(Task, on_delete=models.CASCADE, related_name="pilots")
    base_overlap = models.PositiveSmallIntegerField(help_text="What it is given back when the pilot ends.")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["pilot", "task"], name="pilot_task_once"),
            models.CheckConstraint(condition=Q(base_overlap__gte=1), name="pilot_task_asked_before"),
        ]

    def __str__(self) -> str:
        return f"task {self.task_id} in pilot {self.pilot_id}"
