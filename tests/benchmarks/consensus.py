"""Consensus measured on real crowds and at size, beside its peers.

`python -m tests.benchmarks.consensus DATA_DIR [PART ...]`, where DATA_DIR holds `classes/NAME/{labels,truth}.csv` and
`objects/NAME/{labels,truth}.jsonl`. Parts: classes, gold, constants, simulated, objects, masks, asking, speed.
crowd-kit takes part where it is installed. Times are CPU seconds of this process; run with OMP_NUM_THREADS=1.
"""

import argparse
import resource
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from itertools import groupby
from pathlib import Path

import numpy as np

from crowd.consensus import METHODS, Answer, fit, resolve
from crowd.consensus.aggregating import Table, tabulate, tabulate_columns
from crowd.consensus.methods.dawid_skene import expected
from crowd.consensus.models import posteriors
from crowd.consensus.question_models import QuestionModel
from crowd.consensus.replaying import adaptive, fixed
from crowd.consensus.votes import Votes
from crowd.geometry import masks, match, similarity_matrix
from crowd.labels.types import LabelledObject
from crowd.management import files
from crowd.sampling import next_step
from tests.benchmarks import calibration, peers, simulated
from tests.benchmarks.calibration import calibration_error


def load(folder: Path) -> Table:
    truth = dict(files.rows(folder / "truth.csv", ("task", "truth")))
    return tabulate(
        ((a, b, c) for a, b, c in files.rows(folder / "labels.csv", ("task", "worker", "label"))), truth=truth
    )


def classes(data: Path) -> None:
    names = ["auto", *sorted(set(METHODS) - {"auto"})]
    kit = peers.classifiers()
    print(f"{'accuracy / calibration error':<30}" + "".join(f"{name:>16}" for name in [*names, *kit]))
    totals: dict[str, list[tuple[float, float]]] = {}
    spent = dict.fromkeys([*names, *kit], 0.0)
    for folder in sorted((data / "classes").iterdir()):
        table = load(folder)
        known = table.truth >= 0
        cells = []
        runs: Mapping[str, Callable[[Votes], np.ndarray]] = {
            **{name: lambda v, name=name: posteriors(METHODS[name](v), v) for name in names},
            **kit,
        }
        for name, run in runs.items():
            began = time.process_time()
            chances = run(table.votes)[known]
            spent[name] += time.process_time() - began
            right = chances.argmax(axis=1) == table.truth[known]
            totals.setdefault(name, []).append((float(right.mean()), calibration_error(chances.max(axis=1), right)))
            cells.append(f"{totals[name][-1][0]:>9.4f}/{totals[name][-1][1]:.3f} ")
        print(f"{folder.name:<30}" + "".join(cells))
    means = {name: np.mean(rows, axis=0) for name, rows in totals.items()}
    print(f"{'mean':<30}" + "".join(f"{each[0]:>9.4f}/{each[1]:.3f} " for each in means.values()))
    print(f"{'CPU seconds':<30}" + "".join(f"{spent[name]:>15.2f} " for name in totals))


def objects(data: Path) -> None:
    for folder in sorted((data / "objects").iterdir()):
        if not (folder / "truth.jsonl").exists() or "box" not in (folder / "labels.jsonl").read_text()[:2000]:
            continue
        schema, answers = files.answers(folder / "labels.jsonl", None)
        truth = {image: each.objects for image, each in files.truths(folder / "truth.jsonl", schema).items()}
        tasks = {
            k: list(g) for k, g in groupby(sorted(answers, key=lambda a: (a.task, a.worker)), key=lambda a: a.task)
        }
        print(f"{folder.name:<34}{'F1 with class':>14}{'F1':>9}{'mean IoU':>10}")
        learnt = fit(answers, schema=schema, method="auto")
        rows = {"ours (auto)": {t: resolve(g, schema=schema, fit=learnt).annotation.objects for t, g in tasks.items()}}
        for share in (0.3, 0.5, 0.7):
            rows[f"quorum {share}, plain mean"] = {t: peers.quorum(g, schema, share) for t, g in tasks.items()}
            if peers.fusion_of_boxes() is not None:
                rows[f"weighted box fusion, {share}"] = {t: peers.weighted_boxes(g, share) for t, g in tasks.items()}
        for name, found in rows.items():
            _line(name, found, truth)
        singles = [
            {each.task: each.annotation.objects for each in answers if each.worker == worker}
            for worker in learnt.workers
        ]
        best = [max(_f1(found, truth, same)[0] for found in singles) for same in (True, False)]
        print(f"{'best single worker':<34}{best[0]:>14.4f}{best[1]:>9.4f}")


Objects = Mapping[str, tuple[LabelledObject, ...]]


def _line(name: str, found: Objects, truth: Objects) -> None:
    alone, overlap = _f1(found, truth, False)
    print(f"{name:<34}{_f1(found, truth, True)[0]:>14.4f}{alone:>9.4f}{overlap:>10.4f}")


def _f1(found: Objects, truth: Objects, with_class: bool) -> tuple[float, float]:
    hits, number, overlaps = 0, 0, []
    for task, right in truth.items():
        mine = found.get(task, ())
        number += len(mine) + len(right)
        if not mine or not right:
            continue
        alike = similarity_matrix(
            right[0].shape, [a.geometry for a in mine], [b.geometry for b in right], image_size=(1, 1)
        )
        if with_class:
            alike = np.where([[a.label == b.label for b in right] for a in mine], alike, 0.0)
        pairs = match(alike, threshold=0.5)
        hits += len(pairs)
        overlaps += [alike[pair] for pair in pairs]
    return 2 * hits / number, float(np.mean(overlaps))


def segmentation(data: Path) -> None:
    for folder in sorted((data / "objects").iterdir()):
        if not (folder / "truth.jsonl").exists() or '"mask"' not in (folder / "labels.jsonl").read_text()[:2000]:
            continue
        schema, answers = files.answers(folder / "labels.jsonl", None)
        truth = files.truths(folder / "truth.jsonl", schema)
        learnt = fit(answers, schema=schema, method="auto")
        scores: dict[str, list[float]] = {}
        ordered = sorted(answers, key=lambda a: (a.task, a.worker))
        for task, group in groupby(ordered, key=lambda a: a.task):
            mine: list[Answer] = list(group)
            right = masks.decode(truth[task].objects[0].geometry)
            kept = resolve(mine, schema=schema, fit=learnt).annotation.objects
            drawn = np.stack(
                [masks.decode(each.annotation.objects[0].geometry) for each in mine if each.annotation.objects]
            )
            results = {"ours (auto)": masks.decode(kept[0].geometry) if kept else np.zeros_like(right)}
            for name, merge in peers.MASKS.items():
                results[name] = merge(drawn)
            for name, each in results.items():
                scores.setdefault(name, []).append((each & right).sum() / (each | right).sum())
        print(f"{folder.name:<34}{'mean IoU':>10}")
        for name, values in scores.items():
            print(f"{name:<34}{np.mean(values):>10.4f}")


def asking(data: Path, target: float = 0.9) -> None:
    heads = (("answers", 9), ("of fixed", 10), ("accuracy", 10), ("auto", 9), ("D-S", 9), ("majority", 10))
    print(f"{f'adaptive, target {target}':<24}" + "".join(f"{head:>{width}}" for head, width in heads))
    rows = []
    for folder in sorted((data / "classes").iterdir()):
        table = load(folder)
        if len(table.votes) / len(table.tasks) < 5:
            continue
        most = int(np.bincount(table.votes.tasks).max())

        def stops(answers: int, confidence: float, gain: float, most: int = most) -> bool:
            step = next_step(
                answers=answers, confidence=confidence, target=target, overlap=2, max_overlap=most, gain=gain
            )
            return step in ("resolve", "escalate")

        ours = adaptive(table.votes, table.truth, stops=stops, most=most, seeds=range(3))
        others = [
            fixed(table.votes, table.truth, overlap=most, seeds=[0], method=method)
            for method in ("auto", "dawid_skene", "majority")
        ]
        rows.append(
            [ours.answers, ours.answers / others[0].answers, ours.accuracy, *(each.accuracy for each in others)]
        )
        print(f"{folder.name:<24}" + "{:>9.2f}{:>10.1%}{:>10.4f}{:>9.4f}{:>9.4f}{:>10.4f}".format(*rows[-1]))
    print(f"{'mean':<24}" + "{:>9.2f}{:>10.1%}{:>10.4f}{:>9.4f}{:>9.4f}{:>10.4f}".format(*np.mean(rows, axis=0)))


def speed(_: Path) -> None:
    """The best of three of each (of the largest: one), as the first one also pays for fresh memory."""
    heads = ("Dawid-Skene, 10 rounds", "auto", "crowd-kit", "ratio", "peak MB")
    print(
        f"{'answers, ids':<22}"
        + "".join(f"{head:>24}" if place == 0 else f"{head:>11}" for place, head in enumerate(heads))
    )
    for answers, strings in (
        (100_000, False),
        (100_000, True),
        (1_000_000, False),
        (1_000_000, True),
        (10_000_000, False),
    ):
        votes = _many(answers)
        columns = (
            [[f"{kind}{each}" for each in values.tolist()] for kind, values in _columns(votes)] if strings else None
        )

        def dawid_skene(votes: Votes = votes, columns: list[list[str]] | None = columns) -> None:
            fresh = tabulate_columns(*columns).votes if columns else replace(votes)  # nothing is remembered
            expected(fresh, rounds=10, tolerance=0.0)

        few = answers <= 1_000_000
        plain = _seconds(dawid_skene, 3 if few else 1)
        ours = _seconds(lambda votes=votes: METHODS["auto"](replace(votes)), 1)
        theirs = peers.dawid_skene_seconds(votes, columns) if few else float("nan")
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        name = f"{answers:,} {'strings' if strings else 'integers'}"
        print(f"{name:<22}{plain:>24.3f}{ours:>11.2f}{theirs:>11.2f}{theirs / plain:>10.0f}x{peak:>11.0f}")
    _one_more()


def _one_more() -> None:
    """A task resolved again after one more answer, beside how long learning takes."""
    votes, _ = simulated.make("8 classes, 2.5 answers", 0)
    names = tuple("abcdefgh")
    triples = [(t, w, names[k]) for t, w, k in zip(*(each.tolist() for _, each in _columns(votes)), strict=True)]
    model = QuestionModel.learn(triples, classes=names, method="auto", shape=(votes.task_count, votes.worker_count))
    for answers in (3, 7, 50):
        said = [(worker, names[worker % 2]) for worker in range(answers)]
        taken = _seconds(lambda said=said: [model.gain(model.chances(said), len(said)) for _ in range(100)], 5) / 100
        print(f"one task of {answers} answers, its confidence and the gain of one more: {1000 * taken:.3f} ms")


def _columns(votes: Votes) -> list[tuple[str, np.ndarray]]:
    return [("task", votes.tasks), ("worker", votes.workers), ("label", votes.labels)]


def _seconds(run: Callable[[], object], times: int) -> float:
    """Least CPU time of several runs."""
    taken = []
    for _ in range(times):
        began = time.process_time()
        run()
        taken.append(time.process_time() - began)
    return min(taken)


def _many(answers: int) -> Votes:
    """Ten classes, five answers a task, a worker for every thousand answers, right seven times of ten."""
    rng = np.random.default_rng(0)
    tasks = np.arange(answers) // 5
    truth = rng.integers(0, 10, answers // 5)[tasks]
    labels = np.where(rng.random(answers) < 0.7, truth, rng.integers(0, 10, answers))
    shape = (answers // 5, answers // 1000, 10)
    return Votes.of(tasks, rng.integers(0, answers // 1000, answers), labels, shape=shape)


def _tables(data: Path) -> dict[str, Table]:
    return {folder.name: load(folder) for folder in sorted((data / "classes").iterdir())}


PARTS = {
    "classes": classes,
    "gold": lambda data: calibration.with_gold(_tables(data)),
    "constants": lambda data: calibration.left_out(_tables(data)),
    "simulated": lambda _: simulated.compare(),
    "objects": objects,
    "masks": segmentation,
    "asking": asking,
    "speed": speed,
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path, metavar="DATA_DIR")
    parser.add_argument("parts", nargs="*", metavar="PART", help=", ".join(PARTS))
    options = parser.parse_args()
    for name in options.parts or PARTS:
        print(f"\n== {name}")
        PARTS[name](options.data)


if __name__ == "__main__":
    main()
