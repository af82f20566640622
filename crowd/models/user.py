"""People."""

from django.contrib.auth.models import AbstractUser


class User(AbstractUser):
    """A person who signs in, whatever their part in each project is."""

    class Meta(AbstractUser.Meta):
        pass
