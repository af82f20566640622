"""Releases: cut at one moment, built in the background a file at a time, never changed."""

from crowd.workflow.releasing.building import build
from crowd.workflow.releasing.cutting import cancel, cut

__all__ = ["build", "cancel", "cut"]
