"""What waits in the broker: how many jobs, and since when the oldest."""

import json
import time
from dataclasses import dataclass
from typing import Any

from crowd.broker import NAMES
from crowd.celery import app
from crowd.telemetry.messages import HEADER

PATIENCE = 2  # seconds


@dataclass(frozen=True)
class Queue:
    """One queue; the age of its oldest message in seconds, None where the broker cannot tell or nothing waits."""

    name: str
    waiting: int
    oldest: float | None


def queues() -> list[Queue]:
    """Ask the broker; raises whatever its client raises where it is away."""
    with app.connection_for_read() as broker:
        broker.ensure_connection(max_retries=1, interval_start=0, timeout=PATIENCE)
        return [_queue(broker, name) for name in NAMES]


def queue() -> Queue:
    """Return all queues as one; its oldest job is the oldest of any."""
    found = queues()
    ages = [each.oldest for each in found if each.oldest is not None]
    return Queue("all", sum(each.waiting for each in found), max(ages, default=None))


def _queue(broker: Any, name: str) -> Queue:
    channel = broker.channel()  # one for each: RabbitMQ ends the channel of whoever asks for what is not there
    try:
        waiting = int(channel.queue_declare(name, passive=True).message_count)
        return Queue(name, waiting, _oldest(channel, name) if waiting else None)
    except broker.channel_errors:  # nothing was ever sent
        return Queue(name, 0, None)
    finally:
        channel.close()


def _oldest(channel: Any, name: str) -> float | None:
    """Return the age of the message that is next, where the broker is Redis or Valkey: its queue is a list."""
    client: Any = getattr(channel, "client", None)
    found = client.lindex(name, -1) if hasattr(client, "lindex") else None
    try:
        sent = json.loads(found or "{}")["headers"][HEADER]["sent_at"]
        return max(0.0, time.time() - float(sent))
    except (KeyError, TypeError, ValueError):  # from another version, or not ours
        return None
