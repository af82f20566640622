"""Which objects of several answers are one thing."""

from crowd.consensus.groups import group
from crowd.labels.schema import parse_schema
from crowd.labels.types import Annotation, LabelledObject
from tests.consensus.crowds import drawn

SCHEMA = parse_schema(
    {
        "objects": [
            {"name": "car", "shape": "box"},
            {"name": "van", "shape": "box"},
            {"name": "sky", "shape": "polygon", "stuff": True},
        ]
    }
)


def box(x, label="car"):
    return LabelledObject(label, "box", (float(x), 10.0, 20.0, 20.0))


def sky(x):
    return LabelledObject("sky", "polygon", (((x, 0.0), (x + 10.0, 0.0), (x + 10.0, 5.0), (x, 5.0)),))


def test_one_thing_is_what_workers_drew_alike_and_the_most_disputed_comes_first():
    answers = [
        drawn("t", "zoe", box(10), box(60)),
        drawn("t", "ann", box(62, "van"), box(10)),
        drawn("t", "ben", box(10)),
    ]
    disputed, agreed = group(answers, Annotation({}, (box(61), box(10))), schema=SCHEMA)
    assert (agreed.drawn, agreed.kept, agreed.agreement, agreed.disputed) == (
        {0: (0,), 1: (1,), 2: (0,)},
        (1,),
        1.0,
        False,
    )
    assert (disputed.drawn, disputed.kept, disputed.agreement, disputed.disputed) == (
        {0: (1,), 1: (0,)},
        (0,),
        0.0,  # of three pairs one drew both, under different labels
        True,
    )


def test_what_only_the_label_shows_is_a_thing_nobody_drew():
    (here, gone) = sorted(
        group([drawn("t", "ann", box(10))], Annotation({}, (box(70),)), schema=SCHEMA), key=lambda one: len(one.kept)
    )
    assert (here.drawn, here.kept, here.agreement) == ({0: (0,)}, (), None)
    assert (gone.drawn, gone.kept, gone.disputed) == ({}, (0,), True)


def test_the_pieces_of_a_class_without_instances_are_one_thing():
    answers = [drawn("t", "ann", sky(0.0), box(10), sky(20.0)), drawn("t", "ben", sky(0.0))]
    found = {one.shape: one for one in group(answers, Annotation({}, (sky(0.0), sky(20.0))), schema=SCHEMA)}
    assert (found["polygon"].drawn, found["polygon"].kept) == ({0: (0, 2), 1: (0,)}, (0, 1))
    assert found["polygon"].agreement == 0.5
    assert found["box"].drawn == {0: (1,)}


def test_attributes_that_differ_are_in_question():
    one, other = (LabelledObject("car", "box", (1.0, 1.0, 9.0, 9.0), {"wet": value}) for value in (True, False))
    (found,) = group([drawn("t", "ann", one), drawn("t", "ben", other)], None, schema=SCHEMA)
    assert (found.agreement, found.disputed, found.kept) == (1.0, True, ())


def test_without_answers_there_is_only_the_label():
    assert group([], None, schema=SCHEMA) == []
    assert [one.kept for one in group([], Annotation({}, (box(1),)), schema=SCHEMA)] == [(0,)]
