"""An import goes on, a batch at a time, for a while; then its job is sent again, so that others have their turn."""

import logging
import time
from collections.abc import Callable
from datetime import datetime, timedelta

from django.db import InterfaceError, OperationalError, transaction
from django.db.models import Q
from django.utils import timezone

from crowd import jobs
from crowd.errors import CrowdError, Unavailable
from crowd.models import Import
from crowd.workflow import attempts
from crowd.workflow.importing import buckets, imports, manifests, sets
from crowd.workflow.importing.imports import Batch, State

TURN = 20.0  # seconds
LOST_AFTER = timedelta(seconds=60)  # a message that nobody took up for longer is lost
DEAD_AFTER = timedelta(minutes=5)  # without a batch for longer, a worker is dead whose message the broker lost too
PATIENCE = timedelta(hours=6)  # with a source that does not answer
LOST_BATCH = 100
BROKEN = "Something in this file cannot be read here. What came before it stays; tell the operator of this server."

logger = logging.getLogger(__name__)

READERS: dict[str, Callable[[Import], Batch]] = {
    Import.Source.S3: buckets.look,
    Import.Source.MANIFEST: manifests.look,
    Import.Source.COCO: sets.look,
    Import.Source.YOLO: sets.look,
    Import.Source.VOC: sets.look,
}


def run(*, import_id: int) -> None:
    """Go on with an import where it stands; running it twice, or twice at once, imports nothing twice."""
    found = imports.take_up(import_id=import_id, now=timezone.now())
    if found is not None:
        with attempts.counted(jobs.run_import.name, import_id, now=timezone.now()) as goes:
            if goes:
                _go_on(found)
            else:
                imports.fail(import_id=import_id, error=attempts.KILLED, now=timezone.now())


def _go_on(found: Import) -> None:
    import_id, until = found.pk, time.monotonic() + TURN
    try:
        while imports.write(made=found, batch=READERS[found.source](found), now=timezone.now()):
            if time.monotonic() > until:
                send(import_id)
                return
    except (OSError, Unavailable) as error:  # the sweep sends it again until patience ends
        imports.note_trouble(import_id=import_id, error=str(error))
    except CrowdError as error:
        imports.fail(import_id=import_id, error=error.detail, now=timezone.now())
    except (OperationalError, InterfaceError):  # the database's trouble; the sweep sends it again
        raise
    except Exception:  # what a file can make fail here fails again each time: tried for ever it would keep others out
        logger.exception("Import %d cannot go on", import_id)
        imports.fail(import_id=import_id, error=BROKEN, now=timezone.now())


@transaction.atomic
def send(import_id: int) -> None:
    """Send the job of an import."""
    jobs.send(jobs.run_import, import_id)


@transaction.atomic
def send_lost(*, now: datetime) -> None:
    """Send the imports again that nothing has moved for a while; end those whose source has not answered for hours."""
    lost = Import.objects.filter(
        (Q(state=State.RUNNING) & Q(error="") & Q(moved_at__lt=now - DEAD_AFTER))
        | (~(Q(state=State.RUNNING) & Q(error="")) & Q(moved_at__lt=now - LOST_AFTER)),
        state__in=Import.UNDER_WAY,
    )
    for each in lost.order_by("moved_at").select_for_update(no_key=True, skip_locked=True)[:LOST_BATCH]:
        if each.error and each.moved_at < now - PATIENCE:
            imports.fail(import_id=each.pk, error=each.error, now=now)
            continue
        if not each.error:  # else it tells when there was progress last
            Import.objects.filter(pk=each.pk).update(moved_at=now)
        send(each.pk)
