"""Tombstones name the packed files of releases that held their image; those swept before look for theirs again."""

import django.contrib.postgres.fields
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("crowd", "0029_shared_cache")]

    operations = [
        migrations.AddField(
            model_name="tombstone",
            name="packed",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.CharField(max_length=64),
                blank=True,
                db_default=[],
                default=list,
                help_text="SHA-256 of packed files of the project's releases that held it, and go with its bytes.",
                size=None,
            ),
        ),
        migrations.RunSQL(
            """
            UPDATE crowd_tombstone SET swept_at = NULL FROM crowd_image i, crowd_release r
            WHERE i.id = image_id AND r.project_id = i.project_id AND r.options ->> 'images' = 'packed';
            """,
            migrations.RunSQL.noop,
        ),
    ]
