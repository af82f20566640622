"""Tombstones: what stands where an image was, once it is erased."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from crowd.models.image import Image
from crowd.models.user import User


class Tombstone(models.Model):
    """Why an image is gone, since when, by whom; its row stays, as answers and released labels lead back to it.

    The bytes go after the commit, by a job: `swept_at` says when they had. `by` is None for an operator's command.
    """

    image = models.OneToOneField(Image, on_delete=models.CASCADE, primary_key=True, related_name="tombstone")
    reason = models.CharField(max_length=500)
    by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    swept_at = models.DateTimeField(null=True, blank=True)
    packed = ArrayField(
        models.CharField(max_length=64),
        default=list,
        blank=True,
        db_default=[],
        help_text="SHA-256 of packed files of the project's releases that held it, and go with its bytes.",
    )

    class Meta:
        constraints = [models.CheckConstraint(condition=~Q(reason=""), name="tombstone_says_why")]
        indexes = [models.Index(fields=["at"], name="tombstone_unswept", condition=Q(swept_at__isnull=True))]

    def __str__(self) -> str:
        return f"tombstone of image {self.image_id}"
