"""Imports: images that come in the background, from a bucket, by a manifest or with a set of labels."""

from django.db import models
from django.db.models import F, Q

from crowd.models.project import Project
from crowd.models.user import User


class Import(models.Model):
    """One run. What it has looked at is counted in the transaction that wrote it, with the place where it goes on.

    So a run that dies is taken up where it stood, and its counts are exact: `seen` is always the sum of the other
    three. `cursor` is the last key of a bucket, `position` the bytes of a file that are done, `line` their lines.
    """

    class State(models.TextChoices):
        """Waiting, running, then one of the others."""

        WAITING = "waiting"
        RUNNING = "running"
        DONE = "done"
        FAILED = "failed"
        CANCELLED = "cancelled"

    class Source(models.TextChoices):
        """Where images come from; the last three bring labels, and the images that lie beside them."""

        S3 = "s3"
        MANIFEST = "manifest"
        COCO = "coco"
        YOLO = "yolo"
        VOC = "voc"

    class Use(models.TextChoices):
        """What the labels of an existing set become."""

        PRELABEL = "prelabel", "pre-labels, which workers see and correct"
        GOLD = "gold", "gold: known answers, hidden among the others"
        FINISHED = "finished", "finished: taken as your own ruling"

    UNDER_WAY = (State.WAITING, State.RUNNING)

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="imports", db_index=False)
    source = models.CharField(max_length=10, choices=Source)
    bucket = models.CharField(max_length=100, blank=True, default="")
    prefix = models.CharField(max_length=1024, blank=True, default="")
    filename = models.CharField(max_length=200, blank=True, default="")
    format = models.CharField(max_length=10, blank=True, default="")
    use = models.CharField(max_length=10, choices=Use, blank=True, default="")
    object_key = models.CharField(max_length=200, blank=True, default="", help_text="The file, in the object store.")

    state = models.CharField(max_length=10, choices=State, default=State.WAITING)
    seen = models.PositiveBigIntegerField(default=0)
    created = models.PositiveBigIntegerField(default=0)
    duplicates = models.PositiveBigIntegerField(default=0)
    rejected = models.PositiveBigIntegerField(default=0)
    labelled = models.PositiveBigIntegerField(default=0, help_text="Images that were given labels.")
    total = models.PositiveBigIntegerField(null=True, blank=True, help_text="How many there are, where that is known.")
    size = models.PositiveBigIntegerField(default=0, help_text="Bytes of the file.")
    position = models.PositiveBigIntegerField(default=0)
    line = models.PositiveBigIntegerField(default=0)
    cursor = models.TextField(blank=True, default="")
    error = models.TextField(blank=True, default="")

    created_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", db_index=False)
    created_at = models.DateTimeField()
    started_at = models.DateTimeField(null=True, blank=True)
    moved_at = models.DateTimeField(help_text="When it last went on; long ago, its message is lost.")
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(seen=F("created") + F("duplicates") + F("rejected")), name="import_counts_add_up"
            ),
            models.CheckConstraint(
                condition=Q(state__in=["waiting", "running"], finished_at__isnull=True)
                | Q(state__in=["done", "failed", "cancelled"], finished_at__isnull=False),
                name="import_finished_has_a_time",
            ),
        ]
        indexes = [
            models.Index(fields=["project", "id"], name="import_by_project"),
            models.Index(fields=["moved_at"], name="import_under_way", condition=Q(state__in=["waiting", "running"])),
        ]

    def __str__(self) -> str:
        return f"import {self.pk}"

    @property
    def is_under_way(self) -> bool:
        """Whether there is something left to do."""
        return self.state in self.UNDER_WAY


class Refusal(models.Model):
    """What an import refused, and why; in a table, because there may be millions."""

    of = models.ForeignKey(Import, on_delete=models.CASCADE, related_name="refusals", db_index=False)
    line = models.PositiveBigIntegerField(null=True, blank=True)
    name = models.CharField(max_length=500)
    code = models.CharField(max_length=40)
    detail = models.TextField()

    class Meta:
        indexes = [models.Index(fields=["of", "id"], name="refusal_by_import")]

    def __str__(self) -> str:
        return f"{self.name}: {self.code}"


class SourceObject(models.Model):
    """An object of a bucket that a project has looked at: it is not opened again while its ETag is the same."""

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="+", db_index=False)
    digest = models.BinaryField(max_length=32, help_text="SHA-256 of its location.")
    etag = models.CharField(max_length=200)
    code = models.CharField(max_length=40, blank=True, default="", help_text="Why it was refused; empty: it was not.")
    detail = models.TextField(blank=True, default="")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["project", "digest"], name="source_object_once_per_project")]

    def __str__(self) -> str:
        return bytes(self.digest).hex()
