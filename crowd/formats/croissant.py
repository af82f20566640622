"""Croissant 1.0 (MLCommons, JSON-LD): a release described for data set search and for loaders that read it by columns.

It names every data file with its checksum, and two record sets: `images`, a record for each image, from the Parquet
file, and `labels`, one for each answer and object, from the CSV file. Nested columns of the Parquet file are left to
its own schema. Paths are relative to where the description lies.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final

import pyarrow as pa

from crowd.formats import csv, parquet
from crowd.formats.base import Meta, timestamp

NAME: Final = "croissant"
FILENAME: Final = "croissant.json"
CONTENT_TYPE: Final = "application/ld+json"
CONFORMS_TO: Final = "http://mlcommons.org/croissant/1.0"

# The context of the specification's appendix, word for word: readers compare it.
CONTEXT: Final[Mapping[str, Any]] = MappingProxyType(
    {
        "@language": "en",
        "@vocab": "https://schema.org/",
        "citeAs": "cr:citeAs",
        "column": "cr:column",
        "conformsTo": "dct:conformsTo",
        "cr": "http://mlcommons.org/croissant/",
        "rai": "http://mlcommons.org/croissant/RAI/",
        "data": {"@id": "cr:data", "@type": "@json"},
        "dataType": {"@id": "cr:dataType", "@type": "@vocab"},
        "dct": "http://purl.org/dc/terms/",
        "equivalentProperty": "cr:equivalentProperty",
        "examples": {"@id": "cr:examples", "@type": "@json"},
        "extract": "cr:extract",
        "field": "cr:field",
        "fileProperty": "cr:fileProperty",
        "fileObject": "cr:fileObject",
        "fileSet": "cr:fileSet",
        "format": "cr:format",
        "includes": "cr:includes",
        "isLiveDataset": "cr:isLiveDataset",
        "jsonPath": "cr:jsonPath",
        "key": "cr:key",
        "md5": "cr:md5",
        "parentField": "cr:parentField",
        "path": "cr:path",
        "recordSet": "cr:recordSet",
        "references": "cr:references",
        "regex": "cr:regex",
        "repeated": "cr:repeated",
        "replace": "cr:replace",
        "samplingRate": "cr:samplingRate",
        "sc": "https://schema.org/",
        "separator": "cr:separator",
        "source": "cr:source",
        "subField": "cr:subField",
        "transform": "cr:transform",
    }
)
# what Croissant's readers call these types
_ENCODINGS: Final = {"jsonl": "application/jsonlines", "parquet": "application/x-parquet", "csv": "text/csv"}
_WHOLE: Final = frozenset({"task", "image_id", "width", "height", "guideline"})
_REAL: Final = frozenset({"score", "confidence", "agreement"})


@dataclass(frozen=True, slots=True)
class Described:
    """A file of the release; `bytes` its length."""

    format: str
    path: str
    bytes: int
    sha256: str
    content_type: str


def document(files: Iterable[Described], *, meta: Meta) -> bytes:
    """Return the description of a release as UTF-8 JSON, the same bytes for the same release."""
    listed = list(files)
    paths = {one.format: one.path for one in listed}
    about: dict[str, Any] = {
        "@context": dict(CONTEXT),
        "@type": "sc:Dataset",
        "conformsTo": CONFORMS_TO,
        "name": f"{meta.project}-{meta.release}",
        "description": meta.note or f"Labels of the project {meta.project}, release {meta.release}.",
        "version": f"{meta.release}.0.0",
        "url": f"urn:crowd:{meta.project}:{meta.release}",
        "isLiveDataset": False,
    }
    if meta.license:
        about["license"] = meta.license
    if meta.created_at is not None:
        about["datePublished"] = timestamp(meta.created_at)
    about["distribution"] = [_file(one) for one in listed]
    about["recordSet"] = [make(paths) for name, make in _RECORDS.items() if name in paths]
    return (json.dumps(about, indent=1, ensure_ascii=False, allow_nan=False) + "\n").encode()


def _file(one: Described) -> dict[str, Any]:
    return {
        "@type": "cr:FileObject",
        "@id": one.path,
        "name": one.path,
        "description": f"The release as {one.format}.",
        "contentUrl": one.path,
        "contentSize": f"{one.bytes} B",
        "encodingFormat": _ENCODINGS.get(one.format, one.content_type.partition(";")[0]),
        "sha256": one.sha256,
    }


def _images(paths: Mapping[str, str]) -> dict[str, Any]:
    kinds = {column.name: _type_of(column.type) for column in parquet.COLUMNS}
    fields = [_field("images", name, kind, file=paths["parquet"]) for name, kind in kinds.items() if kind is not None]
    told = "One record for each image: how its label came about. The label itself is nested beside, in the file."
    return _records("images", told, fields, key="images/task")


def _labels(paths: Mapping[str, str]) -> dict[str, Any]:
    fields = [_field("labels", name, _kind(name), file=paths["csv"]) for name in csv.COLUMNS]
    if "parquet" in paths:
        fields[0]["references"] = {"field": {"@id": "images/task"}}
    told = "One record for each answered question and each object; an image without any has one with an empty kind."
    return _records("labels", told, fields)


_RECORDS: Final = {"parquet": _images, "csv": _labels}


def _records(name: str, told: str, fields: list[dict[str, Any]], *, key: str | None = None) -> dict[str, Any]:
    found: dict[str, Any] = {"@type": "cr:RecordSet", "@id": name, "name": name, "description": told}
    if key is not None:
        found["key"] = {"@id": key}
    return {**found, "field": fields}


def _field(records: str, name: str, kind: str, *, file: str) -> dict[str, Any]:
    return {
        "@type": "cr:Field",
        "@id": f"{records}/{name}",
        "name": f"{records}/{name}",
        "dataType": kind,
        "source": {"fileObject": {"@id": file}, "extract": {"column": name}},
    }


def _kind(column: str) -> str:
    """Return the type of a column of the table."""
    if column in _WHOLE:
        return "sc:Integer"
    return "sc:Float" if column in _REAL else "sc:DateTime" if column == "resolved_at" else "sc:Text"


def _type_of(kind: pa.DataType) -> str | None:
    """Return what Croissant calls a column's type; None for a nested one."""
    if pa.types.is_integer(kind):
        return "sc:Integer"
    if pa.types.is_floating(kind):
        return "sc:Float"
    if pa.types.is_timestamp(kind):
        return "sc:DateTime"
    return "sc:Text" if pa.types.is_string(kind) else None
