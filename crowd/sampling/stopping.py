"""When to stop asking about a task."""

from typing import Literal

Step = Literal["wait", "resolve", "ask", "escalate"]


def next_step(*, answers: int, confidence: float, target: float, overlap: int, max_overlap: int) -> Step:
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

    Returns
    -------
    str
        "wait" while the least number is not there; "resolve" at the target; "ask" for one more below it; "escalate"
        to a reviewer once `max_overlap` answers have not been enough.
    """
    if answers < overlap:
        return "wait"
    if confidence >= target:
        return "resolve"
    return "ask" if answers < max_overlap else "escalate"
