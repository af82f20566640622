"""Class by class: what is mistaken for what, how well each is found, and how often, how large and where it is."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

from crowd.agreement import proportion_interval
from crowd.agreement.scores import OBJECTS
from crowd.consensus.confusions import NOTHING
from crowd.models import Project
from crowd.queries.quality import reading
from crowd.queries.quality.cells import GRID
from crowd.queries.quality.reading import Chart, Column, Sum

SHOWN = 30  # classes of a matrix that is drawn; the file has all


def versions_of(project: Project) -> list[int]:
    """Return the guideline versions that settled answers and gold speak, the newest first."""
    return sorted(
        {one.guideline for name in ("class", "gold_class") for one in reading.sums(project, name)}, reverse=True
    )


def _of(project: Project, measure: str, version: int | None) -> list[Sum]:
    return [one for one in reading.sums(project, measure) if version is None or one.guideline == version]


def title_of(question: str) -> str:
    """Return a question's name as people read it."""
    return "Objects" if question == OBJECTS else question


def confusion(project: Project, version: int | None) -> Chart:
    """Return how often each class was called by each name, in answers to settled images and to gold."""
    found: dict[tuple[str, str, str], int] = defaultdict(int)
    for name in ("confusion", "gold_class"):
        for one in _of(project, name, version):
            found[one.question, one.key, one.other] += one.n
    of_truth: dict[tuple[str, str], int] = defaultdict(int)
    for (question, truth, _), n in found.items():
        of_truth[question, truth] += n
    rows = [
        {
            "question": title_of(question),
            "truth": truth or "(nothing)",
            "given": given or "(nothing)",
            "answers": n,
            "share": n / of_truth[question, truth],
            "wrong": truth != given,
            "link": {"class": truth or given},
        }
        for (question, truth, given), n in sorted(found.items())
    ]
    return Chart(
        name="confusion",
        title="What is taken for what",
        columns=(
            Column("question", "Question", "text"),
            Column("truth", "Truth", "text"),
            Column("given", "Given", "text"),
            Column("answers", "Answers"),
            Column("share", "Share of this truth", "percent"),
        ),
        rows=rows,
        note="Each row is what is true, as consensus, a reviewer or gold has it; each column what people said. Where "
        "consensus is the truth, those who said it made it so: mistakes that most people make do not show.",
        empty="Told once images are settled or gold is answered.",
        shape="matrix",
    )


def recall(project: Project, version: int | None) -> Chart:
    """Return, of each class on hidden gold, how much of it is found and how much of what is called so is it."""
    true: dict[tuple[str, str], int] = defaultdict(int)
    said: dict[tuple[str, str], int] = defaultdict(int)
    both: dict[tuple[str, str], int] = defaultdict(int)
    for one in _of(project, "gold_class", version):
        true[one.question, one.key] += one.n
        said[one.question, one.other] += one.n
        if one.key == one.other:
            both[one.question, one.key] += one.n
    rows = [_rates(key, true[key], said[key], both[key]) for key in sorted({*true, *said}) if key[1] != NOTHING]
    return Chart(
        name="recall",
        title="Found and right, class by class",
        columns=(
            Column("question", "Question", "text"),
            Column("class", "Class", "text"),
            Column("true", "On gold"),
            Column("recall", "Found", "percent"),
            Column("recall_low", "At least", "percent"),
            Column("recall_high", "At most", "percent"),
            Column("said", "Said"),
            Column("precision", "Of these right", "percent"),
            Column("precision_low", "At least", "percent"),
            Column("precision_high", "At most", "percent"),
        ),
        rows=rows,
        note="On hidden gold: found (recall) is how often the class was named where it is; right (precision) how often "
        "it is there where it was named. Each lies between the two shares behind it with 95 % probability.",
        empty="Told once hidden gold is answered.",
        shape="table",
    )


def _rates(key: tuple[str, str], true: int, said: int, both: int) -> dict[str, Any]:
    low, high = proportion_interval(both, true)
    least, most = proportion_interval(both, said)
    return {
        "question": title_of(key[0]),
        "class": key[1],
        "true": true,
        "recall": both / true if true else None,
        "recall_low": low,
        "recall_high": high,
        "said": said,
        "precision": both / said if said else None,
        "precision_low": least,
        "precision_high": most,
        "link": {"class": key[1], "gold": "true"},
    }


def labels(project: Project, version: int | None) -> Chart:
    """Return how often each class is in the settled images."""
    found: dict[tuple[str, str], int] = defaultdict(int)
    for one in _of(project, "class", version):
        found[one.question, one.key] += one.n
    totals: dict[str, int] = defaultdict(int)
    for (question, _), n in found.items():
        totals[question] += n
    rows = [
        {
            "question": title_of(question),
            "class": name,
            "number": n,
            "share": n / totals[question],
            "bar": n,
            "link": {"class": name, "state": "resolved"},
        }
        for (question, name), n in sorted(found.items(), key=lambda item: (item[0][0], -item[1], item[0][1]))
    ]
    return Chart(
        name="labels",
        title="Labels",
        columns=(
            Column("question", "Question", "text"),
            Column("class", "Class", "text"),
            Column("number", "Number"),
            Column("share", "Share", "percent"),
        ),
        rows=rows,
        note="In settled images.",
        empty="Told once images are settled.",
        shape="bars",
    )


def sizes(project: Project, label: str = "") -> Chart:
    """Return how large objects are: the side of a square of the same area as their box, in pixels."""
    rows = [one for one in reading.sums(project, "size") if label in ("", one.key)]
    found: dict[int, int] = defaultdict(int)
    for one in rows:
        found[int(one.other)] += one.n
    total = sum(found.values())
    span = range(min(found), max(found) + 1) if found else ()
    return Chart(
        name="sizes",
        title="How large objects are",
        columns=(
            Column("from", "From, pixels"),
            Column("to", "To"),
            Column("objects", "Objects"),
            Column("share", "Share", "percent"),
        ),
        rows=[
            {
                "from": 2**power,
                "to": 2 ** (power + 1),
                "objects": found[power],
                "share": found[power] / total,
                "bar": found[power],
            }
            for power in span
        ],
        note="The side of a square as large as the object’s box.",
        empty="No settled image has objects.",
        shape="bars",
    )


def places(project: Project, label: str = "") -> Chart:
    """Return where in the image the middles of objects are."""
    found: dict[tuple[int, int], int] = defaultdict(int)
    for one in reading.sums(project, "place"):
        if label in ("", one.key):
            column, row = one.other.split("-")
            found[int(column), int(row)] += one.n
    total = sum(found.values())
    return Chart(
        name="places",
        title="Where objects are",
        columns=(
            Column("column", "Column"),
            Column("row", "Row"),
            Column("objects", "Objects"),
            Column("share", "Share", "percent"),
        ),
        rows=[
            {"column": column + 1, "row": row + 1, "objects": found[column, row], "share": found[column, row] / total}
            for row in range(GRID)
            for column in range(GRID)
            if found[column, row]
        ],
        note=f"The middles of objects’ boxes, on a grid of {GRID} × {GRID} laid over each image.",
        empty="No settled image has objects.",
        shape="map",
    )


def objects_of(project: Project) -> list[str]:
    """Return the classes of objects in settled images."""
    return sorted({one.key for one in reading.sums(project, "place")})


def matrices(rows: Iterable[Any]) -> list[dict[str, Any]]:
    """Return a matrix for each question, from the rows of `confusion`; of many classes the commonest."""
    questions: dict[str, dict[tuple[str, str], Any]] = {}
    for row in rows:
        questions.setdefault(row["question"], {})[row["truth"], row["given"]] = row
    return [_matrix(question, found) for question, found in questions.items()]


def _matrix(question: str, found: dict[tuple[str, str], Any]) -> dict[str, Any]:
    weight: dict[str, int] = defaultdict(int)
    for (truth, given), row in found.items():
        weight[truth] += row["answers"]
        weight[given] += 0
    names = _order(sorted(weight, key=lambda name: (-weight[name], name))[:SHOWN])
    truths = [name for name in names if weight[name]]
    table = [
        {"name": truth, "answers": weight[truth], "cells": [found.get((truth, given)) for given in names]}
        for truth in truths
    ]
    return {"question": question, "names": names, "rows": table, "left_out": len(weight) - len(names)}


def _order(names: Sequence[str]) -> list[str]:
    return sorted(names, key=lambda name: (name == "(nothing)", name))
