"""The bias that pre-labels cause: how much likelier whoever sees a proposal is to answer what it proposes."""

from dataclasses import dataclass

from crowd import agreement
from crowd.labels.annotation import Annotation
from crowd.models import Assignment, Project, Task
from crowd.queries import versions, work

SAMPLE = 400  # newest answers looked at
_NOTHING = Annotation(classifications={}, objects=())


@dataclass(frozen=True)
class Bias:
    """Mean agreement with the proposals, 0 to 1, of those who saw them and of those who did not; None: no answers."""

    sighted: float | None
    sighted_answers: int
    blind: float | None
    blind_answers: int

    @property
    def difference(self) -> float | None:
        """How much more the sighted agree, or None where either group gave no answer."""
        return None if self.sighted is None or self.blind is None else self.sighted - self.blind


def of(project: Project) -> Bias | None:
    """Return the bias, from the newest answers to tasks with a pre-label; None where nothing is hidden."""
    target = versions.current(project)
    if not project.blind_prelabels or target is None:
        return None
    scores: dict[bool, list[float]] = {True: [], False: []}
    answers = Assignment.objects.valid().filter(
        task__project=project, task__in=Task.objects.ordinary().filter(project=project, prelabel__isnull=False)
    )
    history = versions.history(project)
    newest = answers.order_by("-submitted_at").select_related("task__image", "task__prelabel_guideline", "guideline")
    for one in newest[:SAMPLE]:
        task = one.task
        assert task.prelabel_guideline is not None
        proposed = versions.read(
            task.prelabel, image=task.image, made_under=task.prelabel_guideline, target=target, history=history
        )
        answer = versions.read(
            one.annotation, image=task.image, made_under=one.guideline, target=target, history=history
        )
        if proposed is None:
            continue
        score = agreement.score(
            answer or _NOTHING,
            proposed,
            schema=versions.schema_of(target),
            image_size=(task.image.width, task.image.height),
            iou_threshold=project.iou_threshold,
        )
        scores[work.is_blind(project, one.worker_id)].append(score.value)
    return Bias(_mean(scores[False]), len(scores[False]), _mean(scores[True]), len(scores[True]))


def _mean(values: list[float]) -> float | None:
    return sum(values) / len(values) if values else None
