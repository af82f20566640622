"""Broken rules as HTTP: `{"code", "detail", "errors"}`."""

import logging
from typing import Any

from django.core.exceptions import PermissionDenied, RequestDataTooBig, SuspiciousOperation
from django.db import InterfaceError, OperationalError
from django.http import Http404
from rest_framework import exceptions
from rest_framework.response import Response
from rest_framework.views import set_rollback

from crowd import errors
from crowd.queries.sentences import all_said, said
from crowd.telemetry import context as telemetry

logger = logging.getLogger(__name__)
RETRY_AFTER = "2"  # seconds
ROOT = "$"  # the body itself, where a fault is no member's
NOT_FOUND = "There is no such thing here, or it is not yours to see."


def handle(error: Exception, context: dict[str, Any]) -> Response | None:  # noqa: ARG001 -- DRF's signature
    """Turn an exception into the contract's error body; None for what is not the caller's fault."""
    if isinstance(error, RequestDataTooBig):
        error = errors.TooLarge("The body is larger than this server accepts; send less at a time.")
    elif isinstance(error, SuspiciousOperation):
        error = errors.Invalid(str(error))
    elif isinstance(error, OperationalError | InterfaceError) and (told := _away(error)):
        logger.warning("%s %s", told, error)
        error = errors.Unavailable(told)
    if isinstance(error, errors.CrowdError):
        set_rollback()
        wait = getattr(error, "wait", RETRY_AFTER if isinstance(error, errors.Unavailable) else None)
        headers = {"Retry-After": str(wait)} if wait else None
        return Response(_problem(error), status=error.status, headers=headers)
    if isinstance(error, Http404):
        error = exceptions.NotFound(NOT_FOUND)
    elif isinstance(error, PermissionDenied):
        error = exceptions.PermissionDenied()
    if not isinstance(error, exceptions.APIException):
        return None
    set_rollback()
    headers = {}
    if wait := getattr(error, "wait", None):
        headers["Retry-After"] = str(int(wait))
    if scheme := getattr(error, "auth_header", None):
        headers["WWW-Authenticate"] = scheme
    return Response(_body(error), status=error.status_code, headers=headers)


def _problem(error: errors.CrowdError) -> dict[str, Any]:
    body = {"code": error.code, "detail": said(error.detail), "errors": all_said(error.errors)}
    if error.status < 500:
        return body
    return {**body, "request_id": telemetry.get("request_id")}  # ours to look into: what to name when asking about it


def _away(error: Exception) -> str:
    """Return what to say of a database error that passes; nothing of one that does not."""
    state = getattr(error.__cause__, "sqlstate", None) or ""
    if not state or state.startswith(("08", "57P")):
        return "The database cannot be reached just now; try again in a moment."
    if state.startswith(("40", "53300", "55P03", "57014")):  # deadlocks, too many connections, locks and time run out
        return "The database is too busy just now; try again in a moment."
    return ""


def _body(error: exceptions.APIException) -> dict[str, Any]:
    if isinstance(error, exceptions.ValidationError):
        faults = dict(_flatten(error.detail, ""))
        path, lines = next(iter(faults.items()))
        return {"code": "invalid", "detail": lines[0] if path == ROOT else f"{path}: {lines[0]}", "errors": faults}
    codes = error.get_codes()
    return {"code": codes if isinstance(codes, str) else "error", "detail": said(str(error.detail)), "errors": {}}


def _flatten(detail: Any, path: str) -> list[tuple[str, list[str]]]:
    """Return DRF's nested faults by JSON path, such as `members[0].role`."""
    if isinstance(detail, dict):
        pairs = [
            (path if key == "non_field_errors" else f"{path}.{key}".lstrip("."), below) for key, below in detail.items()
        ]
    elif isinstance(detail, list) and any(isinstance(item, dict) for item in detail):
        pairs = [(f"{path}[{index}]", below) for index, below in enumerate(detail) if below]
    elif isinstance(detail, list):
        return [(path or ROOT, [str(item) for item in detail])]
    else:
        return [(path or ROOT, [str(detail)])]
    return [row for key, below in pairs for row in _flatten(below, key)]
