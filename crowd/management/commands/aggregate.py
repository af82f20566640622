"""Answers of a crowd merged into one a task, from a file: no server, no database."""

import argparse
import csv
import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import groupby
from pathlib import Path
from typing import Any, TextIO

from django.core.management.base import BaseCommand, CommandError

from crowd.consensus import METHODS, fit, resolve
from crowd.consensus.aggregating import merge, tabulate_columns
from crowd.errors import CrowdError
from crowd.labels.annotation import annotation_to_json
from crowd.management import files


class Command(BaseCommand):
    """`task,worker,label` to `task,label,confidence`; or JSONL of annotations to one annotation an image."""

    help = "Merge a crowd's answers: LABELS.csv (task,worker,label) or .jsonl (image,worker,width,height,annotation)."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """Take the files and the method."""
        parser.add_argument("labels", type=Path, metavar="LABELS", help=".csv or .jsonl")
        parser.add_argument("--method", choices=sorted(METHODS), default="auto", help="default: auto")
        parser.add_argument("--gold", type=Path, help="known answers: task,label (.csv), or image,annotation (.jsonl)")
        parser.add_argument("--schema", type=Path, help="the label schema of a .jsonl (default: told from the answers)")
        parser.add_argument("--iou-threshold", type=float, default=0.5, help="least similarity of one thing's objects")
        parser.add_argument("-o", "--output", type=Path, help="default: standard output")
        parser.add_argument("--workers", type=Path, help="where to write the workers' estimated reliability, as CSV")

    def handle(self, *_: Any, **options: Any) -> None:
        """Merge, write, and say in a line what was done."""
        try:
            merge = self._documents if options["labels"].suffix == ".jsonl" else self._labels
            tasks, workers = merge(options)
        except CrowdError as fault:
            raise CommandError(fault.detail) from fault
        self.stderr.write(f"{tasks} tasks, {workers} workers, method {options['method']}")

    def _labels(self, options: dict[str, Any]) -> tuple[int, int]:
        gold = files.pairs(options["gold"], ("task", "label")) if options["gold"] else {}
        tasks, workers, labels = files.columns(options["labels"], ("task", "worker", "label"))
        merged = merge(tabulate_columns(tasks, workers, labels, truth=gold, gold=True), method=options["method"])
        with _written(options["output"], self.stdout) as stream:
            table = csv.writer(stream, lineterminator="\n")
            table.writerow(("task", "label", "confidence"))
            table.writerows(merged.rows)
        if options["workers"]:
            _write_workers(options["workers"], merged.workers)
        return len(merged.rows), len(merged.workers)

    def _documents(self, options: dict[str, Any]) -> tuple[int, int]:
        schema = files.read_schema(options["schema"]) if options["schema"] else None
        schema, answers = files.answers(options["labels"], schema)
        gold = files.truths(options["gold"], schema) if options["gold"] else {}
        threshold = options["iou_threshold"]
        learnt = fit(answers, schema=schema, method=options["method"], gold=gold, iou_threshold=threshold)
        ordered = sorted(answers, key=lambda each: each.task)
        tasks = 0
        with _written(options["output"], self.stdout) as stream:
            for image, group in groupby(ordered, key=lambda each: each.task):
                result = resolve(list(group), schema=schema, fit=learnt, iou_threshold=threshold)
                annotation = annotation_to_json(gold.get(image, result.annotation))
                line = {"image": image, "annotation": annotation, "agreement": result.agreement}
                line["confidence"] = 1.0 if image in gold else result.confidence
                stream.write(json.dumps(line) + "\n")
                tasks += 1
        if options["workers"]:
            given = {name: sum(each.worker == name for each in answers) for name in learnt.workers}
            _write_workers(
                options["workers"], [(name, given[name], round(learnt.weight(name), 6)) for name in learnt.workers]
            )
        return tasks, len(learnt.workers)


@contextmanager
def _written(path: Path | None, stdout: Any) -> Iterator[TextIO]:
    if path is None:
        yield getattr(stdout, "_out", sys.stdout)
        return
    with path.open("w", encoding="utf-8", newline="") as stream:
        yield stream


def _write_workers(path: Path, workers: Any) -> None:
    with path.open("w", encoding="utf-8", newline="") as stream:
        table = csv.writer(stream, lineterminator="\n")
        table.writerow(("worker", "answers", "reliability"))
        table.writerows(workers)
