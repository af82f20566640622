"""A crowd at work while parts die, hang, forget or come late: nothing acknowledged is lost, every task has its end."""

import contextlib
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path

import kombu
import psycopg
import pytest
import redis
from celery import Celery

from crowd import broker
from crowd.embedded.folder import any_free_port
from tests.faults.beside import Beside, beside
from tests.faults.clients import Seen, at_work
from tests.faults.running import Up, eventually, up
from tests.faults.scene import Scene

pytestmark = pytest.mark.slow

WORKERS = 32


@pytest.fixture(scope="module")
def site(tmp_path_factory) -> Iterator[Up]:
    with up(tmp_path_factory.mktemp("crowd") / "data") as found:
        yield found


@pytest.fixture(scope="module")
def helper(site: Up) -> Iterator[Beside]:
    with beside(site) as found:
        yield found


@pytest.fixture(scope="module")
def tokens(helper: Beside) -> dict[str, str]:
    return helper.ask("people", WORKERS)


@pytest.fixture
def make_scene(site: Up, helper: Beside, tokens: dict[str, str]) -> Callable[..., Scene]:
    return partial(Scene, site, helper, tokens)


def child_of(pid: int) -> int:
    """Return one of the process's children, the newest."""
    children = Path("/proc", str(pid), "task", str(pid), "children").read_text().split()
    return int(children[-1])


def broker_of(site: Up) -> redis.Redis:
    return redis.Redis.from_url(site.addresses()["CROWD_BROKER_URL"])


def kill(part: str) -> Callable[[Up], None]:
    def strike(site: Up) -> None:
        os.kill(site.pid(part), signal.SIGKILL)

    return strike


def kill_child(part: str) -> Callable[[Up], None]:
    def strike(site: Up) -> None:
        os.kill(child_of(site.pid(part)), signal.SIGKILL)

    return strike


def kill_a_backend(site: Up) -> None:
    """A client's server process dies: PostgreSQL ends all the others too, and recovers."""
    others = "SELECT pid FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()"
    with psycopg.connect(site.addresses()["DATABASE_URL"]) as connection:
        pid = connection.execute(others).fetchone()[0]
    os.kill(pid, signal.SIGKILL)


def restart_database(site: Up) -> None:
    os.kill(site.pid("database"), signal.SIGINT)


def flush_broker(site: Up) -> None:
    with broker_of(site) as valkey:
        for _ in range(10):
            valkey.flushall()
            time.sleep(0.2)


def keep_broker_down(site: Up) -> None:
    until = time.monotonic() + 4
    while time.monotonic() < until:
        with contextlib.suppress(ProcessLookupError):
            os.kill(site.pid("broker"), signal.SIGKILL)
        time.sleep(0.05)


def wait_for(seen: Seen, count: int) -> None:
    assert eventually(lambda: len(seen.acknowledged) >= count, seconds=120), (seen.answers, seen.refused)


BEHIND = {  # what no request may notice
    "the worker is killed": kill("worker"),
    "one of the worker's processes is killed": kill_child("worker"),
    "beat is killed": kill("beat"),
    "the broker is killed": kill("broker"),
    "the broker forgets everything": flush_broker,
    "the broker stays down": keep_broker_down,
}
BEFORE = {  # what requests may notice, and then try again
    "web is killed": kill("web"),
    "one of web's processes is killed": kill_child("web"),
    "the database is killed": kill("database"),
    "one of the database's processes is killed": kill_a_backend,
    "the database is restarted": restart_database,
}


@pytest.mark.parametrize("fault", BEHIND)
def test_a_fault_behind_the_web_server_is_noticed_by_no_client(site, make_scene, fault):
    scene = make_scene()
    with at_work(site.url, scene.slug, scene.tokens) as seen:
        wait_for(seen, 20)
        BEHIND[fault](site)
        scene.finish(seen)
    assert (seen.failures(), dict(seen.disconnected)) == (0, {})
    scene.check(seen)


def test_a_broker_that_hangs_keeps_nobody_waiting(site, make_scene):
    scene = make_scene()
    with at_work(site.url, scene.slug, scene.tokens) as seen:
        wait_for(seen, 20)
        os.kill(site.pid("broker"), signal.SIGSTOP)
        try:
            wait_for(seen, 60)
        finally:
            os.kill(site.pid("broker"), signal.SIGCONT)
        scene.finish(seen)
    assert (seen.failures(), dict(seen.disconnected)) == (0, {})
    scene.check(seen)


@pytest.mark.parametrize("fault", BEFORE)
def test_what_was_acknowledged_outlives_a_fault_of_web_or_database(site, make_scene, fault):
    scene = make_scene()
    with at_work(site.url, scene.slug, scene.tokens) as seen:
        wait_for(seen, 20)
        BEFORE[fault](site)
        scene.finish(seen)
    assert not {"claim 500", "submit 500"} & set(seen.answers)  # it says that it cannot now: 503
    scene.check(seen)


@contextmanager
def again_and_again(act: Callable[[], None], *, threads: int = 2, pause: float = 0.2) -> Iterator[None]:
    """Have this done over and over in this block, by several at once."""
    done = threading.Event()

    def work() -> None:
        while not done.wait(pause):
            act()

    running = [threading.Thread(target=work) for _ in range(threads)]
    for thread in running:
        thread.start()
    try:
        yield
    finally:
        done.set()
        for thread in running:
            thread.join()


def sender(site: Up) -> Callable[..., None]:
    """Return what sends a job to the broker of this `up`."""
    app = Celery(broker=site.addresses()["CROWD_BROKER_URL"])
    app.conf.broker_transport_options = {"visibility_timeout": 300}
    quick = broker.queues(site.addresses()["CROWD_BROKER_URL"])[0]

    def send(name: str, *ids: int) -> None:
        with kombu.Connection(site.addresses()["CROWD_BROKER_URL"]) as connection:
            app.send_task(name, args=ids, connection=connection, queue=quick)

    return send


def test_leases_that_run_out_under_the_clients_while_two_sweep_leave_no_task_over_or_under_assigned(site, make_scene):
    scene, send = make_scene(lease_seconds=1), sender(site)
    with (
        again_and_again(lambda: send("crowd.expire")),
        at_work(site.url, scene.slug, scene.tokens, idle=2.0) as seen,
    ):
        scene.finish(seen)
    expired = scene.rows(
        "SELECT count(*) FROM crowd_event WHERE project_id = %(project)s AND type = 'assignment.expired'"
    )
    assert expired[0][0] > 0
    assert seen.failures() == 0
    scene.check(seen)


def test_a_message_that_comes_five_times_at_once_has_the_effect_of_one(site, make_scene):
    scene, send = (
        make_scene(),
        sender(site),
    )
    ids = [row[0] for row in scene.rows("SELECT id FROM crowd_task WHERE project_id = %(project)s ORDER BY id")]
    with at_work(site.url, scene.slug, scene.tokens) as seen:
        wait_for(seen, 10)
        for task in ids:
            for _ in range(5):
                send("crowd.resolve", task)
        scene.finish(seen)
    assert seen.failures() == 0
    scene.check(seen)
    twins = scene.rows(
        "SELECT c.task_id FROM crowd_consensus c JOIN crowd_task t ON t.id = c.task_id WHERE project_id = %(project)s"
        " GROUP BY c.task_id, c.annotation, c.confidence, c.resolves,"
        " (SELECT array_agg(assignment_id ORDER BY assignment_id) FROM crowd_lineage l WHERE l.consensus_id = c.id)"
        " HAVING count(*) > 1"
    )
    assert twins == []
    events = scene.rows(
        "SELECT data ->> 'task' FROM crowd_event WHERE project_id = %(project)s AND type = 'task.resolved'"
        " GROUP BY data ->> 'task', data ->> 'confidence', data ->> 'answers' HAVING count(*) > 1"
    )
    assert events == []


def test_messages_that_never_come_are_found_by_the_sweep(site, make_scene):
    scene = make_scene()
    with (
        broker_of(site) as valkey,
        at_work(site.url, scene.slug, scene.tokens) as seen,
    ):
        os.kill(site.pid("worker"), signal.SIGSTOP)
        try:
            wait_for(seen, 40)
            assert eventually(lambda: valkey.llen(broker.QUICK) > 0)  # each names many tasks
            valkey.delete(broker.QUICK)
        finally:
            os.kill(site.pid("worker"), signal.SIGCONT)
        assert scene.unfinished() > 0
        scene.finish(seen)
    assert seen.failures() == 0
    scene.check(seen)


def test_all_of_it_killed_and_started_again_on_the_same_folder_goes_on_where_it_was(tmp_path):
    port = any_free_port()
    folder = tmp_path / "data"
    with ExitStack() as stack:
        with up(folder, "--port", str(port)) as first:
            with beside(first) as early:
                scene = Scene(first, early, early.ask("people", 8), images=20)
            seen = stack.enter_context(at_work(first.url, scene.slug, scene.tokens))
            wait_for(seen, 10)
            first.popen.kill()
        with up(folder, "--port", str(port)) as second, beside(second) as late:
            before = len(seen.acknowledged)
            scene = scene.on(second, late)
            scene.finish(seen)
            stack.close()
            scene.check(seen)
            assert len(seen.acknowledged) > before
