"""Models against what people settled on: by class, by object, and whether their scores mean what they say.

All of it is read from figures kept up to date; see `proposals` for what a task contributes.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from crowd.agreement import proportion_interval
from crowd.agreement.detections import Tally, average_precision_interval, f1_interval
from crowd.consensus.confusions import NOTHING
from crowd.models import ModelVersion, Project
from crowd.queries.quality import reading
from crowd.queries.quality.cells import BINS, MILLION
from crowd.queries.quality.classes import title_of
from crowd.queries.quality.proposals import CROWD, FINE, PERSON, THRESHOLDS
from crowd.queries.quality.reading import Chart, Column, Sum

SOURCES = {"": frozenset({CROWD, PERSON}), PERSON: frozenset({PERSON}), CROWD: frozenset({CROWD})}


@dataclass(frozen=True)
class Summary:
    """One version beside the others: the images it is measured on, and how it does."""

    version: ModelVersion
    images: int
    right: int
    low: float
    high: float
    agreement: float | None
    f1: float | None

    @property
    def share(self) -> float | None:
        """The share of images whose every part is more right than wrong."""
        return self.right / self.images if self.images else None


def summaries(project: Project, source: str = "") -> list[Summary]:
    """Return each version of the project's models, the one last used first."""
    images: dict[int, list[int]] = defaultdict(lambda: [0, 0, 0])
    for one in reading.sums(project, "model_image"):
        model, told = _named(one.question)
        if told in SOURCES[source]:
            images[model][0] += one.n
            images[model][1] += one.n if one.key == "right" else 0
            images[model][2] += one.total
    counts: dict[int, dict[tuple[str, str], list[int]]] = defaultdict(dict)
    for one in reading.sums(project, "model_class"):
        model, told = _named(one.question)
        if told in SOURCES[source]:
            _add(counts[model], one)
    return [
        _summary(version, images[version.pk], counts[version.pk])
        for version in project.model_versions.order_by("-used_at", "-pk")
    ]


def _summary(version: ModelVersion, sums: Sequence[int], counts: Mapping[tuple[str, str], Sequence[int]]) -> Summary:
    images, right, total = sums
    low, high = proportion_interval(right, images)
    scores = [f1_interval(right, said, true)[0] for right, said, true in counts.values() if true]
    return Summary(
        version=version,
        images=images,
        right=right,
        low=low,
        high=high,
        agreement=total / images / MILLION if images else None,
        f1=sum(scores) / len(scores) if scores else None,
    )


def _named(question: str) -> tuple[int, str]:
    """Return the id of the model and the source that a figure's question begins with."""
    model, source = question.split(":", 2)[:2]
    return int(model), source


def _add(counts: dict[tuple[str, str], list[int]], one: Sum) -> None:
    """Count a pair of classes: right ones, said ones, true ones."""
    question = one.question.split(":", 2)[2]
    if one.other != NOTHING:
        found = counts.setdefault((question, one.other), [0, 0, 0])
        found[1] += one.n
        found[0] += one.n if one.key == one.other else 0
    if one.key != NOTHING:
        counts.setdefault((question, one.key), [0, 0, 0])[2] += one.n


def _sums(version: ModelVersion, measure: str, source: str) -> Iterable[tuple[str, Sum]]:
    """Yield a version's figures, each with what its question says beyond model and source."""
    for one in reading.sums(version.project, measure):
        model, told = _named(one.question)
        if model == version.pk and told in SOURCES[source]:
            yield [*one.question.split(":", 2), ""][2], one


def by_class(version: ModelVersion, source: str = "") -> Chart:
    """Return precision, recall and F1 of each class, with their 95 % intervals."""
    counts: dict[tuple[str, str], list[int]] = {}
    for _, one in _sums(version, "model_class", source):
        _add(counts, one)
    return Chart(
        name="model_classes",
        title="Class by class",
        columns=(
            Column("question", "Question", "text"),
            Column("class", "Class", "text"),
            Column("true", "True"),
            Column("said", "Proposed"),
            Column("precision", "Precision", "percent"),
            Column("precision_low", "At least", "percent"),
            Column("precision_high", "At most", "percent"),
            Column("recall", "Recall", "percent"),
            Column("recall_low", "At least", "percent"),
            Column("recall_high", "At most", "percent"),
            Column("f1", "F1", "percent"),
            Column("f1_low", "At least", "percent"),
            Column("f1_high", "At most", "percent"),
        ),
        rows=[_rates(question, name, *counts[question, name]) for question, name in sorted(counts)],
        note="Precision: of what the model called so, how much is. Recall: of what is so, how much it called so. F1 is "
        "their harmonic mean. Each lies between the two shares behind it with 95 % probability. Objects count as found "
        "where they overlap enough, as the settings say.",
        empty="Told once images with a pre-label of this version are settled.",
        shape="table",
    )


def _rates(question: str, name: str, right: int, said: int, true: int) -> dict[str, Any]:
    least, most = proportion_interval(right, said)
    low, high = proportion_interval(right, true)
    f1, f1_low, f1_high = f1_interval(right, said, true)
    return {
        "question": title_of(question),
        "class": name,
        "true": true,
        "said": said,
        "precision": right / said if said else None,
        "precision_low": least,
        "precision_high": most,
        "recall": right / true if true else None,
        "recall_low": low,
        "recall_high": high,
        "f1": f1 if said or true else None,
        "f1_low": f1_low,
        "f1_high": f1_high,
        "link": {"class": name},
    }


def by_object(version: ModelVersion, source: str = "") -> Chart:
    """Return the average precision of each class of objects at two overlaps, with its 95 % interval."""
    truths: dict[str, dict[int, int]] = defaultdict(lambda: defaultdict(int))
    for _, one in _sums(version, "model_truth", source):
        truths[one.key][int(one.other)] += one.n
    said: dict[tuple[str, str], dict[int, list[Tally]]] = defaultdict(lambda: defaultdict(list))
    for threshold, one in _sums(version, "model_object", source):
        place, group = one.other.split("-")
        tally = Tally((int(place) + 0.5) / FINE, one.n, one.total)
        said[one.key, threshold][int(group)].append(tally)
    names = sorted({*truths, *(name for name, _ in said)})
    return Chart(
        name="model_objects",
        title="Average precision of objects",
        columns=(
            Column("class", "Class", "text"),
            Column("true", "True"),
            Column("ap50", "AP, IoU 0.5", "percent"),
            Column("ap50_low", "At least", "percent"),
            Column("ap50_high", "At most", "percent"),
            Column("ap75", "AP, IoU 0.75", "percent"),
            Column("ap75_low", "At least", "percent"),
            Column("ap75_high", "At most", "percent"),
        ),
        rows=[_precision(name, truths[name], said) for name in names],
        note="Average precision as COCO judges, from scores in fiftieths; the intervals are by leaving out a tenth of "
        "the images in turn. An object without a score of its own has that of its image.",
        empty="No settled image has objects, of this version’s or of people’s.",
        shape="table",
    )


def _precision(
    name: str, truths: Mapping[int, int], said: Mapping[tuple[str, str], Mapping[int, list[Tally]]]
) -> dict[str, Any]:
    row: dict[str, Any] = {"class": name, "true": sum(truths.values()), "link": {"class": name}}
    for threshold in THRESHOLDS:
        found = said.get((name, f"{threshold:g}"), {})
        groups = {key: (found.get(key, []), truths.get(key, 0)) for key in {*found, *truths}}
        key = f"ap{round(100 * threshold)}"
        if not row["true"]:
            row |= {key: None, f"{key}_low": None, f"{key}_high": None}
            continue
        row[key], row[f"{key}_low"], row[f"{key}_high"] = average_precision_interval(groups)
    return row


def confusion(version: ModelVersion, source: str = "") -> Chart:
    """Return what the version takes for what."""
    found: dict[tuple[str, str, str], int] = defaultdict(int)
    for question, one in _sums(version, "model_class", source):
        found[question, one.key, one.other] += one.n
    of_truth: dict[tuple[str, str], int] = defaultdict(int)
    for (question, truth, _), n in found.items():
        of_truth[question, truth] += n
    return Chart(
        name="model_confusion",
        title="What it takes for what",
        columns=(
            Column("question", "Question", "text"),
            Column("truth", "Truth", "text"),
            Column("given", "Proposed", "text"),
            Column("answers", "Times"),
            Column("share", "Share of this truth", "percent"),
        ),
        rows=[
            {
                "question": title_of(question),
                "truth": truth or "(nothing)",
                "given": given or "(nothing)",
                "answers": n,
                "share": n / of_truth[question, truth],
                "wrong": truth != given,
                "asked": (question, truth, given),
                "link": {"class": truth or given},
            }
            for (question, truth, given), n in sorted(found.items())
        ],
        note="Each row is what is true, each column what the model proposed, in percent of each truth. Choose a "
        "mistake to see its images.",
        empty="Told once images with a pre-label of this version are settled.",
        shape="matrix",
    )


def calibration(version: ModelVersion, source: str = "") -> Chart:
    """Return how often proposals of each score were right: of whole images, and of objects."""
    found: dict[str, dict[int, list[int]]] = {"Images": {}, "Objects": {}}
    for _, one in _sums(version, "model_sure", source):
        _count(found["Images"], int(one.key), one)
    for threshold, one in _sums(version, "model_object", source):
        if threshold == f"{THRESHOLDS[0]:g}":
            _count(found["Objects"], int(one.other.split("-")[0]) * BINS // FINE, one)
    rows = [_bin(kind, place, *sums) for kind, bins in found.items() for place, sums in sorted(bins.items())]
    kind = "Images" if found["Images"] else "Objects"
    points = [
        {
            "x": (place + 0.5) / BINS,
            "y": row["share"],
            "low": row["low"],
            "high": row["high"],
            "n": row["n"],
        }
        for row in rows
        if row["kind"] == kind
        for place in [round(BINS * row["from"])]
    ]
    return Chart(
        name="model_calibration",
        title="Is its score true?",
        columns=(
            Column("kind", "Of", "text"),
            Column("from", "Score from", "percent"),
            Column("to", "To", "percent"),
            Column("n", "Proposals"),
            Column("right", "Right"),
            Column("share", "Share", "percent"),
            Column("low", "At least", "percent"),
            Column("high", "At most", "percent"),
        ),
        rows=rows,
        note=f"Each point: of the proposals this sure ({kind.lower()}), the share that is right. On the diagonal a "
        "score means what it says; below it the model is too sure. So you see which score can be trusted.",
        empty="This version sends no scores, or none of its images is settled yet.",
        drawing={"kind": "scatter", "diagonal": True, "x": "Score", "y": "Right", "points": points} if points else {},
    )


def _count(bins: dict[int, list[int]], place: int, one: Sum) -> None:
    sums = bins.setdefault(place, [0, 0])
    sums[0] += one.n
    sums[1] += one.total


def _bin(kind: str, place: int, n: int, right: int) -> dict[str, Any]:
    low, high = proportion_interval(right, n)
    bounds = {"from": place / BINS, "to": (place + 1) / BINS}
    return {"kind": kind, **bounds, "n": n, "right": right, "share": right / n, "low": low, "high": high}


CHARTS = {"classes": by_class, "objects": by_object, "confusion": confusion, "calibration": calibration}
