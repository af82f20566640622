"""All questions learnt in shards, everything handed on as bytes, beside all of them learnt at once."""

import numpy as np
import pytest

from crowd.consensus import Answer, fit
from crowd.consensus.packing import pack, unpack
from crowd.consensus.polls import polls, polls_from_arrays, polls_to_arrays
from crowd.consensus.rounds import Board, part
from crowd.labels.schema import parse_schema
from crowd.labels.types import Annotation

OPTIONS = ("a", "b", "c")
SCHEMA = parse_schema(
    {
        "classifications": [
            {
                "name": "kind",
                "kind": "single",
                "required": True,
                "options": [
                    {"name": "a", "attributes": [{"name": "lit", "kind": "binary"}]},
                    {"name": "b"},
                    {"name": "c"},
                ],
            },
            {"name": "seen", "kind": "multiple", "options": [{"name": "rain"}, {"name": "fog"}, {"name": "snow"}]},
            {"name": "blurred", "kind": "binary"},
        ]
    }
)


def crowd(tasks, workers=12, seed=0, ages=0):
    rng = np.random.default_rng(seed)
    skill = rng.uniform(0.5, 0.95, workers)
    answers = []
    for task in range(tasks):
        truth, rain = OPTIONS[task % 3], bool(rng.random() < 0.4)
        for worker in sorted(rng.choice(workers, 4, replace=False).tolist()):
            right = rng.random(3) < skill[worker]
            said = {"kind": truth if right[0] else OPTIONS[int(rng.integers(3))]}
            if said["kind"] == "a":
                said["kind/a/lit"] = bool(right[1])
            said["seen"] = ("rain",) if rain == bool(right[2]) else ()
            if task == 7:
                said["seen"] = ("fog",)
            if worker % 2:
                said["blurred"] = bool(task % 5 == 0)
            age = ages * (tasks - task)
            answers.append(Answer(f"t{task:05}", f"w{worker:02}", Annotation(said, ()), 10, 10, age))
    gold = {f"t{task:05}": Annotation({"kind": OPTIONS[task % 3]}, ()) for task in range(0, tasks, 9)}
    return answers, gold


def in_shards(answers, gold, number, store=pack, load=unpack):
    """What the jobs do, without a database: only bytes go from one step to the next."""
    workers = sorted({each.worker for each in answers})
    places = {name: place for place, name in enumerate(workers)}
    tasks = sorted({each.task for each in answers})
    stored = []
    for each in np.array_split(np.array(tasks), number):
        mine = [one for one in answers if one.task in set(each.tolist())]
        known = {task: gold[task].classifications for task in each.tolist() if task in gold}
        said = ((one.task, places[one.worker], one.annotation.classifications) for one in mine)
        weights = {(one.task, places[one.worker]): one.weight for one in mine}
        stored.append(store(polls_to_arrays(polls(said, known, SCHEMA.classifications, weights))))

    def read(place):
        return lambda: polls_from_arrays(load(stored[place]))

    board = Board.begun([read(place) for place in range(number)], SCHEMA.classifications, len(workers))
    while not board.finished:
        state = store(board.to_arrays())
        sums = {place: store(part(load(state), read(place)(), place)) for place in reversed(range(number))}
        board = Board.from_arrays(load(state)).advanced([load(sums[place]) for place in range(number)])
    return board.learnt()


@pytest.mark.parametrize(("tasks", "ages"), [(60, 0), (400, 0), (400, 5)])
@pytest.mark.parametrize("number", [1, 4])
def test_questions_in_shards_come_to_what_all_answers_at_once_come_to(tasks, ages, number):
    """To rounding: counts are kept with three digits, and sums of floats depend on the order of adding."""
    answers, gold = crowd(tasks, ages=ages)
    whole = fit(answers, schema=SCHEMA, method="auto", gold=gold)
    models, answered = in_shards(answers, gold, number)
    assert models.keys() == whole.questions.keys()
    assert answered == {key.removeprefix("questions/"): each for key, each in whole.answered.items()}
    for key, model in whole.questions.items():
        mine = models[key]
        assert mine.classes == model.classes
        assert len(mine.model.class_of) == len(model.model.class_of)
        assert mine.model.discount == model.model.discount
        for worker in range(-1, 12):
            assert mine.model.table(worker) == pytest.approx(model.model.table(worker), abs=2e-3)
        assert mine.model.log_prior == pytest.approx(model.model.log_prior, abs=1e-8)


def test_in_one_process_and_in_many_the_same_shards_come_to_the_same_to_the_last_bit():
    answers, gold = crowd(60)
    many, _ = in_shards(answers, gold, 3)
    one, _ = in_shards(answers, gold, 3, store=lambda arrays: arrays, load=lambda arrays: arrays)
    assert {key: each.to_json() for key, each in one.items()} == {key: each.to_json() for key, each in many.items()}
