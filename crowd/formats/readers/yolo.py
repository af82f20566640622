"""YOLO: a text for each image, a line for each object, numbers as shares of the image; classes named beside them.

Five numbers are a box, more an outline; with `kpt_shape` in data.yaml, a box and keypoints. Each data.yaml names the
classes of what lies beside and below it: a release has several, whose numbers differ.
"""

import math
import posixpath
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
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


@dataclass(frozen=True, slots=True)
class _Set:
    """One data set of the archive: the folder that its files are in, its classes, and the numbers of a keypoint."""

    folder: str
    names: Mapping[int, str]
    keypoints: int  # numbers that each has: 0 for no keypoints, else 2 or 3


def read(folder: Folder) -> Iterator[Item]:
    """Yield each image with its objects; those of one image in several data sets of the archive are put together."""
    yield from folder.faults
    sets, listed = _sets(folder), folder.listed()
    pictures, used = folder.pictures(), set()
    files: dict[str, list[tuple[str, _Set | None]]] = defaultdict(list)
    for file in folder.names(".txt"):
        if posixpath.basename(file).lower() not in _NO_LABELS:
            of = next((each for each in sets if file.startswith(each.folder)), None)
            files[file.removeprefix(of.folder) if of else file].append((file, of))
    for path, of_image in files.items():
        stem = posixpath.splitext(posixpath.basename(path))[0]
        member = pictures.find(stem)
        used.add(member)
        read = [_lines(folder, file, of) for file, of in of_image]
        name, sha256 = listed.get(stem, ("", ""))
        yield Item(
            posixpath.basename(member) or name or stem,
            member,
            relative=True,
            objects=_together([drawn for drawn, _ in read]),
            faults=tuple(fault for _, faults in read for fault in faults),
            sha256=sha256,
        )
    yield from left_over(pictures, used)


def _lines(folder: Folder, file: str, of: _Set | None) -> tuple[list[Drawn], list[Fault]]:
    """Return the objects of one text, and what is wrong with it."""
    try:
        if of is None:
            raise Invalid("no data.yaml or classes.txt beside it names its classes", code="no_classes")
        lines = folder.read(file, most=MAX_LABELS).decode().splitlines()
    except (CrowdError, UnicodeDecodeError) as fault:
        return [], [Fault("bad_labels", f"{file}: {fault}")]
    read = [_drawn(line.split(), of, number) for number, line in enumerate(lines, 1) if line.strip()]
    return [each for each in read if isinstance(each, Drawn)], [each for each in read if isinstance(each, Fault)]


def _together(drawn: Sequence[Sequence[Drawn]]) -> tuple[Drawn, ...]:
    """Return the objects of one image, from several data sets: the same ones where a class has as many in each.

    What one gives as a box another gives as an outline; in the order of lines they are the same objects.
    """
    whole: dict[str, list[Drawn]] = {}
    for each in drawn:
        by_label: dict[str, list[Drawn]] = defaultdict(list)
        for one in each:
            by_label[one.label].append(one)
        for label, ones in by_label.items():
            before = whole.get(label, [])
            same = len(before) == len(ones)
            joined = [Drawn(label, {**a.shapes, **b.shapes}) for a, b in zip(before, ones, strict=False)]
            whole[label] = joined if same else before + ones
    return tuple(one for ones in whole.values() for one in ones)


def _sets(folder: Folder) -> list[_Set]:
    """Return the data sets of the archive, those deeper in it first."""
    found = []
    for file in folder.names(".yaml", ".yml"):
        document = _yaml(folder.read(file, most=MAX_YAML))
        names = document.get("names")
        if isinstance(names, list):
            names = dict(enumerate(names))
        if isinstance(names, dict):
            shape = document.get("kpt_shape")
            each = int(shape[1]) if isinstance(shape, list) and len(shape) == 2 and shape[1] in (2, 3) else 0
            numbered = {_number(key): _text(name) for key, name in names.items()}
            known = {key: name for key, name in numbered.items() if key is not None}
            found.append(_Set(file.rpartition("/")[0], known, each))
    if not found:
        for file in folder.names("classes.txt", ".names")[:1]:
            listed = folder.read(file, most=MAX_YAML).decode(errors="replace").split("\n")
            found.append(_Set("", dict(enumerate(listed)), 0))
    if not found:
        raise Invalid("There is no data.yaml or classes.txt that names the classes.", code="no_classes")
    if len({each.folder for each in found}) < len(found) or len(found) == 1:
        return [_Set("", found[0].names, found[0].keypoints)]  # one for all, wherever it lies
    return sorted((_Set(f"{each.folder}/".lstrip("/"), each.names, each.keypoints) for each in found), key=_depth)


def _depth(each: _Set) -> tuple[int, str]:
    return -each.folder.count("/"), each.folder


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


def _drawn(cells: Sequence[str], of: _Set, line: int) -> Drawn | Fault:
    keypoints = of.keypoints
    try:
        label = of.names[int(cells[0])].strip()
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
        walk = list(zip(numbers[::2], numbers[1::2], strict=True))
        xs, ys = numbers[::2], numbers[1::2]
        bounds = [min(xs), min(ys), max(xs) - min(xs), max(ys) - min(ys)]
        return Drawn(label, {"polygon": _rings(walk), "box": bounds})
    return Fault("bad_labels", f"Line {line} has {len(numbers)} numbers, which is neither a box nor an outline.")


def _rings(walk: Sequence[tuple[float, float]]) -> list[list[list[float]]]:
    """Return the rings that one outline joins by seams, there and back; a plain outline is one ring."""
    rings: list[list[list[float]]] = []
    path: list[tuple[float, float]] = []
    at: dict[tuple[float, float], int] = {}
    for point in walk:
        if point not in at:
            at[point] = len(path)
            path.append(point)
            continue
        loop = path[at[point] :]
        for passed in loop[1:]:
            del at[passed]
        del path[at[point] + 1 :]
        if len(loop) > 2:
            rings.append([list(each) for each in loop])
    if len(path) > 2 or not rings:
        rings.append([list(each) for each in path])
    return rings


def _box(numbers: Sequence[float]) -> list[float]:
    x, y, width, height = numbers[:4]
    return [x - width / 2, y - height / 2, width, height]
