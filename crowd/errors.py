"""Rules broken, in words a user can act on.

Every layer raises these and nothing else for what a caller did wrong; the API and the pages answer with the kind's
HTTP `status`. `code` is a stable machine word, `detail` one sentence, `errors` maps JSON paths to faults.
"""

from collections.abc import Mapping, Sequence


class CrowdError(Exception):
    """A rule was broken; `detail` tells a person what to do about it."""

    status = 400
    code = "error"

    def __init__(
        self, detail: str, *, code: str | None = None, errors: Mapping[str, Sequence[str]] | None = None
    ) -> None:
        super().__init__(detail)
        self.detail = detail
        self.code = code or type(self).code
        self.errors: dict[str, list[str]] = {path: list(faults) for path, faults in (errors or {}).items()}


class Invalid(CrowdError):
    """What was sent cannot be understood or does not fit; sending it again unchanged cannot help."""

    status = 400
    code = "invalid"


class Refused(CrowdError):
    """Understood, and not allowed to this person."""

    status = 403
    code = "refused"


class Missing(CrowdError):
    """There is no such thing, or none that the caller may see."""

    status = 404
    code = "not_found"


class Contradiction(CrowdError):
    """Allowed in itself, but not in the present state of things."""

    status = 409
    code = "contradiction"


class Gone(CrowdError):
    """It was there and will not come back; asking again cannot help."""

    status = 410
    code = "gone"


class Outdated(CrowdError):
    """Made for something that was changed meanwhile; nothing was done."""

    status = 412
    code = "outdated"


class TooLarge(CrowdError):
    """More bytes, pixels or items than the stated limit."""

    status = 413
    code = "too_large"


class Unsupported(CrowdError):
    """A kind of file or content that is not accepted here."""

    status = 415
    code = "unsupported"


class Unprocessable(CrowdError):
    """Well formed, but contradicts an earlier request of the same name."""

    status = 422
    code = "unprocessable"


class TooMany(CrowdError):
    """Too often; try again later."""

    status = 429
    code = "too_many"


class Unavailable(CrowdError):
    """Nobody's fault: a part of the server is away; the same again in a moment may do."""

    status = 503
    code = "unavailable"
