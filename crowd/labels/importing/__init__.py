"""Schemas from other tools' files: one reader a file, behind a registry; each tells what it could not carry."""

from collections.abc import Mapping

from crowd.errors import Invalid
from crowd.labels.importing import coco, cvat, label_studio
from crowd.labels.importing.base import MAX_TEXT, Imported, Reader, fault
from crowd.labels.schema import parse_schema, schema_to_json

__all__ = ["MAX_TEXT", "READERS", "Imported", "Reader", "read_labels"]

READERS: Mapping[str, Reader] = {
    "coco": coco.READER,
    "label_studio": label_studio.READER,
    "cvat": cvat.READER,
}


def read_labels(text: str, *, format_name: str = "") -> Imported:
    """The schema that a file says, valid here; without a format the first that the text looks like.

    Raises `Invalid` (code `unreadable_labels`) where the file cannot be read, or comes to no valid schema.
    """
    if len(text) > MAX_TEXT:
        raise fault(f"The file has more than {MAX_TEXT:,} characters.")
    text = text.removeprefix("\ufeff")
    if format_name and format_name not in READERS:
        raise Invalid("format: unknown.", errors={"format": [f"Choose one of {', '.join(READERS)}."]})
    name = format_name or next((key for key, reader in READERS.items() if reader.fits(text)), "")
    if not name:
        told = ", ".join(reader.title for reader in READERS.values())
        raise fault(f"This looks like none of {told}.")
    found = READERS[name].read(text)
    try:
        schema = parse_schema(found.schema)
    except Invalid as broken:
        raise fault(f"It was read, but comes to no schema: {broken.detail}") from broken
    return Imported(schema_to_json(schema), found.notes)
