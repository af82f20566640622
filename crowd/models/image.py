"""Images: bytes in the object store, named by their sha256, plus the facts read from them."""

from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import models
from django.db.models import F, Func, Q, Value
from django.db.models.expressions import OrderBy
from django.db.models.functions import Collate, Length, Upper
from django.db.models.indexes import IndexExpression
from django.db.models.lookups import Exact

from crowd.models.project import Project

# as django.contrib.postgres does, whose other half asks each new connection for types that we have not
IndexExpression.register_wrappers(OrderBy, OpClass, Collate)


class Image(models.Model):
    """One image of one project. Width and height are as people see it: EXIF orientation applied.

    `bytes` is 0 where a manifest was taken at its word and did not say.
    """

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="images")
    name = models.CharField(max_length=500)
    sha256 = models.CharField(max_length=64)
    width = models.PositiveIntegerField()
    height = models.PositiveIntegerField()
    orientation = models.PositiveSmallIntegerField(default=1)
    content_type = models.CharField(max_length=40)
    bytes = models.PositiveBigIntegerField()
    metadata = models.JSONField(default=dict, blank=True)
    location = models.TextField(
        blank=True,
        default="",
        db_default="",
        help_text="Where the bytes lie, s3://… or https://…, where they are not in our own store. Never changes.",
    )
    held_by = models.ForeignKey(
        Project,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
        help_text="The project whose copy of the bytes it is, where it has none of its own.",
    )
    created_at = models.DateTimeField()
    erased_at = models.DateTimeField(null=True, blank=True, help_text="Since when a tombstone stands in its place.")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["project", "sha256"], name="image_once_per_project"),
            models.CheckConstraint(condition=Q(width__gte=1, height__gte=1), name="image_has_pixels"),
            # not by a regular expression, which took a quarter of the time of a row
            models.CheckConstraint(
                condition=Q(Exact(Length("sha256"), 64))
                & Q(Exact(Func(F("sha256"), Value("0123456789abcdef"), Value(""), function="translate"), Value(""))),
                name="image_sha256",
            ),
        ]
        indexes = [
            models.Index(fields=["project", "name"], name="image_by_name"),
            # any part of a name, whatever its case
            GinIndex(OpClass(Upper("name"), name="gin_trgm_ops"), name="image_by_part_of_name"),
            GinIndex(OpClass(F("metadata"), name="jsonb_path_ops"), name="image_by_metadata"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def key(self) -> str:
        """Where the object store keeps the bytes: each project its own copy, or that of the one it was derived from."""
        return f"projects/{self.held_by_id or self.project_id}/images/{self.sha256[:2]}/{self.sha256}"
