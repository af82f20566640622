"""Standings: who is paused, banned or active, and why."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction

from crowd import jobs, trust
from crowd.errors import Invalid, Missing
from crowd.models import Appeal, Project, Standing, Task, User, statements
from crowd.queries import evidence
from crowd.workflow import conflicts, events
from crowd.workflow.assignments import leasing, waiting
from crowd.workflow.workers import voiding

TOLD_EVERY = 10  # answers: told at once, how they did would say which image was gold
DOUBTED = ("warn", "pause")
_HELD = "SELECT id, findings FROM crowd_standing WHERE project_id = %(project)s AND worker_id = %(worker)s"
_TELL = """
    UPDATE crowd_standing
    SET told_at = %(now)s, told_warning = %(warning)s, told_seen = gold_seen, told_passed = gold_passed
    WHERE id = %(id)s RETURNING id
"""


def judge(*, standing: Standing, now: datetime) -> None:
    """Look at a locked standing's checks: pause who is provably below the project's bar, let go who no longer is."""
    found = trust.examine(evidence.on_gold(standing), held=evidence.held(standing), rules=trust.ON_GOLD)
    heed(standing=standing, found=found, rules=trust.ON_GOLD, now=now)


def heed(*, standing: Standing, found: Sequence[trust.Finding], rules: Collection[str], now: datetime) -> None:
    """Act on what `rules` found about a locked standing: check more often, warn, pause, or take it back.

    A pause ends by itself only where the rule behind it finds nothing any more, as after gold was corrected. Nobody is
    banned but by an owner.
    """
    before = standing.findings
    standing.findings = {
        **{name: one for name, one in before.items() if name not in rules},
        **{one.rule: _kept(one, before, now) for one in found},
    }
    standing.doubt = _doubt(standing)
    standing.save(update_fields=["findings", "doubt"])
    worst = trust.worst(found)
    if standing.status == Standing.Status.PAUSED and standing.rule in rules and standing.rule not in standing.findings:
        _let_go(standing, now)
    elif standing.status == Standing.Status.ACTIVE and worst is not None and worst.severity == "pause":
        _pause(standing, worst, now)
    elif standing.status == Standing.Status.ACTIVE:
        fresh = [
            one for one in found if one.severity in DOUBTED and before.get(one.rule, {}).get("severity") not in DOUBTED
        ]
        events.record_all(
            project=standing.project,
            kind="worker.warned",
            now=now,
            by=None,
            rows=[
                {"worker": standing.worker.username, "rule": one.rule, "reason": one.reason, **one.figures}
                for one in fresh
            ],
        )


def warning_of(standing: Standing) -> str:
    """Return what the worker is warned of: the first thing held against them, in words; empty where there is none."""
    return _warning(standing.findings)


def _warning(findings: Mapping[str, Any]) -> str:
    held = [one for one in findings.values() if one["severity"] in DOUBTED]
    return str(min(held, key=lambda one: one["at"])["reason"])[:500] if held else ""


def take_in(*, standing: Standing, counts: bool, now: datetime) -> None:
    """Count one more answer of a locked standing; with every tenth the worker is told how they stand."""
    standing.handed_in += 1
    standing.labels += int(counts)
    changed = ["handed_in", "labels"]
    if is_told_at(standing.handed_in):
        changed += _tell(standing, now)
    standing.save(update_fields=changed)


def is_told_at(handed_in: int) -> bool:
    """Return whether a worker who has handed in so many answers is told how they stand."""
    return handed_in > 0 and handed_in % TOLD_EVERY == 0


def tell(*, project: int, worker: int, now: datetime) -> None:
    """Let a worker, whose standing is locked, know all that is known by now."""
    found = statements.row(_HELD, {"project": project, "worker": worker})
    assert found is not None  # it is locked
    statements.row(_TELL, {"id": found[0], "now": now, "warning": _warning(found[1])})


def _tell(standing: Standing, now: datetime) -> list[str]:
    """Let the worker know all that is known by now, and return the fields that changed."""
    standing.told_at, standing.told_warning = now, warning_of(standing)
    standing.told_seen, standing.told_passed = standing.gold_seen, standing.gold_passed
    return ["told_at", "told_seen", "told_passed", "told_warning"]


def _kept(one: trust.Finding, before: dict[str, dict[str, object]], now: datetime) -> dict[str, object]:
    since = before.get(one.rule, {}).get("at", now.isoformat())
    return {"severity": one.severity, "reason": one.reason, "figures": dict(one.figures), "at": since}


def _doubt(standing: Standing) -> float:
    held = [trust.Finding(name, one["severity"], one["reason"]) for name, one in standing.findings.items()]
    return trust.doubt(held)


def _pause(standing: Standing, finding: trust.Finding, now: datetime) -> None:
    standing.status, standing.reason, standing.rule = Standing.Status.PAUSED, finding.reason[:500], finding.rule
    standing.pauses += 1
    # the counts move with the tenth answer as ever: told now, they would name the answer before as one to gold
    standing.save(update_fields=["status", "reason", "rule", "pauses"])
    leasing.give_back(project=standing.project, worker=standing.worker, now=now)
    waiting.look_again(project=standing.project, now=now)
    events.record(
        project=standing.project,
        kind="worker.paused",
        now=now,
        data={
            "worker": standing.worker.username,
            "reason": standing.reason,
            "rule": finding.rule,
            **finding.figures,
        },
    )


def _let_go(standing: Standing, now: datetime) -> None:
    standing.status, standing.reason, standing.rule = Standing.Status.ACTIVE, "", ""
    standing.save(update_fields=["status", "reason", "rule"])
    reason = "What it rested on was corrected."
    close_appeal(standing=standing, outcome=Appeal.Outcome.UPHELD, reason=reason, by=None, now=now)
    events.record(
        project=standing.project,
        kind="worker.resumed",
        now=now,
        data={"worker": standing.worker.username, "reason": reason},
    )


@transaction.atomic
def set_status(
    *,
    project: Project,
    username: str,
    status: str,
    by: User,
    now: datetime,
    reason: str = "",
    void_labels: bool = False,
    answer: str = "",
) -> Standing:
    """Let an owner pause, ban or let a worker go on; `void_labels` takes back all that they answered.

    Who may go on starts afresh: nothing from before counts against them again. An appeal that is open is decided by
    it, unless they stay paused; `answer` is what the worker reads there.
    """
    if status not in Standing.Status.values:
        raise Invalid(f"status: choose one of {', '.join(Standing.Status.values)}.", errors={"status": ["Unknown."]})
    if status != Standing.Status.ACTIVE and not reason.strip():
        raise Invalid("reason: the worker will read it; say why.", errors={"reason": ["Say why."]})
    row = _locked(project, username)
    was, row.status, row.reason, row.rule = row.status, status, reason.strip()[:500], ""
    if status == Standing.Status.ACTIVE:
        _clear(row, now)
    elif status != was:
        row.pauses += 1
        _tell(row, now)
    row.save()
    if status != Standing.Status.ACTIVE:
        leasing.give_back(project=project, worker=row.worker, now=now)
        waiting.look_again(project=project, now=now)
    if void_labels:
        voiding.void_all(standing=row, by=by, now=now)
    kind = {"active": "worker.resumed", "paused": "worker.paused", "banned": "worker.banned"}[status]
    events.record(project=project, kind=kind, now=now, by=by, data={"worker": username, "reason": row.reason})
    if status == Standing.Status.ACTIVE:
        close_appeal(standing=row, outcome=Appeal.Outcome.UPHELD, reason=answer or row.reason, by=by, now=now)
    elif status == Standing.Status.BANNED and was != status:
        close_appeal(standing=row, outcome=Appeal.Outcome.REJECTED, reason=row.reason, by=by, now=now)
    return row


def _locked(project: Project, username: str) -> Standing:
    row = (
        Standing.objects.select_for_update(no_key=True, of=("self",))
        .select_related("worker", "project")
        .filter(project=project, worker__username=username)
        .first()
    )
    if row is None:
        raise Missing(f"{username} is not a worker of this project.")
    return row


def _clear(row: Standing, now: datetime) -> None:
    """Judge a worker by what comes from now on only."""
    row.cleared_at_seen, row.cleared_at_passed, row.cleared_at = row.gold_seen, row.gold_passed, now
    row.findings, row.doubt, row.told_warning = {}, 1.0, ""


def close_appeal(*, standing: Standing, outcome: Appeal.Outcome, reason: str, by: User | None, now: datetime) -> None:
    """Decide a locked standing's open appeal, if it has one."""
    for appeal in Appeal.objects.select_for_update(no_key=True).filter(standing=standing, decided_at__isnull=True):
        appeal.outcome, appeal.reason, appeal.decided_at, appeal.decided_by = outcome, reason[:500], now, by
        appeal.save(update_fields=["outcome", "reason", "decided_at", "decided_by"])
        events.record(
            project=standing.project,
            kind="appeal.decided",
            now=now,
            by=by,
            data={"appeal": appeal.pk, "worker": standing.worker.username, "outcome": outcome, "reason": appeal.reason},
        )


def reopen_computed(*, task: Task, now: datetime, by: User | None) -> None:
    """Put a locked task back into the queue, unless a person settled it or it is excluded."""
    if task.state == Task.State.EXCLUDED or (task.consensus is not None and task.consensus.by_id is not None):
        return
    was = task.state
    Task.objects.filter(pk=task.pk).update(state=Task.State.OPEN, consensus=None, resolved_at=None, stale_at=now)
    conflicts.close(task=task, now=now, by=by)
    jobs.send(jobs.resolve, task.pk)
    if was != Task.State.OPEN:
        events.record(project=task.project, kind="task.reopened", now=now, by=by, data={"task": task.pk})
