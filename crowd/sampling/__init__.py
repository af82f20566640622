"""What to ask next: when a task has answers enough, and when to serve gold."""

from crowd.sampling.gold import gold_probability
from crowd.sampling.stopping import next_step

__all__ = ["gold_probability", "next_step"]
