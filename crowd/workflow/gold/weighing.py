"""Gold that trusted workers disagree with: suspected, and until an owner decides it costs nobody their standing."""

import logging
from collections.abc import Collection
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Count, F, Max, Q

from crowd import agreement
from crowd.labels.annotation import Annotation, annotation_to_json
from crowd.models import Gold, GoldCheck, Standing, User
from crowd.queries import versions
from crowd.sampling import suspicion
from crowd.sampling.suspicion import Finding, Witness
from crowd.workflow import events
from crowd.workflow.gold import locked, scoring

WITNESSES = 40  # the newest; comparing all of them with one another is quadratic
logger = logging.getLogger(__name__)


def weigh(*, now: datetime, project_id: int | None = None) -> None:
    """Weigh the gold that was failed since it was last weighed; running it twice changes nothing."""
    counted = Q(checks__passed=False) & (Q(confirmed_at__isnull=True) | Q(checks__at__gt=F("confirmed_at")))
    rows = Gold.objects.filter(withdrawn_at__isnull=True, suspected_at__isnull=True)
    if project_id is not None:
        rows = rows.filter(project=project_id)
    failed = rows.annotate(failed=Count("checks", filter=counted), newest=Max("checks__at"))
    due = failed.filter(Q(watched_at__isnull=True) | Q(newest__gt=F("watched_at")), failed__gte=suspicion.FEWEST)
    for gold in due.select_related("project", "task__image", "guideline").order_by("pk"):
        try:
            _weigh(gold, now)
        except Exception:  # one that it fails on must keep no other from being weighed
            logger.exception("Gold %d could not be weighed", gold.pk)


def _weigh(gold: Gold, now: datetime) -> None:
    finding = _against(gold)
    Gold.objects.filter(pk=gold.pk).update(watched_at=now)
    if finding is not None:
        _suspect(gold, finding, now)


@transaction.atomic
def confirm(*, gold: Gold, by: User, now: datetime) -> Gold:
    """Say that suspected gold is right all the same: it counts again, and only new answers can raise suspicion anew."""
    task, gold = locked(gold)
    gold.suspected_at = gold.suspicion = None
    gold.confirmed_at = now
    gold.save(update_fields=["suspected_at", "suspicion", "confirmed_at"])
    scoring.recount(project=task.project, workers=_met_by(gold), now=now)
    events.record(project=task.project, kind="gold.confirmed", now=now, by=by, data={"gold": gold.pk, "task": task.pk})
    return gold


@transaction.atomic
def _suspect(gold: Gold, finding: dict[str, Any], now: datetime) -> None:
    """Mark gold as suspected, unless it was marked, corrected or withdrawn meanwhile."""
    scoring.lock_all(project=gold.project)
    fresh = (
        Gold.objects.select_for_update(no_key=True, of=("self",)).filter(pk=gold.pk, withdrawn_at__isnull=True).first()
    )
    if fresh is None or fresh.suspected_at is not None or fresh.annotation != gold.annotation:
        return
    fresh.suspected_at, fresh.suspicion = now, finding
    fresh.save(update_fields=["suspected_at", "suspicion"])
    scoring.recount(project=gold.project, workers=_met_by(fresh), now=now)
    told = {name: finding[name] for name in ("gave", "of", "probability")}
    data = {"gold": gold.pk, "task": gold.task_id, **told}
    events.record(project=gold.project, kind="gold.suspected", now=now, data=data)


def _met_by(gold: Gold) -> Collection[int]:
    return list(gold.checks.values_list("assignment__worker_id", flat=True))


def _against(gold: Gold) -> dict[str, Any] | None:
    """Return what the trusted who met the gold say against it, ready to be kept."""
    checks = GoldCheck.objects.filter(gold=gold).select_related("assignment__guideline").order_by("-at", "-pk")
    if gold.confirmed_at is not None:
        checks = checks.filter(at__gt=gold.confirmed_at)
    standings = {row.worker_id: row for row in Standing.objects.filter(project=gold.project_id)}
    heard = []
    for check in checks.iterator(chunk_size=500):
        witness = _witness(gold, check, standings[check.assignment.worker_id])
        if witness is not None:
            heard.append((witness, check))
        if len(heard) == WITNESSES:
            break
    answers = [None if witness.right else _read(gold, check) for witness, check in heard]
    finding = suspicion.suspect([witness for witness, _ in heard], _alike(gold, answers))
    return None if finding is None else _kept(finding, answers)


def _witness(gold: Gold, check: GoldCheck, standing: Standing) -> Witness | None:
    """Return a trusted worker's word; None of those whose record on the other gold proves nothing."""
    own = int(gold.use == Gold.Use.HIDDEN)
    seen, passed = standing.gold_seen - own, standing.gold_passed - own * check.passed
    if standing.status == Standing.Status.BANNED or not 0 <= passed <= seen:
        return None
    return Witness(seen, passed, check.passed) if suspicion.trusted(seen=seen, passed=passed) else None


def _read(gold: Gold, check: GoldCheck) -> Annotation | None:
    return versions.read(
        check.assignment.annotation or {},
        image=gold.task.image,
        made_under=check.assignment.guideline,
        target=versions.current(gold.project) or gold.guideline,
        history=versions.history(gold.project),
    )


def _alike(gold: Gold, answers: list[Annotation | None]) -> list[list[bool]]:
    """Return which answers are the same, by the measure that gold itself is scored with."""
    schema = versions.schema_of(versions.current(gold.project) or gold.guideline)
    size = (gold.task.image.width, gold.task.image.height)
    table = [[one == other for other in range(len(answers))] for one in range(len(answers))]
    for one, first in enumerate(answers):
        for other, second in enumerate(answers[:one]):
            if first is None or second is None:
                continue
            value = agreement.score(
                first, second, schema=schema, image_size=size, iou_threshold=gold.project.iou_threshold
            ).value
            table[one][other] = table[other][one] = value > scoring.PASS_ABOVE
    return table


def _kept(finding: Finding, answers: list[Annotation | None]) -> dict[str, Any]:
    answer = answers[finding.witness]
    return {
        "annotation": annotation_to_json(answer) if answer is not None else None,
        "gave": finding.gave,
        "of": finding.of,
        "probability": finding.probability,
    }
