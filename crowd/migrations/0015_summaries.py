"""Figures for dashboards, what each task contributes to them, and what an answer costs."""

from decimal import Decimal

import django.contrib.postgres.fields
import django.core.validators
import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    """Tables of figures, and two settings."""

    dependencies = [("crowd", "0014_standings_change_in_place")]

    operations = [
        migrations.AddField(
            model_name="project",
            name="pay_per_answer",
            field=models.DecimalField(
                decimal_places=4,
                default=Decimal("0"),
                help_text="What one answer costs you; spending is shown on the quality page.",
                max_digits=10,
                validators=[django.core.validators.MinValueValidator(Decimal("0"))],
            ),
        ),
        migrations.AddField(
            model_name="project",
            name="currency",
            field=models.CharField(
                blank=True, default="", help_text="Written beside sums, as in “EUR” or “points”.", max_length=12
            ),
        ),
        migrations.AddConstraint(
            model_name="project",
            constraint=models.CheckConstraint(
                condition=models.Q(("pay_per_answer__gte", 0)), name="project_pay_is_no_debt"
            ),
        ),
        migrations.CreateModel(
            name="Summary",
            fields=[
                (
                    "project",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="summary",
                        serialize=False,
                        to="crowd.project",
                    ),
                ),
                ("transaction", models.BigIntegerField(help_text="Of the last event counted.")),
                ("event", models.BigIntegerField(help_text="Id of the last event counted.")),
                (
                    "through",
                    models.BigIntegerField(
                        blank=True,
                        default=0,
                        help_text="Tasks up to this id are counted; null once all are.",
                        null=True,
                    ),
                ),
                (
                    "began_at",
                    models.DateTimeField(
                        blank=True, help_text="Of the first answer counted: time is finer soon after it.", null=True
                    ),
                ),
                ("at", models.DateTimeField(help_text="When the figures were last brought up to date.")),
            ],
        ),
        migrations.CreateModel(
            name="Digest",
            fields=[
                (
                    "task",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="digest",
                        serialize=False,
                        to="crowd.task",
                    ),
                ),
                (
                    "figures",
                    django.contrib.postgres.fields.ArrayField(base_field=models.BigIntegerField(), size=None),
                ),
                ("counts", django.contrib.postgres.fields.ArrayField(base_field=models.IntegerField(), size=None)),
                ("totals", django.contrib.postgres.fields.ArrayField(base_field=models.BigIntegerField(), size=None)),
            ],
        ),
        migrations.CreateModel(
            name="Figure",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("measure", models.CharField(max_length=16)),
                (
                    "at",
                    models.BigIntegerField(
                        default=0, help_text="Beginning of the stretch, in seconds since 1970; 0 for none."
                    ),
                ),
                (
                    "guideline",
                    models.PositiveIntegerField(default=0, help_text="Number of the version; 0 for none."),
                ),
                ("question", models.CharField(blank=True, default="", max_length=200)),
                ("key", models.CharField(blank=True, default="", max_length=200)),
                ("other", models.CharField(blank=True, default="", max_length=200)),
                ("n", models.BigIntegerField(default=0)),
                ("total", models.BigIntegerField(default=0)),
                (
                    "project",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="figures",
                        to="crowd.project",
                    ),
                ),
            ],
        ),
        migrations.AddConstraint(
            model_name="figure",
            constraint=models.UniqueConstraint(
                fields=("project", "measure", "at", "guideline", "question", "key", "other"), name="figure_once"
            ),
        ),
    ]
