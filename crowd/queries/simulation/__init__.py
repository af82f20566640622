"""What a project's settings would lead to: its own worker models, asked again and again."""

from crowd.queries.simulation.asking import Expected, Settings, defaults, expect

__all__ = ["Expected", "Settings", "defaults", "expect"]
