"""A plain line plot as PNG: what a table says, at a glance."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

_SIZE, _MARGIN = (960, 600), 80
_INK, _GRID, _PAPER = (30, 30, 30), (222, 222, 222), (255, 255, 255)
_COLOURS = ((0, 95, 163), (200, 80, 20), (20, 130, 75), (130, 60, 150), (120, 120, 120))
_STEPS = 5

Points = Sequence[tuple[float, float]]


def save(path: Path, curves: Mapping[str, Points], *, x: str, y: str) -> None:
    """Write each named curve of `(x, y)` points, with its markers, axes and a legend."""
    spots = [point for points in curves.values() for point in points]
    left, right = _bounds([point[0] for point in spots])
    low, high = _bounds([point[1] for point in spots])
    image = Image.new("RGB", _SIZE, _PAPER)
    draw = ImageDraw.Draw(image)
    font = ImageFont.load_default(15)
    width, height = _SIZE[0] - 2 * _MARGIN, _SIZE[1] - 2 * _MARGIN

    def at(point: tuple[float, float]) -> tuple[float, float]:
        across, up = (point[0] - left) / (right - left), (point[1] - low) / (high - low)
        return _MARGIN + across * width, _SIZE[1] - _MARGIN - up * height

    for step in range(_STEPS + 1):
        here, there = left + (right - left) * step / _STEPS, low + (high - low) * step / _STEPS
        draw.line([at((here, low)), at((here, high))], fill=_GRID)
        draw.line([at((left, there)), at((right, there))], fill=_GRID)
        draw.text((at((here, low))[0], _SIZE[1] - _MARGIN + 8), f"{here:.1f}", _INK, font, anchor="mt")
        draw.text((_MARGIN - 8, at((left, there))[1]), f"{there:.3f}", _INK, font, anchor="rm")
    draw.text((_SIZE[0] / 2, _SIZE[1] - 20), x, _INK, font, anchor="mb")
    draw.text((_MARGIN, _MARGIN - 40), y, _INK, font)
    for place, (name, points) in enumerate(curves.items()):
        colour = _COLOURS[place % len(_COLOURS)]
        line = [at(point) for point in sorted(points)]
        if len(line) > 1:
            draw.line(line, fill=colour, width=3)
        for across, down in line:
            draw.ellipse((across - 5, down - 5, across + 5, down + 5), fill=colour)
        draw.text(
            (_SIZE[0] - _MARGIN - 8, _SIZE[1] - _MARGIN - 20 * (len(curves) - place)), name, colour, font, anchor="rm"
        )
    image.save(path, format="PNG")


def _bounds(values: Sequence[float]) -> tuple[float, float]:
    low, high = min(values), max(values)
    room = 0.05 * (high - low) or 0.05
    return low - room, high + room
