"""A fit that is under way in shards."""

from django.db import models

from crowd.models.guideline import Guideline
from crowd.models.project import Project


class FitRun(models.Model):
    """Worker models being learnt round by round; at most one a project. What it works on is in the object store."""

    project = models.OneToOneField(Project, on_delete=models.CASCADE, related_name="fit_run")
    guideline = models.ForeignKey(Guideline, on_delete=models.PROTECT, related_name="+")
    answers = models.PositiveIntegerField()
    round = models.PositiveIntegerField(default=0)
    sent_at = models.DateTimeField(help_text="When the messages of this round were sent.")

    def __str__(self) -> str:
        return f"fit of {self.project_id} in round {self.round}"


class FitShard(models.Model):
    """A stretch of tasks of such a fit, and how many rounds of it are done."""

    run = models.ForeignKey(FitRun, on_delete=models.CASCADE, related_name="shards")
    number = models.PositiveIntegerField()
    first = models.BigIntegerField(help_text="Id of the first task.")
    last = models.BigIntegerField(help_text="Id of the last task.")
    done = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["run", "number"], name="fit_shard_once")]

    def __str__(self) -> str:
        return f"shard {self.number} of {self.run_id}"
