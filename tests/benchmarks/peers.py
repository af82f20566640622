"""What ours is measured against: crowd-kit and ensemble-boxes where they are installed, and plain rules."""

import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from importlib.util import find_spec
from typing import Any

import numpy as np

from crowd.consensus import Answer
from crowd.consensus.candidates import candidates
from crowd.consensus.votes import Votes
from crowd.labels.types import LabelledObject, Schema


def _frame(votes: Votes) -> Any:
    import pandas as pd

    return pd.DataFrame({"task": votes.tasks, "worker": votes.workers, "label": votes.labels})


def classifiers() -> Mapping[str, Callable[[Votes], np.ndarray]]:
    """crowd-kit's aggregators by name, each giving probabilities of shape (tasks, classes)."""
    if find_spec("crowdkit") is None:
        return {}
    from crowdkit.aggregation import GLAD, MACE, DawidSkene, MajorityVote, OneCoinDawidSkene

    def run(make: Callable[[], Any]) -> Callable[[Votes], np.ndarray]:
        def probabilities(votes: Votes) -> np.ndarray:
            found = make().fit_predict_proba(_frame(votes))
            chances = np.zeros((votes.task_count, votes.class_count))
            chances[np.ix_(found.index.to_numpy(), found.columns.to_numpy())] = found.to_numpy()
            return chances

        return probabilities

    return {
        "kit majority": run(MajorityVote),
        "kit D-S": run(lambda: DawidSkene(n_iter=100)),
        "kit one-coin": run(lambda: OneCoinDawidSkene(n_iter=100)),
        "kit GLAD": run(lambda: GLAD(n_iter=100, silent=True)),
        "kit MACE": run(lambda: MACE(random_state=0)),
    }


def dawid_skene_seconds(votes: Votes, columns: Sequence[Sequence[str]] | None = None) -> float:
    """CPU seconds of crowd-kit's Dawid–Skene in ten iterations, the best of two; nan where it is not installed.

    Ids are the votes' integers, or the strings of `columns`: tasks, workers and labels.
    """
    if find_spec("crowdkit") is None:
        return float("nan")
    import pandas as pd
    from crowdkit.aggregation import DawidSkene

    names = ("task", "worker", "label")
    frame = _frame(votes) if columns is None else pd.DataFrame(dict(zip(names, columns, strict=True)))
    taken = []
    for _ in range(2):
        began = time.process_time()
        DawidSkene(n_iter=10, tol=0).fit(frame)
        taken.append(time.process_time() - began)
    return min(taken)


def quorum(answers: Sequence[Answer], schema: Schema, share: float) -> tuple[LabelledObject, ...]:
    """Clusters that at least this share of the workers drew, at their mean, under the most frequent label."""
    found = []
    for each in candidates(answers, schema=schema, iou_threshold=0.5):
        if len(each.workers) / len(answers) >= share - 1e-9:
            boxes = np.array([one.geometry for one in each.objects], dtype=float)
            left, top, width, height = boxes.mean(axis=0)
            label = Counter(one.label for one in each.objects).most_common(1)[0][0]
            found.append(LabelledObject(label, "box", (left, top, width, height)))
    return tuple(found)


def fusion_of_boxes() -> Callable[..., Any] | None:
    """`weighted_boxes_fusion`, where ensemble-boxes is installed."""
    if find_spec("ensemble_boxes") is None:
        return None
    from ensemble_boxes import weighted_boxes_fusion

    return weighted_boxes_fusion


def weighted_boxes(answers: Sequence[Answer], share: float) -> tuple[LabelledObject, ...]:
    """Weighted box fusion, boxes of all scores alike, those kept that at least this share of the workers drew."""
    fuse = fusion_of_boxes()
    assert fuse is not None
    size = np.array([answers[0].width, answers[0].height] * 2, dtype=float)
    names = sorted({one.label for each in answers for one in each.annotation.objects})
    corners, labels = [], []
    for each in answers:
        boxes = np.array([one.geometry for one in each.annotation.objects], dtype=float).reshape(-1, 4)
        corners.append((np.concatenate([boxes[:, :2], boxes[:, :2] + boxes[:, 2:]], axis=1) / size).clip(0, 1).tolist())
        labels.append([names.index(one.label) for one in each.annotation.objects])
    boxes, scores, found = fuse(corners, [[1.0] * len(each) for each in labels], labels, iou_thr=0.5)
    kept = scores >= share - 1e-9
    return tuple(
        LabelledObject(names[int(label)], "box", (x, y, right - x, bottom - y))
        for (x, y, right, bottom), label in zip((boxes * size)[kept].tolist(), found[kept].tolist(), strict=True)
    )


def pixel_majority(drawn: np.ndarray) -> np.ndarray:
    return np.asarray(drawn.mean(axis=0) > 0.5)


def staple(drawn: np.ndarray, rounds: int = 30) -> np.ndarray:
    """Warfield, Zou and Wells (2004), on the part of the image that anybody drew in."""
    rows, columns = np.flatnonzero(drawn.any(axis=(0, 2))), np.flatnonzero(drawn.any(axis=(0, 1)))
    window = (slice(rows[0], rows[-1] + 1), slice(columns[0], columns[-1] + 1))
    part = drawn[:, window[0], window[1]]
    said = part.reshape(len(part), -1).astype(float)
    inside = np.full(len(part), 0.99)
    outside = np.full(len(part), 0.99)
    prior = said.mean()
    for _ in range(rounds):
        yes = np.log(prior) + said.T @ np.log(inside) + (1 - said.T) @ np.log(1 - inside)
        no = np.log(1 - prior) + said.T @ np.log(1 - outside) + (1 - said.T) @ np.log(outside)
        chance = 1 / (1 + np.exp(np.clip(no - yes, -50, 50)))
        inside = np.clip(said @ chance / chance.sum(), 1e-4, 1 - 1e-4)
        outside = np.clip((1 - said) @ (1 - chance) / (1 - chance).sum(), 1e-4, 1 - 1e-4)
    result = np.zeros(drawn.shape[1:], dtype=bool)
    result[window] = (chance > 0.5).reshape(part.shape[1:])
    return result


def rasa(drawn: np.ndarray, rounds: int = 10) -> np.ndarray:
    """Reliability-aware weights by the logarithm of each one's share of the squared distance (as crowd-kit's)."""
    weights = np.ones(len(drawn))
    for _ in range(rounds):
        mean = np.tensordot(weights, drawn, 1) / weights.sum()
        distances = np.array([((each - mean) ** 2).mean() for each in drawn])
        weights = np.log(1 / (distances / distances.sum() + 1e-9))
    return np.asarray(mean > 0.5)


MASKS = {"pixel majority": pixel_majority, "STAPLE": staple, "RASA": rasa}
