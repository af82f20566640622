"""Epochs of the feeds: places told before the data were restored mean nothing after it."""

import secrets

from django.db import models
from django.db.models import Q


def new_name() -> str:
    """Return a name that no other restore of the same backup has drawn."""
    return secrets.token_hex(6)


class Epoch(models.Model):
    """A stretch of time in which feeds go on without a break; the newest row is the present. The first has no row."""

    name = models.CharField(max_length=12, unique=True, default=new_name)
    began_at = models.DateTimeField()

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(name__regex=r"^[0-9a-f]{12}$"), name="epoch_name")]

    def __str__(self) -> str:
        return self.name
