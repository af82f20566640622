"""From a rough box or clicks to the thing meant."""

import base64
import io
import json
import tracemalloc

import numpy as np
import pytest
from PIL import Image

from crowd.errors import TooLarge, Unavailable
from crowd.geometry import masks, rasters
from crowd.labels.annotation import parse_annotation
from crowd.labels.schema import parse_schema
from crowd.smart import GrabCut, Prompt, Remote, View, cut_out, shaped
from tests.smart.scenes import box, disc, overlap, pixels_of, scene

CENTRE = (0.45, 0.5)


def propose(prompt: Prompt, *, width: int, height: int, data: bytes | None = None) -> tuple[np.ndarray, View, float]:
    """What GrabCut sets in the cut-out."""
    view = cut_out(data or scene(width, height), prompt, width=width, height=height)
    found = GrabCut().propose(view.picture, view.inside(prompt))
    return found.pixels, view, found.score


@pytest.mark.parametrize(("width", "height"), [(300, 200), (1600, 1100)])
def test_a_rough_box_gives_the_thing_in_it(width: int, height: int) -> None:
    pixels, view, score = propose(Prompt(box=box(width, height)), width=width, height=height)
    assert overlap(pixels_of(shaped(pixels, view, shape="mask")), disc(width, height)) > 0.9
    outline = shaped(pixels, view, shape="polygon")
    assert overlap(rasters.fill(outline, height=height, width=width), disc(width, height)) > 0.9
    assert sum(map(len, outline)) < 250
    reach = 0.2 * min(width, height)
    tight = [0.45 * width - reach, 0.5 * height - reach, 2 * reach, 2 * reach]
    assert shaped(pixels, view, shape="box") == pytest.approx(tight, abs=0.02 * width)
    assert score > 0.9


def test_one_click_gives_the_thing_under_it_and_not_its_like() -> None:
    pixels, view, _ = propose(Prompt(points=((CENTRE[0] * 600, CENTRE[1] * 400, True),)), width=600, height=400)
    assert overlap(pixels_of(shaped(pixels, view, shape="mask")), disc(600, 400)) > 0.9


def test_a_click_beside_the_thing_takes_away_what_lies_there() -> None:
    both = Prompt(box=(150, 0, 440, 390))
    away = Prompt(box=both.box, points=((CENTRE[0] * 600, CENTRE[1] * 400, True), (540, 20, False)))
    with_it, view, _ = propose(both, width=600, height=400)
    without, _, _ = propose(away, width=600, height=400)
    assert pixels_of(shaped(with_it, view, shape="mask"))[20, 540]
    assert overlap(pixels_of(shaped(without, view, shape="mask")), disc(600, 400)) > 0.9


def test_the_same_prompt_gives_the_same_answer() -> None:
    prompt = Prompt(box=box(400, 300))
    first, second = (propose(prompt, width=400, height=300)[0] for _ in range(2))
    assert np.array_equal(first, second)


def test_a_photograph_held_upright_is_seen_as_people_see_it() -> None:
    data = scene(500, 320, orientation=6)
    pixels, view, _ = propose(Prompt(box=box(500, 320)), width=500, height=320, data=data)
    assert overlap(pixels_of(shaped(pixels, view, shape="mask")), disc(500, 320)) > 0.9


def test_one_colour_has_nothing_in_it() -> None:
    flat = io.BytesIO()
    Image.new("RGB", (200, 100), (90, 90, 90)).save(flat, "PNG")
    prompt = Prompt(box=(0, 0, 200, 100))
    pixels, view, score = propose(prompt, width=200, height=100, data=flat.getvalue())
    assert (shaped(pixels, view, shape="mask"), score) == (None, 0.0)


def test_a_large_photograph_is_never_decoded_whole() -> None:
    out = io.BytesIO()
    Image.new("RGB", (9000, 6000), (90, 120, 90)).save(out, "JPEG")
    data = out.getvalue()
    tracemalloc.start()
    view = cut_out(data, Prompt(box=box(9000, 6000)), width=9000, height=6000)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert max(view.picture.shape) <= 384
    assert view.step[0] == pytest.approx(view.step[1], rel=0.02)
    mask = masks.placed(np.ones((100, 100), bool), left=10, top=10, height=6000, width=9000)
    assert masks.area(mask) == 10_000
    assert peak < 20e6


def test_a_picture_that_cannot_be_reduced_while_it_is_read_is_refused_beyond_a_size() -> None:
    out = io.BytesIO()
    Image.new("1", (6000, 5100)).save(out, "PNG")
    with pytest.raises(TooLarge):
        cut_out(out.getvalue(), Prompt(box=(1, 1, 9, 9)), width=6000, height=5100)


@pytest.mark.parametrize(
    ("pixels", "left", "top"),
    [
        (np.ones((3, 4), bool), 0, 0),
        (np.ones((6, 4), bool), 2, 0),
        (np.zeros((2, 2), bool), 1, 1),
        (np.random.default_rng(1).random((5, 6)) < 0.5, 3, 1),
        (np.ones((6, 9), bool), 0, 0),
    ],
)
def test_pixels_put_into_an_image_are_the_mask_of_the_whole(pixels: np.ndarray, left: int, top: int) -> None:
    whole = np.zeros((6, 9), bool)
    whole[top : top + pixels.shape[0], left : left + pixels.shape[1]] = pixels
    assert masks.placed(pixels, left=left, top=top, height=6, width=9) == masks.encode(whole)


def ask(answer: object) -> object:
    """What becomes of a model server's answer about a picture of 20 x 10."""
    raw = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
    proposer = Remote(post=lambda _: raw, label="cell", shape="mask")
    return proposer.propose(np.zeros((10, 20, 3), np.uint8), Prompt(box=(2, 2, 5, 5)))


def test_a_model_server_is_sent_the_cut_out_and_the_prompt() -> None:
    sent = []

    def post(body: bytes) -> bytes:
        sent.append(json.loads(body))
        return json.dumps({"polygon": [[[2, 2], [8, 2], [8, 6], [2, 6]]], "score": 0.75}).encode()

    prompt = Prompt(box=(2, 2, 6, 4), points=((3, 3, True), (15, 8, False)))
    found = Remote(post=post, label="cell", shape="polygon").propose(np.zeros((10, 20, 3), np.uint8), prompt)
    [asked] = sent
    assert Image.open(io.BytesIO(base64.b64decode(asked.pop("image")))).size == (20, 10)
    assert asked == {
        "width": 20,
        "height": 10,
        "box": [2, 2, 6, 4],
        "points": [[3, 3, 1], [15, 8, 0]],
        "label": "cell",
        "shape": "polygon",
    }
    assert (int(found.pixels.sum()), found.score) == (24, 0.75)


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"<html>",
        b"[" * 100_000,
        b"null",
        b'{"polygon": [[[NaN, 1], [2, 2], [3, 1]]]}',
        {},
        {"polygon": []},
        {"polygon": [[[1, 2], [3, 4]]]},
        {"polygon": [[[1, 2], [3, "4"], [5, 6]]]},
        {"polygon": [[[1, 2], [3, True], [5, 6]]]},
        {"mask": {"size": [10, 21], "counts": "0"}},
        {"mask": {"size": [10, 20], "counts": "~~~"}},
        {"mask": {"size": [10, 20], "counts": 5}},
        {"mask": {"size": [10, 20], "counts": "X6"}, "score": 2},
        {"mask": {"size": [10, 20], "counts": "X6"}, "score": "high"},
    ],
    ids=lambda answer: str(answer)[:30],
)
def test_no_answer_of_a_model_server_is_believed(answer: object) -> None:
    with pytest.raises(Unavailable):
        ask(answer)


@pytest.mark.parametrize("shape", ["mask", "polygon", "box"])
def test_whatever_pixels_are_proposed_the_geometry_is_sound(shape: str) -> None:
    schema = parse_schema({"objects": [{"name": "thing", "shape": shape}]})
    rng = np.random.default_rng(5)
    for share in (0.05, 0.5, 0.95, 1.0):
        view = View(np.zeros((40, 60, 3), np.uint8), left=7.4, top=3.2, step=(2.51, 2.49), width=160, height=110)
        geometry = shaped(rng.random((40, 60)) < share, view, shape=shape)
        found = parse_annotation(
            {"objects": [{"label": "thing", shape: geometry}]}, schema=schema, width=160, height=110
        )
        assert found.objects[0].shape == shape
