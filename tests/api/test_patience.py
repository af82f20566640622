"""What the database gives up is tried again; a database that is away is said to be so."""

import json
from typing import Any

import pytest
from django.db import InterfaceError, OperationalError
from psycopg.errors import AdminShutdown, DeadlockDetected
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.test import APIRequestFactory

from crowd.api.base import ApiView


def because(cause: Exception) -> OperationalError:
    """What Django raises for an error of psycopg."""
    error = OperationalError(str(cause))
    error.__cause__ = cause
    return error


def answer(*errors: Exception) -> Response:
    """The answer of an endpoint that meets the errors, one at each try."""
    left = list(errors)

    class Endpoint(ApiView):
        authentication_classes: Any = ()
        permission_classes: Any = ()

        def post(self, request: Request) -> Response:
            if left:
                raise left.pop(0)
            return Response({"done": True})

    made = Endpoint.as_view()(APIRequestFactory().post("/", {}))
    return made.render()


def test_a_deadlock_or_two_are_borne() -> None:
    assert answer(because(DeadlockDetected()), because(DeadlockDetected())).data == {"done": True}


@pytest.mark.parametrize("error", [because(AdminShutdown()), InterfaceError("gone")])
def test_a_database_that_is_away_is_503_with_when_to_come_back(error: Exception) -> None:
    told = answer(error)
    assert (told.status_code, told["Retry-After"]) == (503, "2")
    assert json.loads(told.content)["code"] == "unavailable"
