"""Qualifications: attempts at a project's exam."""

from django.db import models
from django.db.models import F, Q

from crowd.models.assignment import Assignment
from crowd.models.standing import Standing


class Qualification(models.Model):
    """One attempt of a worker at the exam, under the rules that held when it began."""

    class State(models.TextChoices):
        """How it stands."""

        UNDER_WAY = "under_way"
        PASSED = "passed"
        FAILED = "failed"

    standing = models.ForeignKey(Standing, on_delete=models.CASCADE, related_name="qualifications", db_index=False)
    attempt = models.PositiveSmallIntegerField()
    state = models.CharField(max_length=10, choices=State, default=State.UNDER_WAY)
    needed = models.PositiveSmallIntegerField(help_text="Exam images of this attempt.")
    pass_mark = models.FloatField(help_text="Share of them to be answered well.")
    answered = models.PositiveSmallIntegerField(default=0, help_text="Skipped ones included.")
    passed = models.PositiveSmallIntegerField(default=0)
    started_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["standing", "attempt"], name="qualification_attempt_once"),
            models.UniqueConstraint(
                fields=["standing"], condition=Q(state="under_way"), name="qualification_one_under_way"
            ),
            models.CheckConstraint(condition=Q(passed__lte=F("answered")), name="qualification_passed_within_answered"),
            models.CheckConstraint(
                condition=Q(state="under_way", ended_at__isnull=True)
                | Q(state__in=["passed", "failed"], ended_at__isnull=False),
                name="qualification_ends_once_settled",
            ),
        ]

    def __str__(self) -> str:
        return f"attempt {self.attempt} of {self.standing_id}"


class ExamAnswer(models.Model):
    """One answer to an exam image, and the attempt that it belongs to, whatever becomes of the gold."""

    qualification = models.ForeignKey(Qualification, on_delete=models.CASCADE, related_name="answers")
    assignment = models.OneToOneField(Assignment, on_delete=models.PROTECT, related_name="exam_answer")

    def __str__(self) -> str:
        return f"{self.assignment_id} in {self.qualification_id}"
