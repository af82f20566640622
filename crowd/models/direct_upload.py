"""Direct uploads: files that go into the bucket without passing through the server, which then looks at them."""

import uuid

from django.db import models
from django.db.models import Q

from crowd.models.image import Image
from crowd.models.project import Project
from crowd.models.user import User


class DirectUpload(models.Model):
    """One file that may be put into the bucket under a key of its own; nothing the sender says of it is believed."""

    class State(models.TextChoices):
        """Waiting for its bytes, then one of the others."""

        WAITING = "waiting"
        DONE = "done"
        DUPLICATE = "duplicate"
        REFUSED = "refused"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="+")
    created_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", db_index=False)
    name = models.CharField(max_length=500)
    bytes = models.PositiveBigIntegerField(help_text="As its sender says; the address takes no other number.")
    sha256 = models.CharField(max_length=64, blank=True, default="", help_text="As its sender says.")
    state = models.CharField(max_length=10, choices=State, default=State.WAITING)
    image = models.ForeignKey(Image, null=True, blank=True, on_delete=models.CASCADE, related_name="+", db_index=False)
    code = models.CharField(max_length=40, blank=True, default="", help_text="Why it was refused.")
    detail = models.TextField(blank=True, default="")
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=~Q(state__in=["done", "duplicate"]) | Q(image__isnull=False), name="upload_has_its_image"
            )
        ]
        indexes = [models.Index(fields=["created_at"], name="upload_age")]

    def __str__(self) -> str:
        return self.name

    @property
    def key(self) -> str:
        """Where its bytes lie until they were looked at."""
        return f"projects/{self.project_id}/uploads/{self.pk.hex}"
