"""API tokens, of which only a digest is kept."""

import hashlib
import secrets

from django.contrib.postgres.fields import ArrayField
from django.db import models

from crowd.models.project import Project
from crowd.models.user import User

PREFIX = "crowd_"


class ApiToken(models.Model):
    """A bearer token of one user; the secret itself is shown once and never stored.

    The secret has 256 random bits, so a plain SHA-256 digest suffices: there is nothing to guess by dictionary.
    """

    class Scope(models.TextChoices):
        """What a token may do; without any scope it may do what its user may."""

        READ_RELEASES = "read:releases", "read releases and labels"
        READ_LABELS = "read:labels", "read labels as they are settled, and the tasks"
        READ_IMAGES = "read:images", "read the list of images"
        READ_STATS = "read:stats", "read figures and the table of workers"
        READ_EVENTS = "read:events", "read what happened"
        WRITE_IMAGES = "write:images", "upload and import images, and list both"
        WRITE_GOLD = "write:gold", "plant and change gold, and read it with its answers"
        WRITE_PRELABELS = "write:prelabels", "send prelabels, models and their scores, and read them"
        WRITE_RELEASES = "write:releases", "cut releases, and read them"

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="tokens")
    name = models.CharField(max_length=100, default="", blank=True)
    digest = models.CharField(max_length=64, unique=True)
    scopes = ArrayField(models.CharField(max_length=40, choices=Scope), default=list, blank=True)
    project = models.ForeignKey(Project, null=True, blank=True, on_delete=models.CASCADE, related_name="tokens")
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField(null=True, blank=True)
    last_used_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(scopes=[]) | models.Q(project__isnull=False), name="token_scope_names_a_project"
            )
        ]

    def __str__(self) -> str:
        return f"token {self.pk} of {self.user_id}"

    @property
    def may(self) -> list[str]:
        """What its scopes let it do, in words; nothing where it may do what its user may."""
        known = dict(self.Scope.choices)
        return [str(known.get(scope, scope)) for scope in self.scopes]


def new_secret() -> str:
    """Return a fresh secret."""
    return PREFIX + secrets.token_urlsafe(32)


def digest_of(secret: str) -> str:
    """Return the digest under which a secret is known."""
    return hashlib.sha256(secret.encode()).hexdigest()
