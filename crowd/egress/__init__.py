"""The one way out: every HTTP call that crowd makes to an address somebody else chose goes through here.

`fetch` and `opened` resolve the name themselves, connect only to addresses on the public internet or on the operator's
list, and hold every call to a limit of time, bytes and redirects. What goes wrong is a `CrowdError`: `Blocked` where
the address is not open to us, `Unreachable` where nobody answers in time, `TooLarge` where the answer does not end.
"""

from django.conf import settings

from crowd.egress.addresses import Allowed, Blocked
from crowd.egress.client import Answer, Limits, Opened, Unreachable, check, fetch, opened

__all__ = ["Allowed", "Answer", "Blocked", "Limits", "Opened", "Unreachable", "allowed", "check", "fetch", "opened"]


def allowed() -> Allowed:
    """Return what the operator opens beyond the public internet, by `CROWD_EGRESS_ALLOW`."""
    entries: list[str] = settings.CROWD_EGRESS_ALLOW
    return Allowed.parse(entries)
