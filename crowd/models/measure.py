"""Measures: what all processes have counted together, since the beginning."""

from django.contrib.postgres.fields import ArrayField
from django.db import models


class Measure(models.Model):
    """One line of one figure. Each process adds what it has counted every few seconds; nothing is ever taken away.

    A histogram keeps in `buckets` how many fell into each, the last for what is above all bounds; a counter has none.
    """

    name = models.CharField(max_length=60)
    labels = ArrayField(models.CharField(max_length=100))
    count = models.BigIntegerField()
    total = models.FloatField(help_text="Seconds, where it is a histogram.")
    buckets = ArrayField(models.BigIntegerField())

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["name", "labels"], name="measure_once"),
            models.CheckConstraint(condition=models.Q(count__gte=0, total__gte=0), name="measure_only_grows"),
        ]

    def __str__(self) -> str:
        return f"{self.name} {' '.join(self.labels)}"
