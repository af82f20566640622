"""Every invariant of the design, verified on the live database: what holds, how often, and who breaks it.

The schema says most of them as constraints and triggers. These checks believe neither: they look at the rows.
"""

from collections.abc import Iterator

from crowd.models import Project
from crowd.queries.integrity import (
    answers,
    browsing,
    consensus,
    events,
    gold,
    keeping,
    pilots,
    releases,
    slots,
    standings,
    summaries,
    tenants,
    webhooks,
)
from crowd.queries.integrity.base import Check, Finding

CHECKS: tuple[Check, ...] = (
    *slots.CHECKS,
    *standings.CHECKS,
    *answers.CHECKS,
    *gold.CHECKS,
    *consensus.CHECKS,
    *pilots.CHECKS,
    *browsing.CHECKS,
    *releases.CHECKS,
    *events.CHECKS,
    *tenants.CHECKS,
    *webhooks.CHECKS,
    *summaries.CHECKS,
    *keeping.CHECKS,
)


def run(project: Project | None = None) -> Iterator[Finding]:
    """Yield what each check found, of one project or of all."""
    for check in CHECKS:
        checked, offenders = check.find(project)
        yield Finding(check, checked, tuple(offenders))
