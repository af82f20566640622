"""How unsure a task is, of what its answers say and of what a model outside says."""

MODEL_WEIGHT = 1.0  # answers that a model's own uncertainty counts for


def combined(disagreement: float, *, answers: int, told: float | None) -> float:
    """The uncertainty by which a queue is ordered, 0 to 1: the mean of both, the model's counting as one answer.

    So before the first answer the model decides, and what people say outweighs it from the second on.

    Parameters
    ----------
    disagreement : float
        1 less the confidence that the answers come to, 0 to 1.
    answers : int
        How many there are, 0 or more.
    told : float or None
        The model's uncertainty, 0 to 1; without one the disagreement alone counts.
    """
    if told is None:
        return disagreement
    return (answers * disagreement + MODEL_WEIGHT * told) / (answers + MODEL_WEIGHT)
