"""What an answer is worth against a truth."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crowd.agreement import agreement, document_alpha, krippendorff_alpha, pairwise, pairwise_agreement, score
from crowd.labels.schema import parse_schema
from crowd.labels.types import Annotation, LabelledObject

SCHEMA = parse_schema(
    {
        "classifications": [
            {
                "name": "scene",
                "kind": "single",
                "options": [{"name": "out", "options": [{"name": "street"}, {"name": "field"}]}, {"name": "in"}],
            },
            {"name": "weather", "kind": "multiple", "options": [{"name": "rain"}, {"name": "fog"}, {"name": "sun"}]},
            {"name": "blurred", "kind": "binary"},
        ],
        "objects": [
            {"name": "car", "shape": "box", "attributes": [{"name": "parked", "kind": "binary"}]},
            {"name": "van", "shape": "box"},
        ],
    }
)
ONLY_SCENE = parse_schema(
    {"classifications": [{"name": "scene", "kind": "single", "options": [{"name": "a"}, {"name": "b"}]}]}
)


def worth(answer, truth, schema=SCHEMA):
    return score(answer, truth, schema=schema, image_size=(100, 100))


def box(label, x, y, w=10, h=10, **attributes):
    return LabelledObject(label, "box", (x, y, w, h), attributes)


def test_the_same_document_is_worth_one_and_an_empty_one_is_an_answer_too():
    full = Annotation({"scene": "out/street", "weather": ("rain",), "blurred": True}, (box("car", 1, 1, parked=True),))
    assert worth(full, full).value == 1
    assert worth(Annotation(), Annotation()).value == 1


def test_a_path_counts_as_far_as_it_is_right():
    truth = Annotation({"scene": "out/street"})
    assert worth(Annotation({"scene": "out/field"}), truth).parts["scene"] == 0.5
    assert worth(Annotation({"scene": "out"}), truth).parts["scene"] == 0.5
    assert worth(Annotation({"scene": "in"}), truth).parts["scene"] == 0
    assert worth(Annotation(), truth).parts["scene"] == 0


def test_a_set_counts_by_what_both_chose_of_what_either_chose():
    truth = Annotation({"weather": ("rain", "fog")})
    assert worth(Annotation({"weather": ("rain", "sun")}), truth).parts["weather"] == pytest.approx(1 / 3)


def test_objects_count_by_f1_with_label_and_attributes():
    truth = Annotation({}, (box("car", 0, 0, parked=True), box("van", 50, 50)))
    assert worth(Annotation({}, (box("car", 0, 0, parked=True),)), truth).parts["objects"] == pytest.approx(2 / 3)
    assert worth(Annotation({}, (box("van", 0, 0), box("van", 50, 50))), truth).parts["objects"] == 0.5
    assert worth(Annotation({}, (box("car", 0, 0, parked=False), box("van", 50, 50))), truth).parts["objects"] == 0.5
    assert worth(Annotation({}, (box("car", 20, 20), box("van", 50, 50))), truth).parts["objects"] == 0.5
    assert worth(Annotation(), truth).parts["objects"] == 0


def test_overlapping_objects_are_matched_by_label_first():
    truth = Annotation({}, (box("car", 0, 0), box("van", 1, 0)))
    answer = Annotation({}, (box("car", 1, 0), box("van", 0, 0)))
    assert worth(answer, truth).parts["objects"] == 1


CLASSIFIED = st.fixed_dictionaries(
    {},
    optional={
        "scene": st.sampled_from(["out", "out/street", "out/field", "in"]),
        "weather": st.sets(st.sampled_from(["rain", "fog", "sun"])).map(lambda each: tuple(sorted(each))),
        "blurred": st.booleans(),
    },
)
BOXES = st.lists(
    st.builds(box, st.sampled_from(["car", "van"]), *[st.integers(0, 60)] * 2, *[st.integers(5, 40)] * 2), max_size=4
)
DOCUMENTS = st.builds(lambda answers, boxes: Annotation(answers, tuple(boxes)), CLASSIFIED, BOXES)


@given(DOCUMENTS, DOCUMENTS)
def test_a_score_is_symmetric_and_between_nought_and_one(first, second):
    assert worth(first, second).value == pytest.approx(worth(second, first).value)
    assert 0 <= worth(first, second).value <= 1
    assert worth(first, first).value == pytest.approx(1)


def test_agreement_of_workers_is_the_mean_over_pairs():
    answers = [("a", Annotation({"scene": "a"})), ("b", Annotation({"scene": "a"})), ("c", Annotation({"scene": "b"}))]
    assert agreement(answers, schema=ONLY_SCENE, image_size=(1, 1)) == pytest.approx(1 / 3)
    assert agreement(answers[:1], schema=ONLY_SCENE, image_size=(1, 1)) is None
    images = [((1, 1), answers), ((1, 1), answers[:2]), ((1, 1), answers[:1])]
    assert pairwise(images, schema=ONLY_SCENE) == {("a", "b"): (2, 1.0), ("a", "c"): (1, 0.0), ("b", "c"): (1, 0.0)}
    assert pairwise_agreement(images, schema=ONLY_SCENE) == pytest.approx((1 / 3 + 1) / 2)
    assert pairwise_agreement(images[2:], schema=ONLY_SCENE) is None


def test_alpha_of_documents_with_one_question_comes_close_to_the_nominal_one():
    rows = ["aab", "bbb", "aaa", "abb", "bba", "aaa", "bbb", "aab"] * 6
    images = [((1, 1), [(str(n), Annotation({"scene": label})) for n, label in enumerate(row)]) for row in rows]
    nominal = krippendorff_alpha(list(zip(*rows, strict=True)))
    assert document_alpha(images, schema=ONLY_SCENE) == pytest.approx(nominal, abs=0.03)


def test_alpha_of_documents_is_one_for_perfect_agreement_and_none_without_pairs():
    same = [((100, 100), [(w, Annotation({}, (box("car", 10 * n, 0),))) for w in "ab"]) for n in range(5)]
    assert document_alpha(same, schema=SCHEMA) == 1
    assert document_alpha([((1, 1), [("a", Annotation())])], schema=SCHEMA) is None
    assert document_alpha([], schema=SCHEMA) is None
