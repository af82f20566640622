"""Values that must be what JSON says they are."""

import math
from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from crowd.queries.sentences import said


class Number(serializers.FloatField):
    """A finite number, sent as a number: “nan” is none, and neither is true."""

    def to_internal_value(self, data: Any) -> float:
        """Return the number."""
        if isinstance(data, bool) or not isinstance(data, int | float) or not math.isfinite(data):
            self.fail("invalid")
        return float(data)


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
