"""Images: bytes in the object store, named by their sha256, plus the facts read from them."""

from django.db import models
from django.db.models import Q

from crowd.models.project import Project


class Image(models.Model):
    """One image of one project. Width and height are as people see it: EXIF orientation applied."""

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="images")
    name = models.CharField(max_length=500)
    sha256 = models.CharField(max_length=64)
    width = models.PositiveIntegerField()
    height = models.PositiveIntegerField()
    orientation = models.PositiveSmallIntegerField(default=1)
    content_type = models.CharField(max_length=40)
    bytes = models.PositiveBigIntegerField()
    metadata = models.JSONField(default=dict, blank=True)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["project", "sha256"], name="image_once_per_project"),
            models.CheckConstraint(condition=Q(width__gte=1, height__gte=1), name="image_has_pixels"),
            models.CheckConstraint(condition=Q(sha256__regex=r"^[0-9a-f]{64}$"), name="image_sha256"),
        ]
        indexes = [models.Index(fields=["project", "name"], name="image_by_name")]

    def __str__(self) -> str:
        return self.name

    @property
    def key(self) -> str:
        """Where the object store keeps the bytes: each project its own copy, so that deleting one harms no other."""
        return f"projects/{self.project_id}/images/{self.sha256[:2]}/{self.sha256}"
