"""From a rough box or a few clicks to the outline of the thing meant.

A proposer is given a reduced cut-out of the image and the prompt in its pixels, and says which of these pixels it
means. Nothing a proposer says is believed: `shaped` makes geometry of it, which is judged like any worker's.
"""

from crowd.smart.base import Prompt, Proposal, Proposer
from crowd.smart.grabcut import GrabCut
from crowd.smart.remote import Remote
from crowd.smart.shaping import SHAPES, shaped
from crowd.smart.views import View, cut_out

__all__ = ["SHAPES", "GrabCut", "Prompt", "Proposal", "Proposer", "Remote", "View", "cut_out", "shaped"]
