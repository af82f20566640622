"""When to stop asking about a task, and when what was settled is in doubt again.

The rule, here alone: a task gets `overlap` answers. Then it closes as soon as its confidence reaches the target. Below
the target one more answer is asked for as long as there may be one (`max_overlap`) and it pays (`pays`); otherwise a
reviewer decides at once. A task once closed stays so until what is learnt later of its workers makes an error twice as
likely as was tolerated (`in_doubt`): between the two nothing moves, so that no task goes to and fro.
"""

from typing import Literal

Step = Literal["wait", "resolve", "ask", "escalate"]

LEAST_CHANCE = 0.1  # of reaching the target, below which answers are wasted on a task that a reviewer gets in the end
FEWEST_AHEAD = 3  # answers looked ahead even where fewer may be asked: the expected gain is a mean over several


def next_step(
    *, answers: int, confidence: float, target: float, overlap: int, max_overlap: int, gain: float | None = None
) -> Step:
    """What to do with a task after an answer.

    Parameters
    ----------
    answers : int
        Valid answers so far.
    confidence : float
        Of the consensus of these answers, 0 to 1.
    target : float
        The confidence wanted.
    overlap, max_overlap : int
        The least number of answers, and the most that may be asked for.
    gain : float, optional
        By how much one more answer is expected to raise the confidence; not known if left out.

    Returns
    -------
    str
        "wait" while the least number is not there; "resolve" at the target; below it "ask" for one more where that is
        allowed and pays; else "escalate" to a reviewer.
    """
    if answers < overlap:
        return "wait"
    if confidence >= target:
        return "resolve"
    left = max_overlap - answers
    return "ask" if left > 0 and (gain is None or pays(gain, missing=target - confidence, left=left)) else "escalate"


def pays(gain: float, *, missing: float, left: int) -> bool:
    """Whether the answers left have a fair chance of bringing the confidence that is missing.

    The chance that they do is at most their expected gain over what is missing (Markov's inequality). Where that is
    less than one in ten, more than ten times the answers left would be spent for each review saved.
    """
    return gain * max(left, FEWEST_AHEAD) >= LEAST_CHANCE * missing


def in_doubt(confidence: float, *, target: float) -> bool:
    """Whether an answer that was settled at the target is clearly below it now: its error twice what is tolerated."""
    return 1.0 - confidence > 2.0 * (1.0 - target)
