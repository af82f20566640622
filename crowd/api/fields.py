"""Fields for what is more than a text or a number."""

from typing import Any

from drf_spectacular.utils import extend_schema_field

from crowd.api import serializers
from crowd.queries.sentences import said


class Said(serializers.CharField):
    """A sentence, kept in English, in the language that the request asks for."""

    def to_representation(self, value: str) -> str:
        """Return it in that language."""
        return said(str(super().to_representation(value)))


@extend_schema_field({"type": "object", "additionalProperties": True})
class Document(serializers.JSONField):
    """An annotation document; the verbs judge it, and name each fault's path."""


@extend_schema_field({"type": "string", "format": "uri", "pattern": "^https?://", "maxLength": 2000})
class WebAddress(serializers.CharField):
    """An address that the server will call; the verbs judge where it leads."""

    def __init__(self, **how: Any) -> None:
        super().__init__(max_length=2000, **how)


class Reference(serializers.CharField):
    """What an image is found by: its id, as a number or a text, its name or its sha256."""

    def __init__(self, **how: Any) -> None:
        super().__init__(max_length=500, **how)

    def to_internal_value(self, data: Any) -> str:
        """Return it as a text."""
        if isinstance(data, int | float) and not isinstance(data, bool) and data == int(data):
            data = str(int(data))  # a JSON number can be whole with a point in it
        reference: str = super().to_internal_value(data)
        return reference
