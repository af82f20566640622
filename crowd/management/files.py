"""Tables and documents that the commands read and write; what cannot be read is refused with file and line."""

import csv
import json
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, TextIO

import pyarrow as pa
from pyarrow import csv as csv_of_arrow

from crowd.consensus import Answer
from crowd.errors import Invalid
from crowd.labels.annotation import parse_annotation
from crowd.labels.schema import parse_schema
from crowd.labels.types import Annotation, Schema


def rows(path: Path, columns: Sequence[str]) -> Iterator[tuple[str, ...]]:
    """The named columns of a CSV file with a header; raises `Invalid` naming what is missing."""
    with _opened(path) as stream:
        reader = csv.DictReader(stream)
        missing = [column for column in columns if column not in (reader.fieldnames or ())]
        if missing:
            raise Invalid(f"{path} has no column {', '.join(missing)}; wanted are {', '.join(columns)}.")
        for row in reader:
            values = tuple(row[column] for column in columns)
            if any(value is None or value == "" for value in values):
                raise Invalid(f"{path}, line {reader.line_num}: {', '.join(columns)} must all be given.")
            yield values


def columns(path: Path, names: Sequence[str]) -> list[Any]:
    """The named columns of a CSV file with a header, as Arrow's arrays of strings: for files of millions of rows.

    The same as those of `rows`, which reads whatever this fast reader does not like, and says what is wrong with it.
    """
    options = csv_of_arrow.ConvertOptions(
        include_columns=list(names), column_types={name: pa.dictionary(pa.int32(), pa.string()) for name in names}
    )
    try:
        with path.open("rb") as stream:
            table = csv_of_arrow.read_csv(
                stream,
                convert_options=options,
                parse_options=csv_of_arrow.ParseOptions(newlines_in_values=True),
                read_options=csv_of_arrow.ReadOptions(use_threads=False),
            )
    except (OSError, pa.ArrowInvalid, pa.ArrowKeyError):
        table = None
    if table is None or any("" in _distinct(column) for column in table.columns):
        return [list(column) for column in zip(*rows(path, names), strict=True)] or [[] for _ in names]
    return [table[name] for name in names]


def pairs(path: Path, columns: tuple[str, str]) -> dict[str, str]:
    """Return the second column by the first; of several rows with one key, the last."""
    return {row[0]: row[1] for row in rows(path, columns)}


def documents(path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    """Line numbers and JSON objects of a JSONL file."""
    with _opened(path) as stream:
        for number, line in enumerate(stream, start=1):
            if not line.strip():
                continue
            try:
                document = json.loads(line)
            except ValueError as fault:
                raise Invalid(f"{path}, line {number}: is not JSON ({fault}).") from fault
            if not isinstance(document, dict):
                raise Invalid(f"{path}, line {number}: must be a JSON object.")
            yield number, document


def answers(path: Path, schema: Schema | None) -> tuple[Schema, list[Answer]]:
    """The answers of a JSONL file of `{"image", "worker", "width", "height", "annotation"}`, and their schema.

    Without a schema it is told from the documents: labels by their shapes, questions by their answers.
    """
    lines = list(documents(path))
    for number, line in lines:
        for key, kind in (("image", str), ("worker", str), ("width", int), ("height", int), ("annotation", dict)):
            if not isinstance(line.get(key), kind):
                raise Invalid(f"{path}, line {number}: “{key}” must be {_KINDS[kind]}.")
    known = schema or infer_schema(line["annotation"] for _, line in lines)
    found = []
    for number, line in lines:
        try:
            annotation = parse_annotation(
                line["annotation"],
                schema=known,
                width=line["width"],
                height=line["height"],
                complete=False,
                lenient=True,
            )
        except Invalid as fault:
            raise Invalid(f"{path}, line {number}: {fault.detail}", code=fault.code, errors=fault.errors) from fault
        found.append(Answer(line["image"], line["worker"], annotation, line["width"], line["height"]))
    return known, found


def truths(path: Path, schema: Schema) -> dict[str, Annotation]:
    """Known answers by image, of a JSONL file of `{"image", "width", "height", "annotation"}`."""
    found = {}
    for number, line in documents(path):
        try:
            found[str(line["image"])] = parse_annotation(
                line["annotation"],
                schema=schema,
                width=line["width"],
                height=line["height"],
                complete=False,
                lenient=True,
            )
        except KeyError as fault:
            raise Invalid(f"{path}, line {number}: “{fault.args[0]}” is missing.") from fault
        except Invalid as fault:
            raise Invalid(f"{path}, line {number}: {fault.detail}", code=fault.code, errors=fault.errors) from fault
    return found


def read_schema(path: Path) -> Schema:
    """The label schema in a JSON file."""
    with _opened(path) as stream:
        try:
            return parse_schema(json.load(stream))
        except ValueError as fault:
            raise Invalid(f"{path} is not JSON ({fault}).") from fault


def infer_schema(annotations: Iterable[dict[str, Any]]) -> Schema:
    """The smallest schema that all documents fit."""
    questions: dict[str, Any] = {}
    classes: dict[str, dict[str, Any]] = {}
    for annotation in annotations:
        _learn_questions(questions, annotation.get("classifications") or {})
        for each in annotation.get("objects") or []:
            _learn_class(classes, each)
    objects = [
        {
            **{key: value for key, value in each.items() if key != "questions"},
            "attributes": _questions(each["questions"]),
        }
        for _, each in sorted(classes.items())
    ]
    return parse_schema({"classifications": _questions(questions), "objects": objects})


def _distinct(column: Any) -> set[str]:
    return {value for chunk in column.chunks for value in chunk.dictionary.to_pylist()}


_KINDS = {str: "a string", int: "a whole number", dict: "an object"}
_SHAPES = ("box", "rotated_box", "polygon", "polyline", "ellipse", "point", "keypoints", "mask", "cuboid")


def _opened(path: Path) -> TextIO:
    try:
        return path.open(encoding="utf-8-sig", newline="")
    except OSError as fault:
        raise Invalid(f"{path} cannot be read: {fault.strerror}.") from fault


def _learn_class(classes: dict[str, dict[str, Any]], each: Any) -> None:
    if not isinstance(each, dict) or not isinstance(each.get("label"), str):
        return  # parsing names the fault and where it is
    shape = next((name for name in _SHAPES if name in each), "box")
    found = classes.setdefault(each["label"], {"name": each["label"], "shape": shape, "questions": {}})
    if shape == "keypoints" and isinstance(each[shape], list):
        found.setdefault("keypoints", [str(number) for number in range(len(each[shape]))])
    _learn_questions(found["questions"], each.get("attributes") or {})


def _learn_questions(questions: dict[str, Any], given: Any) -> None:
    for name, value in given.items() if isinstance(given, dict) else ():
        kind = "binary" if isinstance(value, bool) else "multiple" if isinstance(value, list) else "single"
        found = questions.setdefault(name, {"name": name, "kind": kind, "paths": {}})
        for path in value if isinstance(value, list) else [value] if isinstance(value, str) else []:
            level = found["paths"]
            for part in str(path).split("/"):
                level = level.setdefault(part, {})


def _questions(found: dict[str, Any]) -> list[dict[str, Any]]:
    return [
        {"name": each["name"], "kind": each["kind"]} | ({"options": _options(each["paths"])} if each["paths"] else {})
        for _, each in sorted(found.items())
    ]


def _options(paths: dict[str, Any]) -> list[dict[str, Any]]:
    return [{"name": name} | ({"options": _options(below)} if below else {}) for name, below in sorted(paths.items())]
