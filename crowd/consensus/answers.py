"""What consensus takes in and hands back."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from crowd.labels.types import Annotation

HALF_LIFE = 500  # answers of a worker after which an earlier one tells half as much of what the worker is like now


@dataclass(frozen=True)
class Answer:
    """One worker's annotation of one task, whose image is `width` x `height` pixels.

    `age` is how many answers the worker has given since; where no order is known, as in a data set got at once, all
    are 0. What is learnt of a worker forgets slowly by it (`weight`); the answer itself counts in full for its task.
    """

    task: str
    worker: str
    annotation: Annotation
    width: int
    height: int
    age: int = 0

    @property
    def weight(self) -> float:
        """How much the answer tells of its worker, 0 to 1: half as much after every `HALF_LIFE` answers since.

        Counted in answers, not in days: whoever pauses for a month has neither learnt nor tired of it.
        """
        return float(0.5 ** (self.age / HALF_LIFE))


@dataclass(frozen=True)
class Resolution:
    """The merged answer to one task.

    Attributes
    ----------
    annotation : Annotation
        Its objects carry `score` = P(it exists, under this label) x expected similarity of its geometry to the true
        one.
    confidence : float
        Probability that the weakest part of this document is right. Each question about the image is a part of its
        own; all objects together are one, whose probability is that of a decision picked at random: the mean over each
        candidate, kept (that it exists and has this label) or dropped (that it does not exist), each question about a
        kept object and, of each shape in the schema, that no object was missed by everybody. So an image with many
        objects is not doomed, and a doubtful answer is not hidden by objects that nobody drew. 0 without any answer.
    agreement : float or None
        Mean pairwise score of the answers (`crowd.agreement.score`); None for fewer than two.
    weights : mapping
        Each worker's share in the result, adding up to 1.
    gain : float
        By how much one more answer is expected to raise `confidence`; see `crowd.consensus.gains`.
    questions : mapping
        Confidence of each question by address, those about kept objects as `objects[i].address`.
    decisions : mapping
        Confidence of every decision that `confidence` is made of.
    """

    annotation: Annotation
    confidence: float
    agreement: float | None
    weights: Mapping[str, float]
    gain: float = 0.0
    questions: Mapping[str, float] = field(default_factory=dict)
    decisions: Mapping[str, float] = field(default_factory=dict)
