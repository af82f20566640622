"""The OpenAPI document, where it says more than each view says of itself."""

from typing import Any

from django.conf import settings
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.openapi import AutoSchema
from rest_framework import serializers

from crowd.api.base import ApiView
from crowd.api.idempotency import LONGEST_KEY

IDEMPOTENCY_KEY = {
    "in": "header",
    "name": "Idempotency-Key",
    "schema": {"type": "string", "maxLength": LONGEST_KEY},
    "description": "The same key and body gives the same answer, and has its effect once.",
}


class BearerScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """A token."""

    target_class = "crowd.api.authentication.BearerAuthentication"
    name = "token"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        """Return the scheme."""
        return {"type": "http", "scheme": "bearer"}


class SessionScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """The browser's session."""

    target_class = "crowd.api.authentication.SessionAuthentication"
    name = "session"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        """Return the scheme."""
        return {"type": "apiKey", "in": "cookie", "name": settings.SESSION_COOKIE_NAME}


class ErrorSerializer(serializers.Serializer):
    """What was wrong."""

    code = serializers.CharField(help_text="A machine word.")
    detail = serializers.CharField(help_text="A sentence a person can act on.")
    errors = serializers.DictField(  # type: ignore[assignment]  # a field's name, not the property
        child=serializers.ListField(child=serializers.CharField()), help_text="Faults by JSON path."
    )


class Schema(AutoSchema):
    """Every operation tells its errors, every POST its idempotency key, and no two have one name."""

    def get_operation(self, *args: Any, **kwargs: Any) -> dict[str, Any] | None:
        """Return the operation's part of the document."""
        operation: dict[str, Any] | None = super().get_operation(*args, **kwargs)
        if operation is None or not isinstance(self.view, ApiView):
            return operation
        if self.view.in_project:
            operation["operationId"] += "_in_project"
        if self.method == "POST":
            operation.setdefault("parameters", []).append(IDEMPOTENCY_KEY)
        told = self.resolve_serializer(ErrorSerializer, "response")
        operation["responses"]["4XX"] = {
            "description": ErrorSerializer.__doc__,
            "content": {"application/json": {"schema": told.ref}},
        }
        return operation
