import copy
import json
import math

import pytest

from crowd.errors import Invalid
from crowd.geometry import Mask
from crowd.labels.annotation import annotation_to_json, parse_annotation
from crowd.labels.schema import parse_schema
from tests.labels.example import ANNOTATION, GEOMETRIES, HEIGHT, LABELS, SCHEMA, WIDTH

SCHEMA_READ = parse_schema(SCHEMA)
SCENE = {"classifications": {"scene": "indoor"}}


def parse(document, **changes):
    return parse_annotation(document, **{"schema": SCHEMA_READ, "width": WIDTH, "height": HEIGHT} | changes)


def faults(document, **changes):
    with pytest.raises(Invalid) as caught:
        parse(document, **changes)
    assert caught.value.code == "invalid_annotation"
    return caught.value.errors


def objects(*listed):
    return SCENE | {"objects": list(listed)}


def one(shape, geometry, **changes):
    return objects({"label": LABELS[shape], shape: geometry} | changes)


def test_a_document_with_every_kind_of_answer_is_read_and_written_back_the_same():
    assert annotation_to_json(parse(ANNOTATION)) == ANNOTATION
    assert json.dumps(annotation_to_json(parse(ANNOTATION))) == json.dumps(ANNOTATION)


def test_numbers_stay_as_they_were_sent():
    box = parse(one("box", [1, 2.0, 5.123456789012345, 6])).objects[0].geometry
    assert [(type(each), each) for each in box] == [(int, 1), (float, 2.0), (float, 5.123456789012345), (int, 6)]


def test_a_mask_is_read_as_a_mask():
    assert parse(one("mask", GEOMETRIES["mask"])).objects[0].geometry == Mask(20, 30, "c26>0000000000000U;")


def test_several_answers_and_all_questions_come_in_the_order_of_the_schema():
    document = {
        "classifications": {
            "blurred": True,
            "weather": ["fog", "rain"],
            "scene": "indoor",
            "weather/rain/strength": "light",
        }
    }
    assert list(parse(document).classifications.items()) == [
        ("scene", "indoor"),
        ("weather", ("rain", "fog")),
        ("weather/rain/strength", "light"),
        ("blurred", True),
    ]


def test_an_answer_may_stop_at_an_inner_node():
    assert parse({"classifications": {"scene": "outdoor"}}).classifications == {"scene": "outdoor"}


def test_a_required_question_must_be_answered_but_not_in_a_draft():
    assert faults({}) == {"classifications.scene": ["is required and has no answer"]}
    assert annotation_to_json(parse({}, complete=False)) == {"classifications": {}, "objects": []}


def test_a_question_of_an_option_is_asked_only_where_the_option_is_chosen():
    rain = {"classifications": {"scene": "indoor", "weather": ["rain"]}}
    assert list(faults(rain)) == ["classifications.weather/rain/strength"]
    assert parse(rain, complete=False).classifications["weather"] == ("rain",)
    fog = {"classifications": {"scene": "indoor", "weather": ["fog"], "weather/rain/strength": "light"}}
    assert list(faults(fog)) == ["classifications.weather/rain/strength"]


def test_a_required_set_needs_a_member_and_an_optional_one_may_be_empty():
    options = [{"name": "a"}]
    required = {"classifications": [{"name": "q", "kind": "multiple", "required": True, "options": options}]}
    assert list(faults({"classifications": {"q": []}}, schema=parse_schema(required))) == ["classifications.q"]
    assert parse(SCENE | {"classifications": {"scene": "indoor", "weather": []}}).classifications["weather"] == ()


def test_every_fault_is_named_at_once():
    document = {
        "extra": 1,
        "classifications": {"scene": 1, "foo": 2, "weather": ["fog", "fog", "hail", None], "blurred": 1},
        "objects": [
            {"label": "car", "box": [1, 2, float("nan"), True]},
            {"label": "cell", "polygon": [[[0, 0], [10, 10], [10, 0], [0, 10]]]},
            {"label": "bus", "point": [100, 1]},
            {"label": "car", "box": [25, 10, 10, 4], "attributes": {"occluded": 1, "size": 2}, "id": 3, "score": 2},
            {"label": "lane", "point": [1, 1]},
            {"label": "spot", "point": [10**400, -float("inf")], "colour": "red"},
            7,
        ],
    }
    assert faults(document).keys() == {
        "extra",
        "classifications.scene",
        "classifications.foo",
        "classifications.weather",
        "classifications.weather[2]",
        "classifications.weather[3]",
        "classifications.blurred",
        "objects[0].box",
        "objects[1].polygon[0]",
        "objects[2].label",
        "objects[2].point",
        "objects[3].box",
        "objects[3].attributes.occluded",
        "objects[3].attributes.size",
        "objects[3].id",
        "objects[3].score",
        "objects[4].point",
        "objects[4].polyline",
        "objects[5].point",
        "objects[5].colour",
        "objects[6]",
    }


RING = [[0, 0], [10, 0], [10, 10], [0, 10]]
CUBOID = GEOMETRIES["cuboid"]


@pytest.mark.parametrize(
    ("shape", "geometry", "below", "words"),
    [
        ("box", None, "", "must be [x, y, width, height], not null"),
        ("box", {}, "", "must be [x, y, width, height], not an object"),
        ("box", [1, 2, 3], "", "must be [x, y, width, height]; it has 3 entries"),
        ("box", [1, 2, 8, "3"], "", "height must be a number, not a string"),
        ("box", [True, 2, 8, 8], "", "x must be a number, not true or false"),
        ("box", [1, float("nan"), 8, 8], "", "y must be a finite number"),
        ("box", [1, float("inf"), 8, 8], "", "y must be a finite number"),
        ("box", [1, 10**400, 8, 8], "", "y is far out of any image"),
        ("box", [1, 1, 0, 8], "", "width must be greater than 0, not 0"),
        ("box", [1, 1, 8, -8], "", "height must be greater than 0, not -8"),
        ("box", [1, 1, 1e-5, 1e-5], "", "has no area"),
        ("box", [1, 1, 3.9, 8], "", "measures 3.9 pixels across; the least is 4"),
        ("box", [23, 1, 8.01, 8], "", "lies out of the image: it reaches from (23, 1) to (31.01, 9) in 30 x 20 pixels"),
        (
            "box",
            [-1.01, 1, 8, 8],
            "",
            "lies out of the image: it reaches from (-1.01, 1) to (6.99, 9) in 30 x 20 pixels",
        ),
        ("rotated_box", [10, 10, 4, 4, 361], "", "degrees must lie between -360 and 360, not 361"),
        ("rotated_box", [10, 10, 0, 4, 0], "", "width must be greater than 0, not 0"),
        (
            "rotated_box",
            [-2, 10, 20, 4, 0],
            "",
            "lies out of the image: it reaches from (-12, 8) to (8, 12) in 30 x 20 pixels",
        ),
        (
            "rotated_box",
            [15, 10, 200, 4, 0],
            "",
            "lies out of the image: it reaches from (-85, 8) to (115, 12) in 30 x 20 pixels",
        ),
        ("ellipse", [10, 10, 4, 0, 0], "", "ry must be greater than 0, not 0"),
        (
            "ellipse",
            [10, 10, 100, 100, 0],
            "",
            "lies out of the image: it reaches from (-90, -90) to (110, 110) in 30 x 20 pixels",
        ),
        ("polygon", [], "", "must have from 1 to 1000 rings; it has 0"),
        ("polygon", [[[0, 0], 1, [1, 1]]], "[0][1]", "must be [x, y], not a number"),
        ("polygon", [RING[:2]], "[0]", "needs at least 3 points; it has 2"),
        ("polygon", [[[1, 1], [5, 5], [3, 3]]], "[0]", "encloses no area"),
        ("polygon", [[[1, 1], [5, 5], [9, 9], [3, 3]]], "[0]", "encloses no area"),
        ("polygon", [[[1, 1], [1, 1], [1, 1]]], "[0]", "encloses no area"),
        ("polygon", [[[0, 0], [10, 10], [10, 0], [0, 10]]], "[0]", "crosses or touches itself near (5, 5)"),
        (
            "polygon",
            [RING, [[5, 5], [15, 5], [15, 15], [5, 15]]],
            "[1]",
            "crosses or repeats ring [0]; rings lie beside or inside each other",
        ),
        ("polygon", [RING, RING], "[1]", "crosses or repeats ring [0]; rings lie beside or inside each other"),
        (
            "polygon",
            [[[0, 0], [99, 0], [10, 10], [50, 10]]],
            "[0]",
            "has 2 of 4 points, first [1], out of the image: (99, 0) in 30 x 20 pixels",
        ),
        ("polyline", [[1, 1]], "", "needs at least 2 points; it has 1"),
        ("polyline", [[1, 1], [1, 1]], "", "has no length: all its points are the same"),
        ("polyline", [[1, 1], [1, "1"]], "[1]", "y must be a number, not a string"),
        ("point", [31.5, 1], "", "lies out of the image: (31.5, 1) in 30 x 20 pixels"),
        ("point", [1, 2, 3], "", "must be [x, y]; it has 3 entries"),
        ("keypoints", [[1, 1, 2]], "", "must have 2 keypoints; it has 1"),
        ("keypoints", [[1, 1, 3], [1, 1, 0]], "[0]", "v must be 0 (not labelled), 1 (occluded) or 2 (visible)"),
        ("keypoints", [[1, 1, True], [1, 1, 1]], "[0]", "v must be a number, not true or false"),
        ("keypoints", [[1, 99, 1], [1, 1, 1]], "[0]", "lies out of the image: (1, 99) in 30 x 20 pixels"),
        ("keypoints", [[0, 0, 0], [0, 0, 0]], "", "has no labelled keypoint: every v is 0"),
        ("mask", "abc", "", "must be an object, not a string"),
        (
            "mask",
            {"size": [30, 20], "counts": "c26>0000000000000U;"},
            ".size",
            "must be the image's [height, width], [20, 30]",
        ),
        (
            "mask",
            {"size": [20, True], "counts": "c26>0000000000000U;"},
            ".size",
            "must be [height, width], two whole numbers",
        ),
        (
            "mask",
            {"size": [20, 30], "counts": [600]},
            ".counts",
            "must be a string of compressed run lengths, not a list",
        ),
        ("mask", {"size": [20, 30], "counts": ""}, ".counts", "is empty; a mask needs at least one run"),
        ("mask", {"size": [20, 30], "counts": "hb0"}, "", "has no area: no pixel is set"),
        ("mask", {"size": [20, 30], "counts": "hb1"}, ".counts", "covers 1624 pixels; height times width is 600"),
        ("cuboid", CUBOID[:7], "", "must have eight corners; it has 7"),
        ("cuboid", [[1, 1]] * 8, "", "has no area"),
        (
            "cuboid",
            [CUBOID[0], CUBOID[2], CUBOID[1], *CUBOID[3:]],
            "",
            "the front face crosses itself; its corners go clockwise from the left top",
        ),
        (
            "cuboid",
            [[x + 100, y] for x, y in CUBOID],
            "",
            "lies out of the image: it reaches from (110, 7) to (123, 20) in 30 x 20 pixels",
        ),
    ],
)
def test_each_unsound_geometry_is_named_by_its_path(shape, geometry, below, words):
    assert faults(one(shape, geometry)) == {f"objects[0].{shape}{below}": [words]}


@pytest.mark.parametrize(
    ("shape", "geometry"),
    [
        ("box", [-1, -1, 32, 22]),
        ("rotated_box", [3, 10, 10, 4, 30]),
        ("ellipse", [3, 10, 4, 4, 0]),
        ("polygon", [RING, [[12, 0], [20, 0], [20, 10]]]),
        ("polygon", [RING, [[10, 0], [20, 0], [20, 10], [10, 10]]]),
        ("polygon", [[[2, 2], [4, 2], [4, 4]], RING]),
        ("polygon", [[*RING, [0, 0]]]),
        ("keypoints", [[1, 1, 1.0], [-500, 999, 0]]),
        ("cuboid", [[-2, 10], [8, 10], [8, 20], [-2, 20], [1, 7], [11, 7], [11, 17], [1, 17]]),
        ("cuboid", [[10, 5], [10, 5], [10, 15], [10, 15], [20, 7], [20, 7], [20, 17], [20, 17]]),
    ],
)
def test_what_lies_within_the_tolerance_or_is_merely_unusual_is_kept_as_sent(shape, geometry):
    assert annotation_to_json(parse(one(shape, geometry)))["objects"] == [{"label": LABELS[shape], shape: geometry}]


@pytest.mark.parametrize("counts", ["hb0", "zzz", "P" * 500, "é", "0" * 100, "o" * 6 + "0", "o" * 7 + "0", "\x00"])
def test_run_lengths_that_are_none_are_refused(counts):
    (path,) = faults(one("mask", {"size": [20, 30], "counts": counts}))
    assert path.startswith("objects[0].mask")


def test_ids_are_strings_and_differ():
    twice = [{"label": "spot", "point": [1, 1], "id": "a"}, {"label": "spot", "point": [2, 2], "id": "a"}]
    assert faults(objects(*twice)) == {"objects[1].id": ["“a” is already the id of objects[0]"]}
    assert list(faults(one("point", [1, 1], id=None))) == ["objects[0].id"]
    assert list(faults(one("point", [1, 1], id=""))) == ["objects[0].id"]


@pytest.mark.parametrize("score", [-0.1, 1.1, True, "1", None, float("nan"), 10**400])
def test_a_score_is_a_number_from_0_to_1(score):
    assert list(faults(one("point", [1, 1], score=score))) == ["objects[0].score"]


def test_an_object_needs_its_own_shape():
    assert list(faults(objects({"label": "car"}))) == ["objects[0].box"]
    assert list(faults(objects({"label": "bus"}))) == ["objects[0].label", "objects[0]"]
    assert list(faults(objects({"point": [1, 1]}))) == ["objects[0].label"]
    assert list(faults(one("box", [1, 1, 8, 8], point=[1, 1]))) == ["objects[0].point"]


def test_limits_keep_a_hostile_document_cheap():
    spots = [{"label": "spot", "point": [1, 1]}] * 5001
    assert faults(objects(*spots)) == {"objects": ["has 5001 entries; at most 5000 are allowed"]}
    long = one("polyline", [[1, 1], [2, 2]] * 10_001)
    assert faults(long) == {"objects[0].polyline": ["may have at most 20000 points; it has 20002"]}
    lines = objects(*[{"label": "lane", "polyline": [[1, 1], [2, 2]] * 10_000}] * 50)
    assert list(faults(lines)) == ["objects"]


def test_a_draft_is_held_to_the_same_geometry():
    assert list(faults(one("box", [1, 1, 0, 0]), complete=False)) == ["objects[0].box"]


def test_parsing_does_not_change_what_was_sent():
    document = copy.deepcopy(ANNOTATION)
    parse(document)
    assert document == ANNOTATION


def circle(radius, *, x=15.0, y=10.0, corners=8):
    turns = [2 * math.pi * corner / corners for corner in range(corners)]
    return [[x + radius * math.cos(turn), y + radius * math.sin(turn)] for turn in turns]


def test_a_polygon_may_have_many_rings_but_only_some_that_touch():
    nested = [circle(0.01 * place) for place in range(1, 501)]
    assert len(parse(one("polygon", nested)).objects[0].geometry) == 500
    touching = [circle(0.05 * place, x=0.05 * place) for place in range(1, 102)]
    words = "has rings that touch or cross; that is possible with at most 100 rings"
    assert faults(one("polygon", touching)) == {"objects[0].polygon": [words]}
    assert list(faults(one("polygon", nested * 3))) == ["objects[0].polygon"]


def test_holes_that_fill_their_part_leave_no_area():
    left, right = [[0, 0], [5, 0], [5, 10], [0, 10]], [[5, 0], [10, 0], [10, 10], [5, 10]]
    assert faults(one("polygon", [RING, left, right])) == {"objects[0].polygon": ["has no area"]}


def test_the_rings_of_all_polygons_together_are_limited():
    pair = {"label": "cell", "polygon": [circle(4), circle(2)]}
    errors = faults(objects(*[pair] * 1501))
    assert list(errors) == ["objects[1500].polygon"]


@pytest.mark.parametrize(
    ("shape", "geometry"),
    [
        ("box", [-20, -20, 30, 3]),
        ("ellipse", [-50, 10, 4, 5, 0]),
        ("point", [99, 99]),
        ("polygon", [[[0, 0], [10, 10], [10, 0], [0, 10]]]),
        ("polygon", [RING, [[5, 5], [15, 5], [15, 15], [5, 15]]]),
        ("keypoints", [[1, 99, 1], [1, 1, 1]]),
    ],
)
def test_answers_given_under_other_rules_are_read_leniently(shape, geometry):
    document = one(shape, geometry)
    assert annotation_to_json(parse(document, lenient=True))["objects"] == document["objects"]
    assert faults(document)


@pytest.mark.parametrize(
    ("shape", "geometry"),
    [
        ("box", [1, 1, 0, 3]),
        ("box", [1, 1, float("nan"), 3]),
        ("polygon", [[[1, 1], [5, 5], [9, 9]]]),
        ("mask", {"size": [3, 3], "counts": "9"}),
        ("cuboid", [[1, 1]] * 8),
    ],
)
def test_what_means_nothing_is_refused_however_lenient(shape, geometry):
    assert faults(one(shape, geometry), lenient=True)
