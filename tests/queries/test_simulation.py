"""Settings tried before they are set: what is believed of a crowd, asked again and again."""

import itertools
from dataclasses import replace
from datetime import datetime
from decimal import Decimal

import numpy as np
import pytest

from crowd import consensus
from crowd.consensus import Answer, Fit
from crowd.errors import Contradiction, Invalid
from crowd.labels.annotation import parse_annotation
from crowd.labels.schema import parse_schema
from crowd.models import Project, User
from crowd.queries import simulation
from crowd.queries.simulation import Settings, asking, parts
from tests.factories import make

NAMES = ("cat", "dog", "fox")
SCHEMA = parse_schema(
    {"classifications": [{"name": "scene", "kind": "single", "options": [{"name": name} for name in NAMES]}]}
)
RIGHT = (0.95, 0.9, 0.85, 0.8, 0.75, 0.7, 0.65)
BASE = Settings(
    overlap=3,
    max_overlap=7,
    confidence_target=0.9,
    gold_rate=0.1,
    pay_per_answer=Decimal("0.05"),
    answers_per_hour=100,
    images=1000,
)


def answered(tasks: int, each: int) -> tuple[list[Answer], dict[str, str]]:
    """Answers of seven people who are right so often, and the truth."""
    rng = np.random.default_rng(5)
    answers, truth = [], {}
    for task in range(tasks):
        truth[str(task)] = NAMES[rng.integers(3)]
        for worker in rng.permutation(len(RIGHT))[:each]:
            others = [name for name in NAMES if name != truth[str(task)]]
            said = truth[str(task)] if rng.random() < RIGHT[worker] else others[rng.integers(2)]
            read = parse_annotation({"classifications": {"scene": said}}, schema=SCHEMA, width=9, height=9)
            answers.append(Answer(task=str(task), worker=str(worker), annotation=read, width=9, height=9))
    return answers, truth


@pytest.fixture(scope="module")
def crowd() -> tuple[list[Answer], dict[str, str], Fit]:
    answers, truth = answered(300, 3)
    return answers, truth, consensus.fit(answers, schema=SCHEMA, method="dawid_skene")


def tried(fit: Fit, **changes: int) -> asking.Found:
    return asking.simulate(fit, replace(BASE, **changes), crew=np.arange(len(RIGHT)), weights=np.ones(len(RIGHT)))


def test_more_answers_cost_more_and_make_labels_no_worse(crowd: tuple[list[Answer], dict[str, str], Fit]) -> None:
    found = [tried(crowd[2], overlap=number, max_overlap=7) for number in (1, 3, 5, 7)]
    spent = [one.answers.mean() for one in found]
    right = [one.right.mean() for one in found]
    assert spent == sorted(spent)
    assert spent[0] < spent[-1] == 7
    assert all(later >= earlier - 0.01 for earlier, later in itertools.pairwise(right))
    assert tried(crowd[2], overlap=1, max_overlap=1).right.mean() < right[-1]


def test_a_crowd_is_expected_to_be_as_right_as_it_is(crowd: tuple[list[Answer], dict[str, str], Fit]) -> None:
    answers, truth, fit = crowd
    by_task: dict[str, list[Answer]] = {}
    for one in answers:
        by_task.setdefault(one.task, []).append(one)
    right = [
        consensus.resolve(each, schema=SCHEMA, fit=fit).annotation.classifications.get("scene") == truth[task]
        for task, each in by_task.items()
    ]
    expected = tried(fit, overlap=3, max_overlap=3).right.mean()
    assert expected == pytest.approx(np.mean(right), abs=0.08)


def test_the_same_seed_gives_the_same_figures(crowd: tuple[list[Answer], dict[str, str], Fit]) -> None:
    assert (tried(crowd[2]).answers == tried(crowd[2]).answers).all()


def test_nobody_is_asked_about_an_image_twice() -> None:
    who = parts.choose(np.array([5.0, 1.0, 1.0, 0.1]), 50, 4, np.random.default_rng(0))
    assert all(sorted(row) == [0, 1, 2, 3] for row in who.tolist())


def test_before_there_are_models_people_in_general_are_taken(project: Project, now: datetime) -> None:
    own = replace(simulation.defaults(project, now), images=100, pay_per_answer=Decimal("0.5"), answers_per_hour=50.0)
    found = simulation.expect(project=project, settings=own, now=now)
    assert found.models == "assumed"
    assert 1 / 3 < found.accuracy_interval[0] < found.accuracy < found.accuracy_interval[1] <= 1
    assert project.overlap <= found.answers_per_image <= project.max_overlap
    assert found.spend == found.answers * Decimal("0.5")
    assert (found.finish - now).total_seconds() / 3600 == pytest.approx(found.answers / 50, rel=1e-3)


def test_without_a_guideline_nothing_can_be_tried(owner: User, now: datetime) -> None:
    empty = make.project(owner, publish=False)
    with pytest.raises(Contradiction):
        simulation.expect(project=empty, settings=BASE, now=now)


def test_the_most_answers_are_not_below_the_least(project: Project, now: datetime) -> None:
    with pytest.raises(Invalid):
        simulation.expect(project=project, settings=replace(BASE, max_overlap=2), now=now)
