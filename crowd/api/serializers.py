"""The framework's serializers, with what JSON sends taken at its word: a text is no number, and “yes” is not true.

A form and an address have nothing but texts: there, one may stand for a number or for true.
"""

import math
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from types import MappingProxyType
from typing import Any, Final

from rest_framework import serializers as given
from rest_framework.serializers import (
    ChoiceField,
    DateTimeField,
    DictField,
    Field,
    FileField,
    JSONField,
    ListField,
    Serializer,
    SerializerMethodField,
    UUIDField,
    ValidationError,
)
from rest_framework.utils.html import is_html_input

__all__ = [
    "BooleanField",
    "CharField",
    "ChoiceField",
    "DateTimeField",
    "DecimalField",
    "DictField",
    "Field",
    "FileField",
    "FloatField",
    "IntegerField",
    "JSONField",
    "ListField",
    "ModelSerializer",
    "RegexField",
    "Serializer",
    "SerializerMethodField",
    "SlugField",
    "URLField",
    "UUIDField",
    "ValidationError",
]


class Exact:
    """A field that takes values of its own JSON type only, except from a form."""

    def to_internal_value(self, data: Any) -> Any:
        """Return the value; raise for one of another type."""
        if not self.fits(data) and not is_html_input(getattr(self.root, "initial_data", None)):  # type: ignore[attr-defined]
            self.fail("invalid")  # type: ignore[attr-defined]
        return super().to_internal_value(data)  # type: ignore[misc]  # the field's that this is mixed into

    def fits(self, data: Any) -> bool:
        """Return whether a JSON value has the type."""
        raise NotImplementedError


class Text(Exact):
    """A string."""

    def fits(self, data: Any) -> bool:
        """Return whether it is one."""
        return isinstance(data, str)


class CharField(Text, given.CharField):
    """A text."""


class SlugField(Text, given.SlugField):
    """A word that can stand in an address."""


class RegexField(Text, given.RegexField):
    """A text of one form."""


class URLField(Text, given.URLField):
    """An address."""


class BooleanField(Exact, given.BooleanField):
    """True or false."""

    def fits(self, data: Any) -> bool:
        """Return whether it is one of the two."""
        return isinstance(data, bool)


class IntegerField(Exact, given.IntegerField):
    """A whole number; 5.0 is one in JSON, too."""

    def fits(self, data: Any) -> bool:
        """Return whether it is one."""
        return isinstance(data, int) and not isinstance(data, bool)

    def to_internal_value(self, data: Any) -> int:
        """Return the number."""
        whole = isinstance(data, float) and data.is_integer()
        number: int = super().to_internal_value(int(data) if whole else data)
        return number


class FloatField(Exact, given.FloatField):
    """A finite number: “nan” is none, wherever it stands."""

    def fits(self, data: Any) -> bool:
        """Return whether it is one."""
        return isinstance(data, int | float) and not isinstance(data, bool)

    def to_internal_value(self, data: Any) -> float:
        """Return the number."""
        number: float = super().to_internal_value(data)
        if not math.isfinite(number):
            self.fail("invalid")
        return number


class DecimalField(given.DecimalField):
    """An amount: of a number its rounding, as binary fractions have no last digit; a text is exact."""

    def to_internal_value(self, data: Any) -> Decimal:
        """Return the amount."""
        if isinstance(data, int | float) and not isinstance(data, bool):
            try:
                data = str(round(Decimal(data), self.decimal_places))
            except InvalidOperation:  # more digits than anybody counts money in
                self.fail("max_digits", max_digits=self.max_digits)
        amount: Decimal = super().to_internal_value(data)
        return amount


EXACT: Final[Mapping[type[Field], type[Field]]] = MappingProxyType(
    {
        given.CharField: CharField,
        given.SlugField: SlugField,
        given.URLField: URLField,
        given.BooleanField: BooleanField,
        given.IntegerField: IntegerField,
        given.FloatField: FloatField,
        given.DecimalField: DecimalField,
    }
)


class ModelSerializer(given.ModelSerializer):
    """A serializer whose fields are a model's."""

    serializer_field_mapping = {
        column: EXACT.get(field, field) for column, field in given.ModelSerializer.serializer_field_mapping.items()
    }
