"""What another way of asking would have cost: real answers replayed through the stopping rule."""

import argparse
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from django.core.management.base import BaseCommand, CommandError

from crowd.consensus.aggregating import Table, tabulate
from crowd.consensus.replaying import Outcome, adaptive, fixed
from crowd.errors import CrowdError
from crowd.management import files, plots
from crowd.sampling import next_step

_OVERLAPS = (1, 2, 3, 5, 7, 10, 15, 20, 30, 50)


class Command(BaseCommand):
    """Answers spent and accuracy reached by adaptive asking, beside fixed overlap, as a table and a plot."""

    help = "Replay LABELS.csv (task,worker,label) against TRUTH.csv (task,truth): answers spent and accuracy reached."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """Take the files and the policy."""
        parser.add_argument("labels", type=Path, metavar="LABELS.csv")
        parser.add_argument("--truth", type=Path, required=True, metavar="TRUTH.csv")
        parser.add_argument("--target", type=float, default=0.9, help="confidence wanted (default: 0.9)")
        parser.add_argument("--min", type=int, default=2, dest="least", help="fewest answers a task (default: 2)")
        parser.add_argument("--max", type=int, dest="most", help="most answers a task (default: all there are)")
        parser.add_argument("--seeds", type=int, default=3, help="replays, each in another order (default: 3)")
        parser.add_argument(
            "--plot", type=Path, help="PNG to write (default: LABELS.png beside the answers' name, here)"
        )

    def handle(self, *_: Any, **options: Any) -> None:
        """Replay, print the table, draw the plot."""
        try:
            outcomes = self._outcomes(options)
        except CrowdError as fault:
            raise CommandError(fault.detail) from fault
        self.stdout.write(f"{'policy':<24}{'answers a task':>15}{'accuracy':>10}")
        for outcome in outcomes:
            self.stdout.write(f"{outcome.policy:<24}{outcome.answers:>15.2f}{outcome.accuracy:>10.4f}")
        picture = options["plot"] or Path(f"{options['labels'].stem}.png")
        curves: dict[str, list[tuple[float, float]]] = defaultdict(list)
        for outcome in outcomes:
            kind, _comma, method = outcome.policy.partition(", ")
            curves[f"{kind.split()[0]}, {method}"].append((outcome.answers, outcome.accuracy))
        plots.save(picture, curves, x="answers a task", y="accuracy")
        self.stdout.write(f"plot: {picture}")

    def _outcomes(self, options: dict[str, Any]) -> Sequence[Outcome]:
        truth = files.pairs(options["truth"], ("task", "truth"))
        table = tabulate(
            ((a, b, c) for a, b, c in files.rows(options["labels"], ("task", "worker", "label"))), truth=truth
        )
        if not (table.truth >= 0).any():
            raise CommandError(f"{options['truth']} knows none of the tasks in {options['labels']}.")
        available = int(np.bincount(table.votes.tasks).max())
        most = min(options["most"] or available, available)
        if not 1 <= options["least"] <= most or not 0 < options["target"] < 1 or options["seeds"] < 1:
            raise CommandError(f"Wanted: 1 <= --min <= --max (here at most {most}), 0 < --target < 1, --seeds >= 1.")
        return _compare(
            table, target=options["target"], least=options["least"], most=most, seeds=range(options["seeds"])
        )


def _compare(table: Table, *, target: float, least: int, most: int, seeds: Sequence[int]) -> list[Outcome]:
    def stops(answers: int, confidence: float, gain: float) -> bool:
        step = next_step(
            answers=answers, confidence=confidence, target=target, overlap=least, max_overlap=most, gain=gain
        )
        return step in ("resolve", "escalate")

    overlaps = sorted({overlap for overlap in _OVERLAPS if overlap < most} | {most})
    outcomes = [
        fixed(table.votes, table.truth, overlap=overlap, seeds=seeds, method=method)
        for method in ("majority", "dawid_skene", "auto")
        for overlap in overlaps
    ]
    return [*outcomes, adaptive(table.votes, table.truth, stops=stops, most=most, seeds=seeds)]
