"""A worker who tries to tell gold from the rest, by everything that can be observed from outside.

They claim two thousand images, save drafts, submit, submit again, and note each byte, header, id, address, order, count
and time. Then classifiers, which are told the truth about most of the images, guess the others. They must do no better
than chance; and so that this test can fail, the same classifiers are shown to find gold that takes ten milliseconds
longer.
"""

import json
import time
from dataclasses import dataclass, field
from random import Random
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

import numpy as np
import pytest
from django.utils import timezone
from rest_framework.test import APIClient
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import StratifiedKFold, cross_val_predict
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from crowd.celery import app
from crowd.models import Assignment, Image, Project, Task
from crowd.workflow import gold
from tests.api.world import V1, client
from tests.factories import make

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]

CLAIMS = 2000
PROBES = 500
LEAK = 0.01  # seconds
GOLD = 600  # more than are met: once they ran out, time alone would tell


def many(project: Project, count: int, *, seed: int) -> list[Image]:
    """Images whose bytes are never asked for."""
    [sample] = make.images(project, 1)
    fields = {one.attname: getattr(sample, one.attname) for one in Image._meta.fields if one.attname != "id"}
    rng = Random(seed)
    made = Image.objects.bulk_create(Image(**fields | {"sha256": rng.randbytes(32).hex()}) for _ in range(count))
    now = timezone.now()
    Task.objects.bulk_create(
        Task(project=project, image=one, base_overlap=3, overlap=3, open_slots=3, created_at=now) for one in made
    )
    return made


@dataclass
class Attacker:
    """A client that notes what it sees."""

    api: APIClient
    slug: str
    seen: list[list[float]] = field(default_factory=list)
    probed: list[list[float]] = field(default_factory=list)
    ids: list[str] = field(default_factory=list)
    rng: Random = field(default_factory=lambda: Random(4))

    counts: tuple[int, int, int] = (0, 0, 0)

    def call(self, verb: str, path: str, body: Any = None) -> tuple[Any, list[float]]:
        """Return the answer, and what can be measured of it; without a network between, times are at their sharpest."""
        began = time.perf_counter()
        answer = self.api.generic(verb, V1 + path, json.dumps(body) if body is not None else "", "application/json")
        took = time.perf_counter() - began
        heads = answer.serialize_headers()
        seen = [took, answer.status_code, len(answer.content), heads.count(b"\n"), len(heads)]
        return json.loads(answer.content) if answer.content else None, seen

    def claim(self, count: int) -> list[tuple[dict[str, Any], list[float]]]:
        """Claim, and note of each image what its claim shows."""
        given, noted = self.call("POST", f"projects/{self.slug}/assignments/", {"count": count})
        return [(one, [*noted, count, place, *described(one)]) for place, one in enumerate(given["results"])]

    def work(self, one: dict[str, Any], noted: list[float]) -> None:
        """Submit; of the first few hundred also save drafts, submit again, read back and ask for one's record."""
        path = f"assignments/{one['id']}/"
        probing = len(self.probed) < PROBES
        drafted = self.call("PATCH", path, {"draft": make.CAT})[1] if probing else []
        said = self.call("POST", f"{path}submit/", {"annotation": make.CAT, "seconds": 3})[1]
        self.ids.append(one["id"])
        self.seen.append([*noted, *said])
        if not probing:
            return
        again = [
            self.call("POST", f"{path}submit/", {"annotation": make.CAT}),
            self.call("POST", f"{path}submit/", {"annotation": make.DOG}),
            self.call("POST", f"{path}skip/", {"reason": "x"}),
            self.call("GET", path),
        ]
        me, asked = self.call("GET", f"projects/{self.slug}/me/")
        counts = (me["labels"], me["gold"]["seen"], me["gold"]["passed"])
        moved = [now - before for now, before in zip(counts, self.counts, strict=True)]
        self.counts = counts
        self.probed.append([*self.seen[-1], *drafted, *(x for _, each in again for x in each), *asked, *moved])


def described(one: dict[str, Any]) -> list[float]:
    """An image as it is shown, in numbers."""
    key, url = UUID(one["id"]), one["image"]["url"]
    digits = [len(part) for part in urlsplit(url).path.split("/")]
    return [
        *(key.bytes[place] for place in range(16)),
        *(len(url), sum(digits), len(digits), sum(map(ord, url)) % 97),
        *(one["image"]["width"], one["image"]["height"], one["guideline"], len(one["expires_at"])),
        *(float(one["prelabel"] is None), float(one["draft"] is None), len(one["state"]), len(one)),
    ]


def chance(features: Any, truth: Any) -> dict[str, float]:
    """How well classifiers rank the images they were not told of: 0.5 is by lot, 1 is without fault."""
    folds = StratifiedKFold(5, shuffle=True, random_state=0)
    models = {
        "linear": make_pipeline(StandardScaler(), LogisticRegression(C=0.05, max_iter=2000)),
        "trees": HistGradientBoostingClassifier(max_iter=80, max_leaf_nodes=8, random_state=0),
    }
    return {
        name: float(
            roc_auc_score(truth, cross_val_predict(model, features, truth, cv=folds, method="predict_proba")[:, 1])
        )
        for name, model in models.items()
    }


def test_nothing_that_a_worker_can_observe_tells_gold_from_the_rest() -> None:
    app.conf.task_always_eager = False  # as in service, where answers are looked at elsewhere and later
    project = make.project(make.user(), gold_rate=0.05, min_gold_accuracy=0.0)
    many(project, CLAIMS, seed=1)
    for _ in range(3):
        make.golden(project)
    plant(project, many(project, GOLD, seed=2))
    worker = make.member(project)
    attacker = Attacker(client(worker), project.slug)
    while len(attacker.seen) < CLAIMS:
        for one, noted in attacker.claim(attacker.rng.choice([1, 1, 1, 2, 5])):
            attacker.work(one, noted)
    known = dict(Assignment.objects.filter(worker=worker).values_list("pk", "task__gold__pk"))
    truth = np.array([known[UUID(key)] is not None for key in attacker.ids])
    assert 100 < truth.sum() < len(truth) / 2
    for noted in (attacker.seen, attacker.probed):
        features, told = np.array(noted), truth[: len(noted)]
        found, slack = chance(features, told), by_luck(told)
        assert all(abs(area - 0.5) < slack for area in found.values()), (found, slack)
        features[:, 0] += np.where(told, LEAK, 0.0)
        assert max(chance(features, told).values()) > 0.5 + slack


def by_luck(truth: Any) -> float:
    """Five standard errors of the area where nothing is known (Hanley and McNeil, Radiology 143, 1982).

    Not three: four areas are looked at, and on a busy machine times drift, which makes images less independent.
    """
    positive, negative = truth.sum(), (~truth).sum()
    return float(5 * np.sqrt((positive + negative + 1) / (12 * positive * negative)))


def plant(project: Project, images: list[Image]) -> None:
    """Make images gold, each as the verb does it."""
    owner = project.memberships.filter(role="owner").select_related("user")[0].user
    for image in images:
        gold.plant(image=image, annotation=make.CAT, by=owner, now=timezone.now())
