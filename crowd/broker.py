"""How jobs travel: three queues, and what each kind of broker has to be told. No Django: the settings read it.

The queues part jobs by what they wait for, so that workers can be given to each: `quick` ones take moments and people
wait for them, `long` ones take minutes of a core, and those `outside` wait for other people's servers.
"""

from collections.abc import Mapping
from typing import Any, Final

from kombu import Exchange, Queue

QUICK: Final = "crowd.quick"
LONG: Final = "crowd.long"
OUTSIDE: Final = "crowd.outside"
NAMES: Final = (QUICK, LONG, OUTSIDE)
_HOMES: Final = {
    LONG: (
        *("refit", "fit_shard", "conclude_fit", "recheck", "suspect", "watch_gold", "draw_samples"),
        *("build_release", "run_bulk", "derive", "measure_images", "count_looks"),
    ),
    OUTSIDE: ("deliver", "run_model", "run_import"),
}
ROUTES: Final = {f"crowd.{job}": {"queue": queue} for queue, jobs in _HOMES.items() for job in jobs}

HEARTBEAT: Final = 20.0  # seconds; a RabbitMQ that hears nothing for twice as long gives a worker's jobs to others
PATIENCE: Final = 2.0  # seconds that whoever sends a job waits for the broker's word


def is_amqp(url: str) -> bool:
    """Return whether the address names a RabbitMQ."""
    return url.startswith(("amqp://", "amqps://", "pyamqp://"))


def is_redis(url: str) -> bool:
    """Return whether the address names a Redis or a Valkey."""
    return url.startswith(("redis", "valkey", "unix"))


def queues(url: str) -> list[Queue]:
    """Return the queues as this broker keeps them.

    RabbitMQ's are quorum queues: on disk, on three nodes where there are, and a job that ends its worker each time is
    given out twenty times at most.
    """
    arguments = {"x-queue-type": "quorum"} if is_amqp(url) else {}
    return [Queue(name, Exchange("crowd"), routing_key=name, queue_arguments=arguments) for name in NAMES]


def transport(url: str) -> dict[str, Any]:
    """Return the options of connections to this broker: none waits for ever, and silence is noticed."""
    if is_amqp(url):
        # a message counts as sent when the broker says so; py-amqp gives up on what is not received within a second
        return {"confirm_publish": True, "connect_timeout": PATIENCE, "read_timeout": 10, "write_timeout": PATIENCE}
    if is_redis(url):
        return {
            # without these three, kombu gives a killed worker's message back only after an hour, or never
            "visibility_timeout": 300,
            "unacked_restore_interval": 2,
            "unacked_restore_throttle": 1,
            # a broker that hangs must not hang whoever sends; the workers' own waiting polls every second
            "socket_timeout": PATIENCE,
            "socket_connect_timeout": 1,
            # a worker whose broker has gone without a word looks for it again after twice as long
            "health_check_interval": 10,
            "socket_keepalive": True,
        }
    return {}


def publishing(url: str) -> Mapping[str, Any]:
    """Return how a job is sent: to RabbitMQ twice if need be, as it ends connections that were quiet for a while."""
    if is_amqp(url):
        once_more = {"max_retries": 1, "interval_start": 0, "interval_step": 0, "interval_max": 0}
        return {"retry": True, "retry_policy": once_more, "confirm_timeout": PATIENCE}
    return {"retry": False}
