"""Sending jobs: whatever the broker does, whoever sends is not kept waiting for long, nor twice."""

import socket
import time
from collections.abc import Iterator

import pytest
from celery import Celery
from django.conf import settings

from crowd import broker, jobs

SLOWEST = 2 * (2 + 1) + 14  # seconds: redis-py tries again once, and the machine may be busy


@pytest.fixture
def hanging() -> Iterator[str]:
    """The address of a broker that takes calls and never says a word."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield f"redis://127.0.0.1:{server.getsockname()[1]}/0"


@pytest.mark.django_db(transaction=True)
def test_a_broker_that_hangs_is_waited_for_once(hanging: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jobs, "_quiet_until", 0.0)
    app = Celery(broker=hanging, set_as_current=False)
    app.conf.broker_transport_options = broker.transport(hanging)
    monkeypatch.setattr(settings, "CROWD_PUBLISHING", broker.publishing(hanging))

    @app.task(name="nothing")
    def job(*_: int) -> None:
        """Do nothing."""

    began = time.monotonic()
    jobs.send(job, 1)
    first = time.monotonic() - began
    until = jobs._quiet_until
    for number in range(20):
        jobs.send(job, number)
    assert first < SLOWEST
    assert 0.0 < until == jobs._quiet_until  # nobody has tried again
    app.close()


def test_every_job_has_its_queue_and_every_route_its_job() -> None:
    known = {name for name in jobs.app.tasks if name.startswith("crowd.")}
    assert set(broker.ROUTES) <= known
    assert {route["queue"] for route in broker.ROUTES.values()} | {broker.QUICK} == set(broker.NAMES)
    assert jobs.app.amqp.router.route({}, "crowd.build_release")["queue"].name == broker.LONG
    assert jobs.app.amqp.router.route({}, "crowd.resolve")["queue"].name == broker.QUICK


@pytest.mark.parametrize(("url", "kind"), [("amqp://b//", {"x-queue-type": "quorum"}), ("redis://b/0", {})])
def test_each_broker_keeps_queues_as_it_can(url: str, kind: dict[str, str]) -> None:
    assert [queue.queue_arguments for queue in broker.queues(url)] == [kind] * 3
