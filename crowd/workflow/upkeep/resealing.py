"""Secrets that lie in clear, or under an earlier key, are sealed under the present one.

Not by a migration: the release before reads them in clear, so this waits until no process of it is left.
"""

import logging
from datetime import datetime, timedelta
from typing import Any, Final

from allauth.mfa.models import Authenticator
from django.apps import apps
from django.conf import settings
from django.db import DataError, transaction
from django.db.models import Model, Q, QuerySet, TextField
from django.db.models.functions import Cast

from crowd import __version__, sealing
from crowd.models import Process
from crowd.models.sealed import SealedField

BATCH: Final = 500
QUIET: Final = timedelta(minutes=2)  # a process that has said nothing for longer is gone
logger = logging.getLogger(__name__)


def go_on(*, now: datetime) -> int:
    """Seal some of what is not yet, once every process is of this release; return how many rows were."""
    if Process.objects.filter(seen_at__gt=now - QUIET).exclude(version=__version__).exists():
        return 0
    columns = sum(_column(model, field) for model, field in _sealed())
    return columns + sum(_authenticator(pk) for pk in _factors().values_list("pk", flat=True)[:BATCH])


def left() -> int:
    """Return how many rows still have a secret in clear, or under an earlier key that we have."""
    return sum(_rows(model, field).count() for model, field in _sealed()) + _factors().count()


def _sealed() -> list[tuple[type[Model], SealedField]]:
    models = apps.get_app_config("crowd").get_models()
    return [(one, field) for one in models for field in one._meta.local_fields if isinstance(field, SealedField)]


def _due(lookup: str) -> Q:
    """Return the condition that a text has no seal, or one under an earlier key.

    What no key opens is left: trying it again would only fill the log.
    """
    due = ~Q(**{f"raw__{lookup}": sealing.MARK})
    for secret in settings.SECRET_KEY_FALLBACKS:
        if sealing.prefix(secret) != sealing.prefix():
            due |= Q(**{f"raw__{lookup}": sealing.prefix(secret)})
    return due


def _rows(model: type[Model], field: SealedField) -> QuerySet[Any]:
    rows = model._default_manager.annotate(raw=Cast(field.name, TextField())).exclude(raw="")
    return rows.filter(_due("startswith")).order_by("pk")


def _column(model: type[Model], field: SealedField) -> int:
    done = 0
    for pk, raw in _rows(model, field).values_list("pk", "raw")[:BATCH]:
        try:
            clear = sealing.unseal(raw, purpose=field.purpose)
        except sealing.Unreadable:
            continue
        try:
            with transaction.atomic():
                done += _rows(model, field).order_by().filter(pk=pk, raw=raw).update(**{field.name: clear})
        except DataError:  # so long that no room is left for its seal
            logger.warning("The %s of row %s is too long to be sealed: enter a shorter one.", field.purpose, pk)
    return done


def _factors() -> QuerySet[Any]:
    rows: QuerySet[Any] = Authenticator.objects.annotate(raw=Cast("data", TextField())).order_by("pk")
    return rows.filter(_due("contains"), type__in=[Authenticator.Type.TOTP, Authenticator.Type.RECOVERY_CODES])


@transaction.atomic
def _authenticator(pk: int) -> int:
    row = Authenticator.objects.select_for_update().filter(pk=pk).first()
    if row is None:
        return 0
    try:
        row.data = {name: _again(name, value) for name, value in row.data.items()}
    except sealing.Unreadable:
        return 0
    row.save(update_fields=["data"])
    return 1


def _again(name: str, value: Any) -> Any:
    """Return a part of what is kept of a second factor, its secrets sealed anew."""
    if name == "migrated_codes":
        return [_again("seed", each) for each in value]
    if name not in {"secret", "seed"}:
        return value
    purpose = sealing.SECOND_FACTOR
    return sealing.seal(sealing.unseal(value, purpose=purpose), purpose=purpose)
