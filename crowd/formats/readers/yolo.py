"""YOLO: a text for each image, a line for each object, numbers as shares of the image; classes named beside them.

Five numbers are a box, more an outline; with `kpt_shape` in data.yaml, a box and keypoints.
"""

import math
import posixpath
from collections.abc import Iterator, Sequence
from typing import Any

import yaml

from crowd.errors import CrowdError, Invalid
from crowd.formats.readers.sets import Drawn, Fault, Folder, Item, left_over

MAX_YAML = 1 << 20
MAX_LABELS = 16 * 1024 * 1024
MAX_DEPTH = 20
_DEEPER = (
    yaml.FlowSequenceStartToken,
    yaml.FlowMappingStartToken,
    yaml.BlockSequenceStartToken,
    yaml.BlockMappingStartToken,
)
_BACK = (yaml.FlowSequenceEndToken, yaml.FlowMappingEndToken, yaml.BlockEndToken)
_NO_LABELS = {"classes.txt", "obj.names", "train.txt", "val.txt", "test.txt", "readme.txt"}


def read(folder: Folder) -> Iterator[Item]:
    """Yield each image with its objects."""
    yield from folder.faults
    names, keypoints = _classes(folder)
    pictures, used = folder.pictures(), set()
    for file in folder.names(".txt"):
        if posixpath.basename(file).lower() in _NO_LABELS:
            continue
        stem = posixpath.splitext(posixpath.basename(file))[0]
        member = pictures.find(stem)
        used.add(member)
        try:
            lines = folder.read(file, most=MAX_LABELS).decode().splitlines()
        except (CrowdError, UnicodeDecodeError) as fault:
            yield Item(stem, member, faults=(Fault("bad_labels", f"{file}: {fault}"),))
            continue
        drawn = [_drawn(line.split(), names, keypoints, number) for number, line in enumerate(lines, 1) if line.strip()]
        yield Item(
            posixpath.basename(member) or stem,
            member,
            relative=True,
            objects=tuple(each for each in drawn if isinstance(each, Drawn)),
            faults=tuple(each for each in drawn if isinstance(each, Fault)),
        )
    yield from left_over(pictures, used)


def _classes(folder: Folder) -> tuple[dict[int, str], int]:
    """Return the classes by number, and the numbers that each keypoint has: 0 for no keypoints, else 2 or 3."""
    for file in folder.names(".yaml", ".yml"):
        document = _yaml(folder.read(file, most=MAX_YAML))
        names = document.get("names")
        if isinstance(names, list):
            names = dict(enumerate(names))
        if isinstance(names, dict):
            shape = document.get("kpt_shape")
            each = int(shape[1]) if isinstance(shape, list) and len(shape) == 2 and shape[1] in (2, 3) else 0
            numbered = {_number(key): _text(name) for key, name in names.items()}
            return {key: name for key, name in numbered.items() if key is not None}, each
    for file in folder.names("classes.txt", ".names"):
        return dict(enumerate(folder.read(file, most=MAX_YAML).decode(errors="replace").split("\n"))), 0
    raise Invalid("There is no data.yaml or classes.txt that names the classes.", code="no_classes")


def _number(key: Any) -> int | None:
    """Return the number of a class; None for a key that is none."""
    text = key if isinstance(key, str) else str(key) if type(key) is int and 0 <= key < 10**9 else ""
    return int(text) if text.isdecimal() and len(text) < 10 else None


def _text(value: Any) -> str:
    """Return a class's name; nothing for a number that is no name: long ones cannot even be written."""
    return "" if type(value) is int and abs(value) >= 10**18 else str(value)


def _yaml(raw: bytes) -> dict[str, Any]:
    try:
        _check_tokens(raw)
        document = yaml.safe_load(raw)
    # what the library raises for tags that do not fit: LookupError, AttributeError, TypeError
    except (yaml.YAMLError, RecursionError, ValueError, LookupError, AttributeError, TypeError) as fault:
        raise Invalid(f"The data.yaml cannot be read: {fault}.", code="bad_yaml") from None
    return document if isinstance(document, dict) else {}


def _check_tokens(raw: bytes) -> None:
    """Refuse what multiplies (aliases) and what takes quadratic time (nesting), as soon as it is met."""
    depth = 0
    for token in yaml.scan(raw):
        depth += isinstance(token, _DEEPER) - isinstance(token, _BACK)
        if isinstance(token, yaml.AliasToken) or depth > MAX_DEPTH:
            raise Invalid("A data.yaml with aliases or deep nesting is not read.", code="bad_yaml")


def _drawn(cells: Sequence[str], names: dict[int, str], keypoints: int, line: int) -> Drawn | Fault:
    try:
        label = names[int(cells[0])].strip()
        numbers = [float(cell) for cell in cells[1:]]
        if not all(map(math.isfinite, numbers)):
            raise ValueError
    except (ValueError, KeyError):
        return Fault("bad_labels", f"Line {line} does not begin with a class and go on with numbers.")
    if len(numbers) == 4:
        return Drawn(label, {"box": _box(numbers)})
    if keypoints and len(numbers) > 4 and (len(numbers) - 4) % keypoints == 0:
        points = [numbers[place : place + keypoints] for place in range(4, len(numbers), keypoints)]
        return Drawn(label, {"box": _box(numbers), "keypoints": [[*one, 2][:3] for one in points]})
    if len(numbers) >= 6 and len(numbers) % 2 == 0:
        ring = [list(pair) for pair in zip(numbers[::2], numbers[1::2], strict=True)]
        xs, ys = numbers[::2], numbers[1::2]
        return Drawn(label, {"polygon": [ring], "box": [min(xs), min(ys), max(xs) - min(xs), max(ys) - min(ys)]})
    return Fault("bad_labels", f"Line {line} has {len(numbers)} numbers, which is neither a box nor an outline.")


def _box(numbers: Sequence[float]) -> list[float]:
    x, y, width, height = numbers[:4]
    return [x - width / 2, y - height / 2, width, height]
