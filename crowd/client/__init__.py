"""A client of crowd's HTTP API: `Client` with blocking calls, `AsyncClient` with awaited ones. See guide.md.

It needs httpx and nothing of the server: neither Django nor a database.
"""

from crowd.client.aio import AsyncClient
from crowd.client.errors import (
    ApiError,
    ClientError,
    Conflict,
    Corrupt,
    Failed,
    Forbidden,
    Gone,
    Invalid,
    Moved,
    NeedsPackage,
    NotFound,
    NotSignedIn,
    ServerFault,
    TookTooLong,
    TooLarge,
    TooManyRequests,
    Unreachable,
)
from crowd.client.release import Labelled, Release
from crowd.client.sync import Client

__all__ = [
    "ApiError",
    "AsyncClient",
    "Client",
    "ClientError",
    "Conflict",
    "Corrupt",
    "Failed",
    "Forbidden",
    "Gone",
    "Invalid",
    "Labelled",
    "Moved",
    "NeedsPackage",
    "NotFound",
    "NotSignedIn",
    "Release",
    "ServerFault",
    "TooLarge",
    "TooManyRequests",
    "TookTooLong",
    "Unreachable",
]
