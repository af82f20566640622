"""Secrets lie sealed. Nothing changes in the database: what lies in clear is sealed by a job once all are rolled."""

from django.db import migrations

from crowd.models.sealed import SealedField


class Migration(migrations.Migration):
    dependencies = [("crowd", "0034_pay_by_day")]

    operations = [
        migrations.AlterField(
            "modelserver",
            "secret",
            SealedField(blank=True, default="", max_length=2000, purpose="secret of a model server"),
        ),
        migrations.AlterField(
            "webhook",
            "old_secret",
            SealedField(blank=True, default="", max_length=120, purpose="secret of a webhook"),
        ),
        migrations.AlterField("webhook", "secret", SealedField(max_length=120, purpose="secret of a webhook")),
    ]
