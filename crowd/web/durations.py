"""Spans of time in words."""

from django.utils.translation import gettext as _

HOUR = 60


def spoken(seconds: float) -> str:
    """Return a span of time as people say it, to the minute."""
    minutes = round(seconds / 60)
    if minutes < 1:
        return _("less than a minute")
    if minutes < HOUR:
        return _("%(minutes)s min") % {"minutes": minutes}
    return _("%(hours)s h %(minutes)s min") % {"hours": minutes // HOUR, "minutes": minutes % HOUR}
