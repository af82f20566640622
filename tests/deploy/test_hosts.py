"""What compose.yaml runs, run as it says on hosts of their own: a crowd works through it, hosts go, nothing is lost.

One test, as it all starts once. It takes three minutes of two cores, six of busy ones, so it runs by name only, as the
checks before a change lands do: `CROWD_TEST_HOSTS=1 python -m pytest tests/deploy/test_hosts.py -s -n0`, as root.
Recovery times are printed (`-s`). The network is cut for twelve seconds here, with the database's patience cut to six;
`CROWD_CUT_SECONDS=60` cuts it for a minute, with every time-out as it is shipped.
"""

import os
import re
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

from crowd.embedded.part import Part, Process
from tests.deploy.network import network
from tests.deploy.site import CROWD, DOMAIN, HOSTS, ONCE, Site, forbidden, missing
from tests.faults.beside import beside
from tests.faults.clients import Seen, at_work
from tests.faults.running import ROOT, environment, eventually
from tests.faults.scene import Scene
from tests.servers import temporary_folder

pytestmark = pytest.mark.slow

CUT = float(os.environ.get("CROWD_CUT_SECONDS", "12"))
# the patience that crowd/settings/ gives connections, on both sides, cut to fit the shorter fault
HASTY = "" if CUT >= 60 else "?tcp_user_timeout=6000&options=-c%20tcp_user_timeout%3D6000"
WORKERS = 8


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    """Everything, started as its `depends_on` says."""
    if not os.environ.get("CROWD_TEST_HOSTS"):
        pytest.skip("CROWD_TEST_HOSTS=1 has it run: it takes minutes")
    if refused := forbidden():
        pytest.skip(refused)
    if lacking := missing():
        if os.environ.get("CROWD_REQUIRE_SERVERS"):
            pytest.fail(lacking)
        pytest.skip(lacking)
    tmp_path.chmod(0o755)
    with temporary_folder() as database, network(HOSTS) as hosts:
        made = Site(tmp_path, hosts, database, HASTY)
        monkeypatch.setenv("SSL_CERT_FILE", str(made.certificate))
        try:
            with made.told_on_failure():
                start(made)
            yield made
        finally:
            made.stop()


def start(site: Site) -> None:
    database, (names, broker) = site.postgresql(), site.rabbitmq()
    for part in (database, names, broker, site.service("objects")):
        site.start(part)
    static = site.start(collecting(site))
    began = time.monotonic()
    site.await_all(
        {
            "database": database.answers,
            "broker": lambda: site.said("broker", "completed with"),
            "objects": lambda: site.said("objects", "Start Seaweed S3 API Server"),
        }
    )
    tell("servers", began)
    for process in [static, *(site.start(replace(site.service(name), once=True)) for name in ONCE)]:
        ended(site, process)
    for name in CROWD:
        site.start(site.service(name))
    site.start(site.service("proxy"))
    ready = {name: (lambda name=name: site.said(name, "ready.")) for name in CROWD if name.startswith("worker")}
    web = {name: (lambda name=name: site.answers(host=name)) for name in CROWD if name.startswith("web")}
    site.await_all({**web, **ready, "beat": lambda: site.said("beat", "Sending due task"), "proxy": site.answers})
    tell("all of it", began)


def collecting(site: Site) -> Part:
    """Return what makes what the image has: static files under the hashes of their content."""
    env = environment(CROWD_STATIC_ROOT=str(site.folder / "static"), CROWD_SECRET_KEY="k" * 40)
    env |= {"DATABASE_URL": "postgresql://none/none", "DJANGO_SETTINGS_MODULE": "crowd.settings"}
    words = [sys.executable, "-m", "django", "collectstatic", "--noinput"]
    return Part(name="static", command=words, folder=ROOT, log=site.folder / "static.log", environment=env, once=True)


def ended(site: Site, process: Process) -> None:
    """Wait for what runs once."""
    name = process.part.name
    assert process.await_end(seconds=600), f"{name} does not end"
    assert process.status == 0, (site.folder / f"{name}.log").read_text()


def tell(what: str, since: float) -> None:
    print(f"{what}: {time.monotonic() - since:.1f} s", file=sys.stderr)


def wait_for(seen: Seen, count: int) -> None:
    assert eventually(lambda: len(seen.acknowledged) >= count, seconds=120), (seen.answers, seen.refused)


def consensuses(scene: Scene) -> int:
    """Return how many jobs behind answers are done."""
    found = scene.rows(
        "SELECT count(*) FROM crowd_consensus c JOIN crowd_task t ON t.id = c.task_id WHERE project_id = %(project)s"
    )
    return int(found[0][0])


def recovered(what: str, condition: Callable[[], bool]) -> None:
    """Print how long from now, where a fault ends, it takes until the condition holds."""
    began = time.monotonic()
    assert eventually(condition, seconds=150), f"no recovery from {what}"
    tell(f"recovered from {what}", began)


def test_a_crowd_works_through_compose_while_hosts_go_and_nothing_is_lost(site: Site) -> None:
    with site.told_on_failure(), beside(site) as helper:
        tokens = helper.ask("people", WORKERS)
        make = partial(Scene, site, helper, tokens, images=24, lease_seconds=60)
        pages_have_their_files(site)
        scene = make()
        a_web_node_dies(site, scene)
        a_release_is_pulled(site, scene, tokens["owner"])
        a_worker_loses_the_database(site, make())
        the_broker_is_gone(site, make())


def pages_have_their_files(site: Site) -> None:
    """The page that signs people in, and each file that it names, come through the proxy, to be kept for good."""
    with urllib.request.urlopen(f"{site.url}/accounts/login/", timeout=60) as response:
        page = response.read().decode()
        assert response.headers["Strict-Transport-Security"]
    files = re.findall(r'(?:src|href)="(/static/[^"]+)"', page)
    assert files
    for file in files:
        assert re.search(r"\.[0-9a-f]{12}\.", file), file
        with urllib.request.urlopen(f"{site.url}{file}", timeout=60) as response:
            assert "immutable" in response.headers["Cache-Control"]
        other = re.sub(r"\.[0-9a-f]{12}\.", ".000000000000.", file)  # of another release
        with urllib.request.urlopen(f"{site.url}{other}", timeout=60) as response:
            assert "immutable" not in response.headers["Cache-Control"]
    for inner in ("/metrics", "/readyz"):
        with pytest.raises(urllib.error.HTTPError, match="404"):
            urllib.request.urlopen(f"{site.url}{inner}", timeout=60)


def a_web_node_dies(site: Site, scene: Scene) -> None:
    """Half of the web is killed under traffic, and comes again."""
    with at_work(site.url, scene.slug, scene.tokens) as seen:
        wait_for(seen, 10)
        before = len(seen.acknowledged)
        site.running["web-1"].kill()
        recovered("a web node's end", lambda: len(seen.acknowledged) > before)
        site.start(site.service("web-1"))
        scene.finish(seen)
    assert not {"claim 500", "submit 500"} & set(seen.answers)
    print(f"clients saw {dict(seen.answers)} {dict(seen.disconnected)}", file=sys.stderr)
    scene.check(seen)
    site.await_all({"web-1": lambda: site.answers(host="web-1")})


def a_release_is_pulled(site: Site, scene: Scene, token: str) -> None:
    """An owner cuts a release; the command line pulls it and its images, by TLS, under both names."""
    scene.call(f"{scene.here}releases/", {})
    env = {"CROWD_URL": f"https://{DOMAIN}:8443", "CROWD_TOKEN": token}
    assert eventually(lambda: scene.call(f"{scene.here}releases/1/", method="GET")["state"] == "ready", seconds=120)
    site.run("client", "crowd", "pull", f"{scene.slug}@1", "--format", "coco", "--images", **env)
    pulled = {path.suffix for path in (site.folder / "volumes" / "client").rglob("*") if path.is_file()}
    assert {".json", ".png"} <= pulled


def a_worker_loses_the_database(site: Site, scene: Scene) -> None:
    """What the two send each other is lost without a word; the worker has jobs in its hands, and others come."""
    with at_work(site.url, scene.slug, scene.tokens) as seen:
        wait_for(seen, 10)
        with site.network.parted("worker-quick", "database"):
            wait_for(seen, 20)  # nobody who works notices
            time.sleep(CUT / 2)
            done = site.count("worker-quick", "succeeded in")
            time.sleep(CUT / 2)
            assert site.count("worker-quick", "succeeded in") == done  # it is cut off indeed
            before = consensuses(scene)  # another worker may look at tasks again under new models
        recovered("a worker's loss of the database", lambda: consensuses(scene) > before or not scene.unfinished())
        scene.finish(seen)
    assert (seen.failures(), dict(seen.disconnected)) == (0, {})
    scene.check(seen)


def the_broker_is_gone(site: Site, scene: Scene) -> None:
    """Its cable is pulled: requests are answered all the same, and workers find it again."""
    with at_work(site.url, scene.slug, scene.tokens) as seen:
        wait_for(seen, 10)
        with site.network.unplugged("broker"):
            wait_for(seen, 20)
            time.sleep(CUT)
        before = consensuses(scene)
        recovered("the loss of the broker", lambda: consensuses(scene) > before or not scene.unfinished())
        scene.finish(seen)
    assert (seen.failures(), dict(seen.disconnected)) == (0, {})
    print(f"the longest request took {seen.longest:.1f} s", file=sys.stderr)
    scene.check(seen)
