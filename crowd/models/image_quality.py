"""Image quality: how each image looks, measured once in the background."""

from django.db import models
from django.db.models import F, Q

from crowd.models.image import Image
from crowd.models.project import Project


class ImageQuality(models.Model):
    """How one image looks; a row without `measured_at` waits to be looked at.

    The four bands are the fingerprint's quarters, by which images that differ in a few bits are found. `near` is the
    first image that this one resembles, itself near to none: so groups are stars, and no chain of small differences
    joins what is different.
    """

    image = models.OneToOneField(Image, on_delete=models.CASCADE, primary_key=True, related_name="quality")
    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="+", db_index=False)
    taken_at = models.DateTimeField(null=True, blank=True, help_text="Since when a job is looking at it.")
    measured_at = models.DateTimeField(null=True, blank=True)
    fault = models.CharField(max_length=40, blank=True, default="", db_default="", help_text="Why it has no numbers.")
    sharpness = models.FloatField(null=True, blank=True, help_text="Variance of the Laplacian.")
    brightness = models.FloatField(null=True, blank=True, help_text="Mean, 0 to 1.")
    dark = models.FloatField(null=True, blank=True, help_text="Share of pixels that are black.")
    bright = models.FloatField(null=True, blank=True, help_text="Share of pixels that are white.")
    camera = models.CharField(max_length=80, blank=True, default="", db_default="")
    fingerprint = models.BigIntegerField(null=True, blank=True, help_text="64 bits, as a signed number.")
    band0 = models.IntegerField(null=True, blank=True)
    band1 = models.IntegerField(null=True, blank=True)
    band2 = models.IntegerField(null=True, blank=True)
    band3 = models.IntegerField(null=True, blank=True)
    near = models.ForeignKey(Image, null=True, blank=True, on_delete=models.SET_NULL, related_name="+", db_index=False)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=~Q(near=F("image")), name="image_is_near_another"),
            models.CheckConstraint(
                condition=Q(measured_at__isnull=True) | ~Q(fault="") | Q(sharpness__isnull=False),
                name="image_measured_or_faulty",
            ),
        ]
        indexes = [
            models.Index(fields=["project", "image"], name="quality_waits", condition=Q(measured_at__isnull=True)),
            models.Index(fields=["project", "sharpness"], name="quality_by_sharpness"),
            models.Index(fields=["project", "brightness"], name="quality_by_brightness"),
            models.Index(fields=["project", "camera"], name="quality_by_camera", condition=~Q(camera="")),
            models.Index(fields=["near"], name="quality_by_near", condition=Q(near__isnull=False)),
            *(
                models.Index(
                    fields=["project", f"band{n}"],
                    name=f"quality_by_band{n}",
                    condition=Q(near__isnull=True, fingerprint__isnull=False),
                )
                for n in range(4)
            ),
        ]

    def __str__(self) -> str:
        return f"quality of image {self.image_id}"
