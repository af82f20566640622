"""When to stop asking about a task."""

from typing import Literal

Step = Literal["wait", "resolve", "ask", "escalate"]


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
        "wait" while the least number is not there; "resolve" at the target; below it "ask" for one more, as long as
        that is worth its price; "escalate" to a reviewer once `max_overlap` answers have not been enough, or another
        one would teach nothing. See `least_gain` for the price.
    """
    if answers < overlap:
        return "wait"
    if confidence >= target:
        return "resolve"
    worth_it = gain is None or gain >= least_gain(target=target, max_overlap=max_overlap)
    return "ask" if answers < max_overlap and worth_it else "escalate"


def least_gain(*, target: float, max_overlap: int) -> float:
    """What an answer must be expected to add to the confidence: a tenth of its share of the tolerated error.

    Who accepts an error of 1 - `target` after up to `max_overlap` answers lets each of them take away a share of it;
    an answer that promises less than a tenth of its share is wasted on a task that people cannot tell.
    """
    return 0.1 * (1.0 - target) / max(max_overlap, 1)
