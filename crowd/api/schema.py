"""The OpenAPI document, where it says more than each view says of itself."""

from typing import Any, Final

from django.conf import settings
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.openapi import AutoSchema
from rest_framework import serializers
from rest_framework.permissions import SAFE_METHODS

from crowd.api.base import ApiView
from crowd.api.deprecation import POLICY
from crowd.api.idempotency import LONGEST_KEY, PATTERN
from crowd.api.links import link

IDEMPOTENCY_KEY = {
    "in": "header",
    "name": "Idempotency-Key",
    "schema": {"type": "string", "minLength": 1, "maxLength": LONGEST_KEY, "pattern": PATTERN},
    "description": "The same key and body gives the same answer, and has its effect once. Printable ASCII.",
}
# What can be in an address: the framework knows the kinds of its converters, not what they take.
PARAMETERS: Final[dict[str, dict[str, Any]]] = {
    "slug": {"type": "string", "pattern": "^[-a-zA-Z0-9_]+$"},
    "format_name": {"type": "string", "pattern": "^[-a-zA-Z0-9_]+$"},
    "page_size": {"type": "integer", "minimum": 1, "description": "Rows at a time; more than 1000 are 1000."},
    "severity_above": {"type": "number", "minimum": 0, "maximum": 1},
    "number": {"type": "integer", "minimum": 1},
    "other": {"type": "integer", "minimum": 1},
}
HEADERS: Final = {
    "RateLimit-Policy": "What the caller may do: requests `q` in `w` seconds, by kind.",
    "RateLimit": "What is left of it: requests `r`, until all is back in `t` seconds.",
    "Retry-After": "Seconds to wait before asking again.",
}
LIMITS: Final = """
## How often

Each token, each signed-in user and, without either, each address has so many requests a minute: of `reads`, `writes`
and `heavy` calls (imports, releases), apart. `RateLimit-Policy` and `RateLimit` of every answer tell them
(draft-ietf-httpapi-ratelimit-headers); beyond them it is 429 with `Retry-After`. Where no limit is set, or the counter
cannot be reached, these fields are missing.

## Sent once, and small

Every document has an `ETag`; with `If-None-Match` it is 304 while nothing changed. `Accept-Encoding` is obeyed for
`zstd` and `gzip` where a token asks.
"""


class BearerScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """A token."""

    target_class = "crowd.api.authentication.BearerAuthentication"
    name = "token"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        """Return the scheme."""
        told = "One confined to a project may do what has one of its scopes in `x-token-scopes`, under `projects/`."
        return {"type": "http", "scheme": "bearer", "description": told}


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
    request_id = serializers.CharField(required=False, help_text="With 5xx: what to name when asking about it.")


class Schema(AutoSchema):
    """Every operation tells its errors, every POST its idempotency key, and no two have one name."""

    def get_operation(self, *args: Any, **kwargs: Any) -> dict[str, Any] | None:
        """Return the operation's part of the document."""
        operation: dict[str, Any] | None = super().get_operation(*args, **kwargs)
        view = self.view
        if operation is None or not isinstance(view, ApiView):
            return operation
        if view.in_project:
            operation["operationId"] += "_in_project"
        if self.method == "POST":
            operation.setdefault("parameters", []).append(IDEMPOTENCY_KEY)
        for one in operation.get("parameters", []):
            one["schema"] = PARAMETERS.get(one["name"], one["schema"])
            if one["in"] == "path" and one["schema"] == {"type": "integer"}:
                one["schema"] = {"type": "integer", "minimum": 0}
        if scopes := view.scopes(self.method):
            operation["x-token-scopes"] = sorted(scopes)
        self._answers(operation["responses"])
        if view.deprecated is not None:
            view.deprecated.describe(operation)
        return operation

    def _answers(self, responses: dict[str, Any]) -> None:
        """Add what any call may answer."""
        limited = {name: {"$ref": f"#/components/headers/{name}"} for name in ("RateLimit-Policy", "RateLimit")}
        for answer in responses.values():
            answer.setdefault("headers", {}).update(limited)
        told = self.resolve_serializer(ErrorSerializer, "response")
        content = {"application/json": {"schema": told.ref}}
        wait = {"Retry-After": {"$ref": "#/components/headers/Retry-After"}}
        if self.method in SAFE_METHODS:
            responses["304"] = {"description": "What `If-None-Match` names is still so."}
        responses["429"] = {"description": "Too often.", "content": content, "headers": {**limited, **wait}}
        responses["4XX"] = {"description": ErrorSerializer.__doc__, "content": content, "headers": limited}
        responses["503"] = {"description": "A part of the server is away.", "content": content, "headers": wait}


def finish(result: dict[str, Any], **_: Any) -> dict[str, Any]:
    """Add what concerns the whole document: the policies, the headers, the links from answers to further calls."""
    result["info"]["description"] += LIMITS + POLICY
    result["components"]["headers"] = {
        name: {"description": told, "schema": {"type": "integer" if name == "Retry-After" else "string"}}
        for name, told in HEADERS.items()
    }
    for name, shape in result["components"]["schemas"].items():
        for field in shape.get("properties", {}).values():
            if field.get("format") == "decimal":
                _amount(field, sent=name.endswith("Request"))
    link(result["paths"])
    return result


def _amount(field: dict[str, Any], *, sent: bool) -> None:
    """Say of an amount of money what it is: none is below zero, and each has a digit before the point."""
    field["pattern"] = field["pattern"].replace(r"-?\d{0,", r"\d{1,").replace(r"\.\d{0,", r"\.\d{1,")
    if sent:
        field |= {"type": ["string", "number"], "minimum": 0}
