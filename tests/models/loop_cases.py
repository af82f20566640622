"""How each rule about models, what they say, where they are asked, and derived projects would be broken."""

from collections.abc import Callable
from typing import Any

from crowd.models import Derivation, Mistake, ModelRun, ModelServer, ModelVersion, Prediction
from tests.factories import make, scene


def version(found: scene.Scene, **fields: Any) -> ModelVersion:
    at = found.release.created_at
    return ModelVersion.objects.create(
        project=found.project, **{"name": "net 1", "created_at": at, "used_at": at, **fields}
    )


def prediction(found: scene.Scene, **fields: Any) -> Prediction:
    model = fields.pop("model", None) or version(found)
    named = {"guideline": found.gold.guideline, "annotation": make.CAT, **fields}
    return Prediction.objects.create(task=found.agreed, model=model, **named)


def mistake(found: scene.Scene, **fields: Any) -> Mistake:
    model = fields.pop("model", None) or version(found)
    return Mistake.objects.create(task=found.agreed, model=model, **{"agreement": 0.5, **fields})


def server(found: scene.Scene, **fields: Any) -> ModelServer:
    named = {"url": "https://8.8.8.8/", "name": "net", "version": "1", **fields}
    return ModelServer.objects.create(
        project=found.project, changed_by=found.owner, changed_at=found.release.created_at, **named
    )


def run(found: scene.Scene, **fields: Any) -> ModelRun:
    model = fields.pop("model", None) or version(found)
    at = found.release.created_at
    return ModelRun.objects.create(
        project=found.project, model=model, by=found.owner, upto=1, created_at=at, moved_at=at, **fields
    )


def derivation(found: scene.Scene, **fields: Any) -> Derivation:
    at = found.release.created_at
    made = make.project(found.owner)
    return Derivation.objects.create(
        project=made, release=found.release, by=found.owner, created_at=at, moved_at=at, **fields
    )


def twice(make_one: Callable[..., object]) -> Callable[[scene.Scene], None]:
    """Make two of one version."""

    def break_(found: scene.Scene) -> None:
        model = version(found)
        for _ in range(2):
            make_one(found, model=model)

    return break_


def two_versions(found: scene.Scene) -> None:
    version(found)
    version(found)


CASES: dict[str, Callable[[scene.Scene], object]] = {
    "model_version_once": two_versions,
    "model_version_has_a_name": lambda found: version(found, name=""),
    "prediction_once": twice(prediction),
    "prediction_score_is_a_share": lambda found: prediction(found, score=1.01),
    "mistake_once": twice(mistake),
    "mistake_agreement_is_a_share": lambda found: mistake(found, agreement=-0.1),
    "model_server_is_named": lambda found: server(found, version=""),
    "model_server_patience": lambda found: server(found, seconds=0),
    "model_run_finished_or_running": lambda found: run(found, state="done"),
    "model_run_one_at_a_time": twice(run),
    "derivation_finished_or_running": lambda found: derivation(found, finished_at=found.release.created_at),
    "derivation_failed_says_why": lambda found: derivation(found, state="failed", finished_at=found.release.created_at),
}
