"""One task's answers merged."""

import json
import time
from itertools import permutations

import numpy as np
import pytest

from crowd.consensus import METHODS, Fit, default_fit, fit, resolve
from crowd.errors import Invalid
from crowd.geometry import SHAPES, Mask, area, masks
from crowd.labels.annotation import annotation_to_json, parse_annotation
from crowd.labels.schema import parse_schema
from crowd.labels.types import Annotation, LabelledObject
from tests.consensus.crowds import classified, drawn

STREET = {"name": "street"}
SCHEMA = parse_schema(
    {
        "classifications": [
            {
                "name": "scene",
                "kind": "single",
                "required": True,
                "options": [
                    {"name": "out", "options": [STREET, {"name": "field"}]},
                    {"name": "in", "attributes": [{"name": "lit", "kind": "binary", "required": True}]},
                ],
            },
            {"name": "weather", "kind": "multiple", "options": [{"name": "rain"}, {"name": "fog"}]},
            {"name": "blurred", "kind": "binary"},
        ]
    }
)
BOXES = parse_schema(
    {
        "objects": [
            {"name": "car", "shape": "box", "attributes": [{"name": "parked", "kind": "binary", "required": True}]},
            {"name": "van", "shape": "box"},
        ]
    }
)


def scenes(*said, **kwargs):
    answers = [classified("t", f"w{n}", scene=each) for n, each in enumerate(said)]
    return resolve(answers, schema=SCHEMA, fit=default_fit(SCHEMA, "auto"), **kwargs)


def box(label="car", x=10, y=10, w=20, h=20, **attributes):
    return LabelledObject(label, "box", (x, y, w, h), attributes or ({"parked": True} if label == "car" else {}))


def test_no_answer_gives_an_empty_document_nobody_is_sure_of():
    result = resolve([], schema=SCHEMA, fit=default_fit(SCHEMA, "auto"))
    assert result.annotation == Annotation()
    assert (result.confidence, result.agreement, result.weights) == (0.0, None, {})


def test_one_answer_is_taken_with_modest_confidence():
    result = scenes("in")
    assert result.annotation.classifications["scene"] == "in"
    assert 0.5 < result.questions["scene"] < 0.95
    assert result.agreement is None
    assert result.weights == {"w0": 1.0}


def test_more_agreeing_answers_raise_the_confidence():
    chances = [scenes(*["in"] * number).questions["scene"] for number in (1, 2, 3, 5)]
    assert chances == sorted(chances)
    assert chances[-1] > 0.95


def test_disagreement_deep_down_falls_back_to_the_level_all_share():
    result = scenes("out/street", "out/field")
    assert result.annotation.classifications["scene"] == "out"
    assert result.questions["scene"] > 0.8
    assert scenes("out/street", "out/field", "out/street").annotation.classifications["scene"] == "out/street"


def test_all_disagreeing_gives_the_first_of_the_schema_with_low_confidence():
    result = scenes("in", "out/street")
    assert result.annotation.classifications["scene"] in ("in", "out")
    assert result.confidence < 0.95
    assert result.questions["scene"] < 0.6
    assert result.agreement == 0.0


def test_a_question_that_an_option_opens_is_decided_by_those_who_opened_it():
    answers = [
        classified("t", "a", scene="in", **{"scene/in/lit": True}),
        classified("t", "b", scene="in", **{"scene/in/lit": True}),
        classified("t", "c", scene="out"),
    ]
    result = resolve(answers, schema=SCHEMA, fit=default_fit(SCHEMA, "auto"))
    assert result.annotation.classifications["scene/in/lit"] is True
    outside = resolve(answers[2:], schema=SCHEMA, fit=default_fit(SCHEMA, "auto"))
    assert "scene/in/lit" not in outside.annotation.classifications


def test_a_multiple_question_is_decided_option_by_option():
    answers = [
        classified("t", worker, scene="in", weather=weather)
        for worker, weather in [("a", ("rain",)), ("b", ("rain", "fog")), ("c", ("rain",)), ("d", ())]
    ]
    result = resolve(answers, schema=SCHEMA, fit=default_fit(SCHEMA, "auto"))
    assert result.annotation.classifications["weather"] == ("rain",)


def test_what_all_leave_open_stays_open():
    assert "blurred" not in scenes("in", "in", "in").annotation.classifications


@pytest.mark.parametrize("method", METHODS)
def test_the_order_of_answers_changes_nothing(method):
    said = [("a", (10, 10), "car"), ("b", (12, 11), "van"), ("c", (60, 60), "car")]
    answers = [drawn("t", worker, box(label, x, y)) for worker, (x, y), label in said]
    learnt = fit(answers, schema=BOXES, method=method)
    results = [resolve(each, schema=BOXES, fit=learnt) for each in permutations(answers)]
    assert all(each == results[0] for each in results)


@pytest.mark.parametrize("method", METHODS)
def test_a_fit_comes_back_from_json_and_resolves_alike_to_the_last_bit(method):
    rng = np.random.default_rng(0)
    answers = []
    for task in range(12):
        for worker in "abcd":
            x, y = (20 + rng.normal(0, 2, 2)).tolist()
            answers.append(
                drawn(
                    f"t{task}",
                    worker,
                    *([box("car" if rng.random() < 0.8 else "van", x, y)] if rng.random() < 0.8 else []),
                )
            )
    learnt = fit(answers, schema=BOXES, method=method, gold={"t3": Annotation({}, (box(x=20, y=20),))})
    text = json.dumps(learnt.to_json())
    back = Fit.from_json(json.loads(text))
    assert json.dumps(back.to_json()) == text
    assert (
        json.dumps(
            fit(answers[::-1], schema=BOXES, method=method, gold={"t3": Annotation({}, (box(x=20, y=20),))}).to_json()
        )
        == text
    )
    for task in range(12):
        mine = [each for each in answers if each.task == f"t{task}"] + [drawn(f"t{task}", "stranger", box(x=21))]
        assert resolve(mine, schema=BOXES, fit=back) == resolve(mine, schema=BOXES, fit=learnt)


def test_a_fit_of_another_version_is_refused():
    with pytest.raises(Invalid, match="another version"):
        Fit.from_json({"version": 0})


def test_an_unknown_method_is_refused_by_name():
    with pytest.raises(Invalid, match="guessing"):
        fit([], schema=SCHEMA, method="guessing")


def test_objects_that_most_drew_are_kept_and_a_stray_one_dropped():
    answers = [drawn("t", worker, box(x=10 + n), box("van", 60, 60)) for n, worker in enumerate("abcd")]
    answers.append(drawn("t", "e", box(x=80, y=5, w=10, h=10)))
    result = resolve(answers, schema=BOXES, fit=default_fit(BOXES, "auto"))
    assert [each.label for each in result.annotation.objects] == ["car", "van"]
    assert result.annotation.objects[0].attributes == {"parked": True}
    assert all(0.5 < each.score <= 1 for each in result.annotation.objects)


@pytest.mark.parametrize("method", sorted(METHODS))
def test_what_careful_workers_draw_alike_hides_no_object_that_all_of_them_missed(method):
    schema = parse_schema({"objects": [{"name": "car", "shape": "box"}]})
    rng = np.random.default_rng(3)
    answers = []
    for task in range(60):
        places = [float(x) for x in rng.integers(0, 70, size=rng.integers(1, 4))]
        cars = [LabelledObject("car", "box", (x, 10.0 + 30 * n, 20.0, 20.0)) for n, x in enumerate(places)]
        stray = LabelledObject("car", "box", (float(rng.integers(0, 70)), 75.0, 9.0, 9.0))
        answers += [drawn(f"t{task}", worker, *cars) for worker in ("amy", "bo", "cy")]
        answers.append(drawn(f"t{task}", "spam", stray))
    learnt = fit(answers, schema=schema, method=method)
    result = resolve([each for each in answers if each.task == "t0"], schema=schema, fit=learnt)
    assert result.decisions["missed.box"] > 0.9


def test_all_finding_nothing_is_an_answer():
    result = resolve([drawn("t", worker) for worker in "abc"], schema=BOXES, fit=default_fit(BOXES, "auto"))
    assert result.annotation.objects == ()
    assert result.confidence > 0.9
    assert result.agreement == 1.0


def test_boxes_are_fused_by_edge_and_an_outlier_does_not_pull():
    near = [(10, 10, 20, 20), (10.4, 10, 20, 20), (9.6, 10, 20, 20), (10, 10.2, 20, 19.8)]
    answers = [drawn("t", f"w{n}", box("car", *each)) for n, each in enumerate([*near, (14, 10, 26, 20)])]
    fused = resolve(answers, schema=BOXES, fit=default_fit(BOXES, "auto")).annotation.objects[0].geometry
    assert fused == pytest.approx((10, 10, 20, 20), abs=0.8)


SQUARE = ((20.0, 20.0), (60.0, 20.0), (60.0, 60.0), (20.0, 60.0))
ONE_OF_EACH = {
    "box": (20.0, 20.0, 40.0, 40.0),
    "rotated_box": (50.0, 50.0, 40.0, 20.0, 30.0),
    "polygon": (SQUARE, ((30.0, 30.0), (40.0, 30.0), (40.0, 40.0), (30.0, 40.0))),
    "polyline": ((10.0, 10.0), (50.0, 30.0), (90.0, 20.0)),
    "ellipse": (50.0, 50.0, 30.0, 15.0, 60.0),
    "point": (50.0, 50.0),
    "keypoints": ((20.0, 20.0, 2), (60.0, 20.0, 1), (0.0, 0.0, 0)),
    "mask": masks.encode(np.pad(np.ones((40, 40), dtype=bool), 30)),
    "cuboid": (*SQUARE, (35.0, 10.0), (75.0, 10.0), (75.0, 50.0), (35.0, 50.0)),
}


def schema_of(shape):
    extra = {"keypoints": ["a", "b", "c"]} if shape == "keypoints" else {}
    return parse_schema({"objects": [{"name": "thing", "shape": shape, **extra}]})


@pytest.mark.parametrize("shape", SHAPES)
def test_equal_answers_of_any_shape_fuse_to_that_answer(shape):
    schema = schema_of(shape)
    one = LabelledObject("thing", shape, ONE_OF_EACH[shape])
    answers = [drawn("t", worker, one) for worker in "abc"]
    for learnt in (default_fit(schema, "auto"), fit(answers, schema=schema, method="auto")):
        (fused,) = resolve(answers, schema=schema, fit=learnt).annotation.objects
        document = annotation_to_json(Annotation({}, (fused,)))
        parse_annotation(document, schema=schema, width=100, height=100)
        if isinstance(fused.geometry, Mask):
            assert fused.geometry == one.geometry
        assert fused.score > 0.8


@pytest.mark.parametrize("shape", ["mask", "polygon"])
def test_a_class_without_instances_is_one_region_of_all_its_pieces(shape):
    schema = parse_schema({"objects": [{"name": "sky", "shape": shape, "stuff": True}]})

    def piece(left, right):
        if shape == "polygon":
            return LabelledObject("sky", shape, (((left, 0.0), (right, 0.0), (right, 50.0), (left, 50.0)),))
        pixels = np.zeros((100, 100), dtype=bool)
        pixels[:50, int(left) : int(right)] = True
        return LabelledObject("sky", shape, masks.encode(pixels))

    answers = [
        drawn("t", "a", piece(0.0, 40.0), piece(60.0, 100.0)),
        drawn("t", "b", piece(0.0, 40.0), piece(60.0, 100.0)),
        drawn("t", "c", piece(0.0, 40.0)),
    ]
    (sky,) = resolve(answers, schema=schema, fit=default_fit(schema, "auto")).annotation.objects
    assert area(shape, sky.geometry) == 4000


def test_workers_who_prove_better_weigh_more():
    answers = []
    for task in range(40):
        truth = "in" if task % 2 else "out"
        answers += [classified(f"t{task}", worker, scene=truth) for worker in ("good1", "good2", "good3")]
        answers.append(classified(f"t{task}", "bad", scene="in"))
    learnt = fit(answers, schema=SCHEMA, method="auto")
    assert learnt.weight("good1") > 0.9
    assert learnt.weight("bad") < 0.6
    assert 0.5 < learnt.weight("nobody knows") < 1
    result = resolve(answers[:4], schema=SCHEMA, fit=learnt)
    assert result.weights["good1"] > result.weights["bad"]
    assert sum(result.weights.values()) == pytest.approx(1, abs=1e-5)


def test_a_class_nobody_used_before_can_still_be_the_answer():
    learnt = fit([classified("t", "a", scene="in")], schema=SCHEMA, method="auto")
    answers = [classified("u", worker, scene="out/field") for worker in "abc"]
    assert resolve(answers, schema=SCHEMA, fit=learnt).annotation.classifications["scene"] == "out/field"


def test_many_options_only_those_used_become_classes():
    many = parse_schema(
        {"classifications": [{"name": "q", "kind": "single", "options": [{"name": f"o{n}"} for n in range(500)]}]}
    )
    learnt = fit([classified("t", worker, q="o7") for worker in "ab"], schema=many, method="auto")
    assert len(json.dumps(learnt.to_json())) < 2_000
    answers = [classified("u", worker, q="o9") for worker in "ab"] + [classified("u", "c", q="o7")]
    assert resolve(answers, schema=many, fit=learnt).annotation.classifications["q"] == "o9"


@pytest.mark.slow
def test_one_task_is_resolved_in_time():
    rng = np.random.default_rng(0)
    places = [(x, y) for x in range(0, 600, 100) for y in range(0, 500, 100)]
    crowd = [
        drawn(
            "t",
            f"w{n}",
            *(box("car", *(np.array(xy) + rng.normal(0, 2, 2)).tolist(), 60, 60) for xy in places),
            width=700,
            height=600,
        )
        for n in range(10)
    ]
    learnt = fit(crowd, schema=BOXES, method="auto")
    labels = [classified("t", f"w{n}", scene="in") for n in range(5)]
    classes = fit(labels, schema=SCHEMA, method="auto")
    for answers, schema, model, limit in ((labels, SCHEMA, classes, 0.002), (crowd, BOXES, learnt, 0.04)):
        times = []
        for _ in range(20):
            began = time.process_time()
            resolve(answers, schema=schema, fit=model)
            times.append(time.process_time() - began)
        assert min(times) < limit
