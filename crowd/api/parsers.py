"""Bodies: JSON that the database can hold, or lines of it; neither without end."""

from typing import IO, Any

from django.conf import settings
from rest_framework import parsers

from crowd.errors import TooLarge
from crowd.formats import strict_json

MAX_DOCUMENT_BYTES = 16 * 1024 * 1024


class JSONParser(parsers.JSONParser):
    """Strict JSON; see `strict_json`."""

    def parse(self, stream: IO[Any], media_type: str | None = None, parser_context: Any = None) -> Any:
        """Return the document."""
        return strict_json.loads(_read(stream, MAX_DOCUMENT_BYTES))


class LinesParser(parsers.BaseParser):
    """NDJSON: the body's lines, each read on its own later, so that one bad line stops no other."""

    media_type = "application/x-ndjson"

    def parse(self, stream: IO[Any], media_type: str | None = None, parser_context: Any = None) -> Any:
        """Return the lines."""
        return _read(stream, settings.DATA_UPLOAD_MAX_MEMORY_SIZE).split(b"\n")


class AnyLinesParser(LinesParser):
    """The same under the names that clients give it."""

    media_type = "*/*"


def _read(stream: IO[Any], limit: int) -> bytes:
    raw: bytes = stream.read(limit + 1)
    if len(raw) > limit:
        raise TooLarge(f"The body has more than {limit} bytes; send less at a time.")
    return raw
