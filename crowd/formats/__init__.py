"""Export formats: one writer a file, each behind the registry `WRITERS`.

A writer takes the release's items one by one and writes one file, in memory that does not grow with their number. The
same items, schema and meta give the same bytes. What a format cannot say is kept beside its own fields where readers
tolerate that, and counted in the `Report` in any case: nothing is dropped in silence.
"""

from collections.abc import Mapping
from types import MappingProxyType

from crowd.formats import (
    coco,
    coco_panoptic,
    csv,
    cvat,
    datumaro,
    huggingface,
    jsonl,
    label_studio,
    masks,
    parquet,
    voc,
    webdataset,
    yolo,
)
from crowd.formats.base import ImageFacts, LineageStep, Meta, ReleaseItem, Report, Writer

__all__ = ["BY_DEFAULT", "WRITERS", "ImageFacts", "LineageStep", "Meta", "ReleaseItem", "Report", "Writer"]

_MODULES = (
    coco,
    coco_panoptic,
    csv,
    cvat,
    datumaro,
    huggingface,
    jsonl,
    label_studio,
    masks,
    parquet,
    voc,
    webdataset,
    yolo,
)
WRITERS: Mapping[str, Writer] = MappingProxyType({module.WRITER.name: module.WRITER for module in _MODULES})

_WHERE_NAMED = frozenset({"cvat", "datumaro", "label_studio", "webdataset"})  # each for readers of one kind
BY_DEFAULT = tuple(name for name in WRITERS if name not in _WHERE_NAMED)  # where a release names none
