"""GrabCut: colours of the thing and of what is around it, learnt from the prompt, cut where neighbours differ.

Rother, Kolmogorov and Blake, "GrabCut: interactive foreground extraction using iterated graph cuts" (2004), by OpenCV.
It needs no trained model: only the picture itself.
"""

import time
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from crowd.smart.base import Prompt, Proposal

ROUNDS: Final = 6
BUDGET: Final = 3.0  # seconds, after which no further round is begun
DOT: Final = 0.008  # of the picture's longer side: the radius of a click
BITS: Final = 4  # of each channel of Lab that do not count when colours are compared
LITTLE: Final = 0.05  # of the box
FRAME: Final = 0.01  # of the picture's longer side
CRUMB: Final = 0.02  # of the largest part: smaller ones are not meant

Pixels = NDArray[np.uint8]

cv2.setNumThreads(1)  # requests share the machine


class GrabCut:
    """GrabCut on the cut-out itself."""

    def propose(self, picture: Pixels, prompt: Prompt) -> Proposal:
        """Return what is meant; the score is the share of the last round's pixels that the round before had too."""
        picture = np.asarray(cv2.medianBlur(picture, 3), dtype=np.uint8)  # grain is no edge
        guess = _guess(picture, prompt)
        if not _is(guess, cv2.GC_FGD, cv2.GC_PR_FGD).any() or not _is(guess, cv2.GC_BGD, cv2.GC_PR_BGD).any():
            return Proposal(np.zeros(guess.shape, dtype=bool), 0.0)
        found, before = _is(guess, cv2.GC_FGD, cv2.GC_PR_FGD), np.zeros(guess.shape, dtype=bool)
        behind, before_it, mode = np.zeros((1, 65)), np.zeros((1, 65)), cv2.GC_INIT_WITH_MASK
        began = time.monotonic()
        cv2.setRNGSeed(1)  # the same prompt gives the same answer
        for _ in range(ROUNDS):
            try:
                cv2.grabCut(picture, guess, (0, 0, 0, 0), behind, before_it, 1, mode)
            except cv2.error:  # a colour model without a pixel: nothing to tell apart
                break
            before, found, mode = found, _is(guess, cv2.GC_FGD, cv2.GC_PR_FGD), cv2.GC_EVAL
            if np.array_equal(before, found) or time.monotonic() - began > BUDGET:
                break
        pixels = _meant(found, prompt)
        both = (before | found).sum()
        return Proposal(pixels, float((before & found).sum() / both) if both and pixels.any() else 0.0)


def _is(labels: Pixels, *values: int) -> NDArray[np.bool_]:
    return np.isin(labels, values)


def _guess(picture: Pixels, prompt: Prompt) -> Pixels:
    """Return what each pixel is to begin with: certain beside the box and at clicks, probable elsewhere."""
    height, width = picture.shape[:2]
    if prompt.box is None:
        guess = _alike(picture, prompt)
    else:
        x, y, w, h = prompt.box
        left, top = min(max(0, round(x)), width - 1), min(max(0, round(y)), height - 1)
        inside = np.zeros((height, width), dtype=bool)
        inside[top : max(top + 1, round(y + h)), left : max(left + 1, round(x + w))] = True
        guess = _unlike_around(picture, inside)
    for on in (True, False):
        for x, y, is_on in prompt.points:
            if is_on is on:
                _dot(guess, x, y, cv2.GC_FGD if on else cv2.GC_BGD)
    return guess


def _unlike_around(picture: Pixels, inside: NDArray[np.bool_]) -> Pixels:
    """Return as probable what is in the box and coloured unlike what is around it; all of the box where that is little.

    Beginning with the whole box, the ground in it would be learnt as a colour of the thing.
    """
    lab = np.asarray(cv2.cvtColor(cv2.GaussianBlur(picture, (5, 5), 0), cv2.COLOR_RGB2LAB), dtype=np.int32) >> BITS
    bins = (lab[..., 0] << 2 * (8 - BITS)) | (lab[..., 1] << (8 - BITS)) | lab[..., 2]
    size = 1 << 3 * (8 - BITS)
    within, around = np.bincount(bins[inside], minlength=size), np.bincount(bins[~inside], minlength=size)
    unlike = within / max(1, within.sum()) > around / max(1, around.sum())
    probable = inside & unlike[bins]
    if probable.sum() < LITTLE * inside.sum():
        probable = inside
    guess = np.where(probable, cv2.GC_PR_FGD, cv2.GC_PR_BGD).astype(np.uint8)
    guess[~inside] = cv2.GC_BGD
    return guess


def _alike(picture: Pixels, prompt: Prompt) -> Pixels:
    """Return as probable what hangs together with a click and is coloured like it; the outermost frame is beside it.

    How alike is alike is where Otsu's method parts the distances to the clicks' colours in two.
    """
    lab = cv2.cvtColor(cv2.GaussianBlur(picture, (5, 5), 0), cv2.COLOR_RGB2LAB).astype(np.float32)
    dots = np.zeros(picture.shape[:2], dtype=np.uint8)
    away = np.full(dots.shape, np.inf, dtype=np.float32)
    for x, y, on in prompt.points:
        if on:
            one = np.zeros_like(dots)
            _dot(one, x, y, 1)
            dots |= one
            if one.any():
                away = np.minimum(away, np.linalg.norm(lab - lab[one > 0].mean(axis=0), axis=2))
    graded = np.clip(away, 0, 255).astype(np.uint8)
    border, _ = cv2.threshold(graded, 0, 255, cv2.THRESH_BINARY + cv2.THRESH_OTSU)
    _, labels = cv2.connectedComponents(((graded <= border) | (dots > 0)).astype(np.uint8), connectivity=4)
    like = np.isin(labels, np.unique(labels[dots > 0]))
    guess = np.where(like, cv2.GC_PR_FGD, cv2.GC_PR_BGD).astype(np.uint8)
    frame = max(1, round(FRAME * max(guess.shape)))
    guess[:frame], guess[-frame:], guess[:, :frame], guess[:, -frame:] = (cv2.GC_BGD,) * 4
    return guess


def _dot(guess: Pixels, x: float, y: float, value: int) -> None:
    radius = max(1, round(DOT * max(guess.shape)))
    cv2.circle(guess, (int(x), int(y)), radius, value, thickness=-1)


def _meant(found: NDArray[np.bool_], prompt: Prompt) -> NDArray[np.bool_]:
    """Return the parts that were clicked on, or all but crumbs without such clicks; pinholes are closed."""
    count, labels, facts, _ = cv2.connectedComponentsWithStats(found.astype(np.uint8), connectivity=4)
    if count <= 1:
        return np.zeros(found.shape, dtype=bool)
    areas = facts[:, cv2.CC_STAT_AREA]
    height, width = found.shape
    clicked = {
        int(labels[min(max(int(y), 0), height - 1), min(max(int(x), 0), width - 1)]) for x, y, on in prompt.points if on
    }
    kept = clicked - {0} or {part for part in range(1, count) if areas[part] >= CRUMB * areas[1:].max()}
    pixels = np.isin(labels, list(kept)).astype(np.uint8)
    return cv2.morphologyEx(pixels, cv2.MORPH_CLOSE, np.ones((3, 3), np.uint8)).astype(bool)
