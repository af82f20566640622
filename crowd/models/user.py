"""People."""

from django.contrib.auth.models import AbstractUser
from django.db import models


class User(AbstractUser):
    """A person who signs in, whatever their part in each project is.

    One who is erased keeps the row, under a name that says nothing: what they answered stays, and they cannot sign in.
    """

    erased_at = models.DateTimeField(null=True, blank=True)

    class Meta(AbstractUser.Meta):
        pass
