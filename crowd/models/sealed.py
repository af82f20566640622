"""A column whose text lies sealed: clear in Python, sealed in the database."""

from typing import Any

from django.core.validators import MaxLengthValidator
from django.db import models

from crowd import sealing


class Unopened(str):
    """A secret that no key opens: empty for whoever would use it, and kept as it is when its row is saved."""

    sealed: str

    @classmethod
    def of(cls, sealed: str) -> "Unopened":
        """Return the one that keeps this text."""
        made = cls("")
        made.sealed = sealed
        return made


class SealedField(models.CharField):  # type: ignore[type-arg]
    """Text of at most as many characters as fit into the column once sealed; nothing stays nothing."""

    def __init__(self, *args: Any, purpose: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.purpose = purpose
        if self.max_length is not None:
            self.validators.append(MaxLengthValidator(sealing.room(self.max_length)))

    def deconstruct(self) -> Any:
        """Tell migrations what it is for."""
        name, path, args, kwargs = super().deconstruct()
        return name, path, args, {**kwargs, "purpose": self.purpose}

    def get_prep_value(self, value: Any) -> Any:
        """Seal."""
        if isinstance(value, Unopened):
            return value.sealed
        text = super().get_prep_value(value)
        return sealing.seal(text, purpose=self.purpose) if text else text

    def from_db_value(self, value: Any, *_: Any) -> Any:
        """Unseal."""
        try:
            return sealing.unseal(value, purpose=self.purpose) if value else value
        except sealing.Unreadable:
            return Unopened.of(value)
