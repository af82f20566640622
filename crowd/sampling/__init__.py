"""What to ask next: when a task has answers enough, and when to serve gold."""

from crowd.sampling.circle import category, next_place
from crowd.sampling.gold import gold_probability
from crowd.sampling.stopping import Step, in_doubt, next_step
from crowd.sampling.uncertainty import combined

__all__ = ["Step", "category", "combined", "gold_probability", "in_doubt", "next_place", "next_step"]
