"""Projects and their settings."""

import secrets
from decimal import Decimal
from typing import Self

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q

from crowd.models.user import User


def new_seed() -> str:
    """Return a seed that nobody can guess."""
    return secrets.token_hex(8)


class ProjectQuerySet(models.QuerySet["Project"]):
    """Projects, scoped to who asks."""

    def live(self) -> Self:
        """Leave out the deleted ones."""
        return self.filter(deleted_at__isnull=True)

    def of_member(self, user: User) -> Self:
        """Keep the ones that `user` is a member of."""
        return self.live().filter(memberships__user=user)


class Project(models.Model):
    """One labelling effort: its members, its settings, its guideline versions, its images."""

    class Order(models.TextChoices):
        """Which task is given next."""

        PRIORITY = "priority"
        RANDOM = "random"
        UNCERTAINTY = "uncertainty"

    slug = models.SlugField(max_length=60, unique=True)
    name = models.CharField(max_length=200)
    created_at = models.DateTimeField()
    deleted_at = models.DateTimeField(null=True, blank=True)
    archived_at = models.DateTimeField(
        null=True, blank=True, editable=False, help_text="Since when it is read-only: nobody is given work."
    )
    paused = models.BooleanField(default=False, help_text="Nobody is given work while a project is paused.")
    skill = models.CharField(
        max_length=40,
        blank=True,
        default="",
        help_text="Only workers with this skill are given work; empty: everybody.",
    )
    skill_field = models.CharField(
        max_length=40,
        blank=True,
        default="",
        help_text="Field of an image’s metadata that names the skill it asks for, read when it comes in.",
    )
    pilot = models.ForeignKey(
        "crowd.Pilot",
        null=True,
        blank=True,
        editable=False,
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
        help_text="While there is one, only its images are given.",
    )

    overlap = models.PositiveSmallIntegerField(
        default=3, validators=[MinValueValidator(1)], help_text="Answers each image gets at first."
    )
    max_overlap = models.PositiveSmallIntegerField(
        default=7,
        validators=[MinValueValidator(1), MaxValueValidator(100)],
        help_text="Answers a hard image may get at most.",
    )
    confidence_target = models.FloatField(
        default=0.9,
        validators=[MinValueValidator(0.0), MaxValueValidator(1.0)],
        help_text="A consensus below it asks for more answers, then for a reviewer.",
    )
    gold_rate = models.FloatField(
        default=0.1,
        validators=[MinValueValidator(0.0), MaxValueValidator(0.9)],
        help_text="Share of a worker's images whose answer is known and checked.",
    )
    training_tasks = models.PositiveSmallIntegerField(
        default=0, help_text="Gold tasks with feedback that a newcomer does first."
    )
    exam_tasks = models.PositiveSmallIntegerField(
        default=0,
        validators=[MaxValueValidator(200)],
        help_text="Exam images, without feedback, that a worker must answer before any work; 0 for no exam.",
    )
    exam_pass_mark = models.FloatField(
        default=0.8,
        validators=[MinValueValidator(0.0), MaxValueValidator(1.0)],
        help_text="Share of the exam images to be answered well.",
    )
    exam_attempts = models.PositiveSmallIntegerField(
        default=2, validators=[MinValueValidator(1)], help_text="How often the exam may be tried, with new images."
    )
    min_gold_checks = models.PositiveSmallIntegerField(
        default=5, validators=[MinValueValidator(1)], help_text="Gold answers needed before anyone is paused."
    )
    min_gold_accuracy = models.FloatField(
        default=0.7,
        validators=[MinValueValidator(0.0), MaxValueValidator(1.0)],
        help_text="Workers whose accuracy is provably below it are paused.",
    )
    review_rate = models.FloatField(
        default=0.1,
        validators=[MinValueValidator(0.0), MaxValueValidator(1.0)],
        help_text="Share of resolved images that reviewers look at all the same.",
    )
    sampled_since = models.DateTimeField(
        null=True, blank=True, editable=False, help_text="Since when settled images are drawn as they come."
    )
    sampled_whole = models.BooleanField(
        default=False, editable=False, help_text="Those that were settled before have been drawn from too."
    )
    sampled_through = models.BigIntegerField(
        default=0, db_default=0, editable=False, help_text="How far through those the drawing is, by task."
    )
    second_review_rate = models.FloatField(
        default=0.0,
        validators=[MinValueValidator(0.0), MaxValueValidator(1.0)],
        help_text="Share of rulings that another reviewer settles once more, without seeing the first.",
    )
    review_seed = models.CharField(
        max_length=32, default=new_seed, editable=False, help_text="With a task's id it draws what is looked at."
    )
    lease_seconds = models.PositiveIntegerField(
        default=1800,
        validators=[MinValueValidator(1), MaxValueValidator(7 * 86400)],
        help_text="Time to answer, renewed by each autosave.",
    )
    max_share_per_worker = models.FloatField(
        default=1.0,
        validators=[MinValueValidator(0.0), MaxValueValidator(1.0)],
        help_text="Share of the images that one worker may label.",
    )
    max_leases = models.PositiveSmallIntegerField(
        default=50, validators=[MinValueValidator(1)], help_text="Images a worker may hold at once."
    )
    answers_per_hour = models.PositiveIntegerField(
        default=0, help_text="Answers one worker may give in any hour; 0 for no limit."
    )
    require_acknowledgement = models.BooleanField(
        default=False, help_text="Workers confirm each guideline version before they go on."
    )
    guideline_review = models.BooleanField(
        default=False, help_text="A second owner approves each guideline version before it is published."
    )
    order = models.CharField(max_length=12, choices=Order, default=Order.PRIORITY)
    blind_prelabels = models.BooleanField(
        default=False, help_text="Hide pre-labels from a share of the workers, to measure the bias they cause."
    )
    blind_share = models.FloatField(
        default=0.5,
        validators=[MinValueValidator(0.0), MaxValueValidator(1.0)],
        help_text="Share of the workers from whom pre-labels are hidden then.",
    )
    trusted_prelabel_score = models.FloatField(
        default=1.0,
        validators=[MinValueValidator(0.0), MaxValueValidator(1.0)],
        help_text="A pre-label whose score is above it starts with fewer answers.",
    )
    trusted_prelabel_overlap = models.PositiveSmallIntegerField(
        default=1, validators=[MinValueValidator(1)], help_text="So many."
    )
    checked_prelabel_share = models.FloatField(
        default=0.1,
        validators=[MinValueValidator(0.0), MaxValueValidator(1.0)],
        help_text="Share of these that get all answers all the same, to measure how often such pre-labels are wrong.",
    )
    iou_threshold = models.FloatField(
        default=0.5,
        validators=[MinValueValidator(0.05), MaxValueValidator(1.0)],
        help_text="Overlap from which two outlines are the same object.",
    )
    consensus = models.CharField(max_length=20, default="auto")
    pay_per_answer = models.DecimalField(
        default=Decimal(0),
        max_digits=10,
        decimal_places=4,
        validators=[MinValueValidator(Decimal(0))],
        help_text="What one answer costs you; spending is shown on the quality page.",
    )
    currency = models.CharField(
        max_length=12, blank=True, default="", help_text="Written beside sums, as in “EUR” or “points”."
    )

    gold_spent_at = models.DateTimeField(
        null=True, blank=True, editable=False, help_text="Since when somebody has seen nearly all of the hidden gold."
    )

    objects = ProjectQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(overlap__gte=1), name="project_overlap_at_least_one"),
            models.CheckConstraint(
                condition=Q(max_overlap__gte=F("overlap")), name="project_max_overlap_not_below_overlap"
            ),
            *(
                models.CheckConstraint(
                    condition=Q(**{f"{name}__gte": 0.0, f"{name}__lte": 1.0}), name=f"project_{name}_is_a_share"
                )
                for name in (
                    "confidence_target",
                    "gold_rate",
                    "exam_pass_mark",
                    "min_gold_accuracy",
                    "review_rate",
                    "second_review_rate",
                    "max_share_per_worker",
                    "iou_threshold",
                    "blind_share",
                    "trusted_prelabel_score",
                    "checked_prelabel_share",
                )
            ),
            models.CheckConstraint(condition=Q(pay_per_answer__gte=0), name="project_pay_is_no_debt"),
            models.CheckConstraint(condition=Q(lease_seconds__gte=1), name="project_lease_lasts"),
            models.CheckConstraint(condition=Q(exam_attempts__gte=1), name="project_exam_can_be_tried"),
            models.CheckConstraint(
                condition=Q(trusted_prelabel_overlap__gte=1), name="project_trusted_overlap_at_least_one"
            ),
        ]

    def __str__(self) -> str:
        return self.slug
