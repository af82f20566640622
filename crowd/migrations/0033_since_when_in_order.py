"""The tasks that have waited longest to be looked at are found at once."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("crowd", "0032_attempts_and_since_when")]

    operations = [
        AddIndexConcurrently(
            "task",
            models.Index(condition=models.Q(("asked_at__isnull", False)), fields=["asked_at"], name="task_asked"),
        )
    ]
