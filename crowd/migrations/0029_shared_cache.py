"""A cache that all processes share: attempts to sign in, and codes that were used."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("crowd", "0028_samples_in_turns")]

    operations = [
        migrations.RunSQL(
            """
            CREATE TABLE crowd_cache (
                cache_key varchar(255) NOT NULL PRIMARY KEY, value text NOT NULL, expires timestamptz NOT NULL
            );
            CREATE INDEX crowd_cache_expires ON crowd_cache (expires);
            """,
            "DROP TABLE crowd_cache",
        )
    ]
