"""Releases: immutable, numbered, checksummed data sets."""

import pgtrigger
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from crowd.models.project import Project
from crowd.models.task import Task
from crowd.models.user import User


class Release(models.Model):
    """One data set. Building, then ready or failed; a ready one never changes."""

    class State(models.TextChoices):
        """Building, then one of the others."""

        BUILDING = "building"
        READY = "ready"
        FAILED = "failed"

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="releases")
    number = models.PositiveIntegerField()
    state = models.CharField(max_length=10, choices=State, default=State.BUILDING)
    note = models.TextField(blank=True, default="")
    created_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True, blank=True)
    images = models.PositiveIntegerField(default=0)
    annotations = models.PositiveIntegerField(default=0)
    guidelines = ArrayField(models.PositiveIntegerField(), default=list, blank=True)
    manifest_sha256 = models.CharField(max_length=64, blank=True, default="")
    error = models.TextField(blank=True, default="")
    options = models.JSONField(
        default=dict, blank=True, db_default={}, help_text="What was chosen of it; see `crowd.formats.options`."
    )
    snapshot = models.CharField(
        max_length=64,
        blank=True,
        default="",
        db_default="",
        help_text="SHA-256 of the list of what it holds, drawn when its building begins; all files are made of it.",
    )

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(snapshot__regex=r"^([0-9a-f]{64})?$"), name="release_snapshot_sha256"),
            models.UniqueConstraint(fields=["project", "number"], name="release_number_once"),
            models.CheckConstraint(
                condition=~Q(state="ready") | ~Q(manifest_sha256=""), name="release_ready_has_a_manifest"
            ),
        ]
        triggers = [
            pgtrigger.Protect(
                name="release_never_changes", operation=pgtrigger.Update, condition=pgtrigger.Q(old__state="ready")
            ),
            pgtrigger.Protect(
                name="release_never_goes", operation=pgtrigger.Delete, condition=pgtrigger.Q(old__state="ready")
            ),
        ]

    def __str__(self) -> str:
        return f"release {self.number} of {self.project_id}"


class Split(models.Model):
    """Which part of the data a task belongs to, `train` or another: drawn once, the same in every later release."""

    task = models.OneToOneField(Task, on_delete=models.CASCADE, primary_key=True, related_name="split")
    name = models.CharField(max_length=20)

    class Meta:
        constraints = [models.CheckConstraint(condition=~Q(name=""), name="split_has_a_name")]

    def __str__(self) -> str:
        return self.name


class ReleaseFile(models.Model):
    """One file of a release, by its checksum."""

    release = models.ForeignKey(Release, on_delete=models.PROTECT, related_name="files")
    format = models.CharField(max_length=20)
    path = models.CharField(max_length=200)
    bytes = models.PositiveBigIntegerField()
    sha256 = models.CharField(max_length=64)
    content_type = models.CharField(max_length=80)
    report = models.JSONField(
        default=dict, blank=True, db_default={}, help_text="What the format could only approximate, or left out."
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["release", "format"], name="release_file_once_per_format"),
            models.CheckConstraint(condition=Q(sha256__regex=r"^[0-9a-f]{64}$"), name="release_file_sha256"),
        ]
        triggers = [
            pgtrigger.Protect(name="release_file_never_changes", operation=pgtrigger.Update),
            pgtrigger.Trigger(
                name="release_file_never_goes",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert | pgtrigger.Delete,
                func="""
                    IF (SELECT state FROM crowd_release WHERE id = COALESCE(NEW.release_id, OLD.release_id))
                       <> 'building' THEN
                        RAISE EXCEPTION 'a release never changes' USING ERRCODE = 'check_violation';
                    END IF;
                    IF TG_OP = 'DELETE' THEN RETURN OLD; END IF;
                    RETURN NEW;
                """,
            ),
        ]

    def __str__(self) -> str:
        return self.path

    @property
    def key(self) -> str:
        """Where the object store keeps the bytes: by content, so that releases share what is equal."""
        return f"projects/{self.release.project_id}/releases/{self.sha256[:2]}/{self.sha256}"
