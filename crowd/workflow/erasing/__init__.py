"""What must not be kept: people's data go and their answers stay, images go and a tombstone stays."""

from crowd.workflow.erasing.images import erase_image, explain, sweep
from crowd.workflow.erasing.people import erase_user

__all__ = ["erase_image", "erase_user", "explain", "sweep"]
