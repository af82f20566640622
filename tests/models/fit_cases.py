"""How each rule about fits in shards would be broken."""

from crowd.models import FitRun, FitShard
from tests.factories import scene


def run(found: scene.Scene) -> FitRun:
    guideline = found.project.guidelines.all()[0]
    return FitRun.objects.create(
        project=found.project, guideline=guideline, answers=1, sent_at=found.release.created_at
    )


def two_runs(found: scene.Scene) -> None:
    run(found)
    run(found)


def one_shard_twice(found: scene.Scene) -> None:
    whole = run(found)
    for _ in range(2):
        FitShard.objects.create(run=whole, number=0, first=1, last=1)


CASES = {"fitrun.project": two_runs, "fit_shard_once": one_shard_twice}
