"""`up` with everything real: what it keeps, what it leaves, what it does when something is killed."""

import os
import pwd
import re
import shutil
import signal
import socket
import subprocess
import sys
import sysconfig
import tempfile
from functools import partial
from pathlib import Path

import kombu
import kombu.pools
import psycopg
import pytest
import redis
from celery import Celery

from crowd import broker
from crowd.embedded.folder import any_free_port
from tests.faults.running import PARTS, ROOT, Up, environment, eventually, gone, start, up

pytestmark = pytest.mark.slow


def write(site: Up, word: str) -> None:
    with psycopg.connect(site.addresses()["DATABASE_URL"]) as connection:
        connection.execute("CREATE TABLE IF NOT EXISTS kept (word text)")
        connection.execute("INSERT INTO kept VALUES (%s)", [word])
    with redis.Redis.from_url(site.addresses()["CROWD_BROKER_URL"]) as broker:
        broker.rpush("kept", word)


def read(site: Up) -> tuple[list[str], list[str]]:
    with psycopg.connect(site.addresses()["DATABASE_URL"]) as connection:
        rows = [row[0] for row in connection.execute("SELECT word FROM kept")]
    with redis.Redis.from_url(site.addresses()["CROWD_BROKER_URL"], decode_responses=True) as broker:
        return rows, broker.lrange("kept", 0, -1)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_a_stop_takes_less_than_ten_seconds_loses_nothing_and_leaves_no_process(tmp_path, number):
    with up(tmp_path / "data") as site:
        family = site.family()
        assert len(family) > 10
        write(site, "first")
        assert site.stop(number) < 10
        assert gone(family)
        assert site.popen.returncode == 0
        assert not (tmp_path / "data" / "parts.json").exists()
    with up(tmp_path / "data") as site:
        assert read(site) == (["first"], ["first"])


def test_a_stop_while_starting_leaves_no_process(tmp_path):
    with start(tmp_path / "data", "--port", "0") as site:
        assert eventually(lambda: "database  process" in site.said(), seconds=30)
        family = site.family()
        assert site.stop() < 10
        assert gone(family)
        assert site.popen.stdout.read() == ""


def test_each_part_has_its_line_and_its_log_and_ready_comes_last(tmp_path):
    with up(tmp_path / "data") as site:
        for part in PARTS:
            assert re.search(rf"^{part} +process {site.pid(part)} ", site.said(), re.M), site.said()
            assert (tmp_path / "data" / "logs" / f"{part}.log").stat().st_mode & 0o777 == 0o600
        assert "migration done" in site.said()
        secrets = [(tmp_path / "data" / name).read_text() for name in ("database_password", "broker_password")]
        assert not [secret for secret in secrets if secret in site.said()]
        assert site.answers()


@pytest.fixture(scope="module")
def shared(tmp_path_factory):
    with up(tmp_path_factory.mktemp("shared") / "data") as site:
        yield site


def serves(site: Up, part: str) -> bool:
    """Tell whether the part does what it is for."""
    match part:
        case "database" | "broker":
            try:
                return bool(read(site))
            except (psycopg.OperationalError, redis.ConnectionError):
                return False
        case "web":
            return site.answers()
        case "worker":
            with Celery(broker=site.addresses()["CROWD_BROKER_URL"]) as app:
                try:
                    return bool(app.control.ping(timeout=1))
                except (kombu.exceptions.OperationalError, redis.ConnectionError):
                    kombu.pools.reset()  # they offered a connection to a broker that has died since
                    return False
    return "beat: Starting" in (site.folder / "logs" / "beat.log").read_text()


@pytest.mark.parametrize("part", PARTS)
def test_a_part_that_is_killed_comes_back_at_its_old_address_with_all_it_had(shared, part):
    write(shared, part)
    before, addresses = shared.pid(part), shared.addresses()
    (shared.folder / "logs" / "beat.log").write_text("")
    os.kill(before, signal.SIGKILL)
    assert eventually(lambda: shared.pid(part) != before, seconds=10)
    assert f"{part:<9} process {before} died (SIGKILL); starting it again in 0.5 s." in shared.said()
    assert eventually(lambda: serves(shared, part), seconds=20), shared.said()
    assert shared.addresses() == addresses
    for other in set(PARTS) - {"beat"}:  # the others live through it
        assert eventually(partial(serves, shared, other), seconds=20), f"{other} does not serve: {shared.said()}"
    assert all(part in words for words in read(shared))


def test_what_the_database_has_confirmed_survives_its_being_killed(shared):
    confirmed: list[int] = []

    def write_until_it_dies(connection: psycopg.Connection) -> None:
        for n in range(1_000_000):
            connection.execute("INSERT INTO numbers VALUES (%s)", [n])
            confirmed.append(n)
            if n == 200:
                os.kill(shared.pid("database"), signal.SIGKILL)

    with psycopg.connect(shared.addresses()["DATABASE_URL"], autocommit=True) as connection:
        connection.execute("CREATE TABLE IF NOT EXISTS numbers (n int)")
        with pytest.raises(psycopg.OperationalError):
            write_until_it_dies(connection)
    assert eventually(lambda: serves(shared, "database"), seconds=20)
    with psycopg.connect(shared.addresses()["DATABASE_URL"]) as connection:
        found = [row[0] for row in connection.execute("SELECT n FROM numbers ORDER BY n")]
    assert len(confirmed) > 200
    assert found[: len(confirmed)] == confirmed


def test_a_job_under_way_at_the_stop_is_done_after_the_next_start(tmp_path):
    log = tmp_path / "data" / "logs" / "worker.log"
    with up(tmp_path / "data") as site:
        blocker = psycopg.connect(site.addresses()["DATABASE_URL"])
        blocker.execute("LOCK TABLE crowd_assignment IN ACCESS EXCLUSIVE MODE")
        with Celery() as app, kombu.Connection(site.addresses()["CROWD_BROKER_URL"]) as connection:
            quick = broker.queues(site.addresses()["CROWD_BROKER_URL"])[0]
            job = app.send_task("crowd.expire", connection=connection, queue=quick).id
        assert eventually(lambda: f"Task crowd.expire[{job}] received" in log.read_text(), seconds=20)
        assert site.stop() < 10
        blocker.close()
    assert f"Task crowd.expire[{job}] succeeded" not in log.read_text()
    with up(tmp_path / "data"):
        assert eventually(lambda: f"Task crowd.expire[{job}] succeeded" in log.read_text(), seconds=30)


def test_a_second_up_says_who_holds_the_folder_and_harms_nothing(shared):
    write(shared, "before the second")
    pids = shared.processes()
    second = subprocess.run(
        [sys.executable, ROOT / "manage.py", "up", "--data", shared.folder, "--port", "0"],
        env=environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    assert second.returncode == 1
    assert second.stdout == ""
    assert f"{shared.folder} is in use by `crowd up`, process {shared.popen.pid}." in second.stderr
    assert shared.processes() == pids
    assert shared.answers()
    assert "before the second" in read(shared)[0]


def test_a_command_beside_it_uses_its_database(shared):
    script = "from django.conf import settings; print(settings.DATABASES['default']['PORT'], settings.SECRET_KEY)"
    ran = subprocess.run(
        [sys.executable, ROOT / "manage.py", "shell", "--data", shared.folder, "--command", script],
        env=environment(),
        capture_output=True,
        text=True,
        check=True,
    )
    port = shared.addresses()["DATABASE_URL"].rpartition(":")[2].partition("/")[0]
    assert ran.stdout.splitlines()[-1] == f"{port} {shared.addresses()['CROWD_SECRET_KEY']}"


def test_a_killed_up_takes_its_parts_along_and_the_next_finds_everything(tmp_path):
    with up(tmp_path / "data") as site:
        family = site.family()
        write(site, "first")
        site.popen.kill()
        assert eventually(lambda: gone(family), seconds=10)
    with up(tmp_path / "data") as site:
        assert read(site) == (["first"], ["first"])
        assert "ended what an earlier run left behind" not in site.said()


def test_parts_that_outlive_a_killed_up_are_ended_by_the_next_one(tmp_path):
    port = any_free_port()
    with up(tmp_path / "data", "--port", str(port)) as site:
        family = site.family()
        write(site, "first")
        for part in PARTS:  # these cannot hear that their parent dies
            os.kill(site.pid(part), signal.SIGSTOP)
        site.popen.kill()
        assert not eventually(lambda: gone(family), seconds=1)
    with up(tmp_path / "data", "--port", str(port)) as site:
        assert gone(family)
        assert "ended what an earlier run left behind" in site.said()
        assert read(site) == (["first"], ["first"])


def test_a_process_that_only_has_the_same_number_is_left_alone(tmp_path):
    with subprocess.Popen(["/bin/sleep", "60"], cwd=tmp_path) as bystander:
        (tmp_path / "data").mkdir()
        (tmp_path / "data" / "processes.json").write_text(f'{{"web": "{bystander.pid} 1 another-boot"}}')
        with up(tmp_path / "data"):
            assert bystander.poll() is None
        bystander.kill()


def test_where_the_environment_names_the_servers_none_is_started(tmp_path, broker_url):
    own = os.environ["DATABASE_URL"]
    with psycopg.connect(own, autocommit=True) as connection:
        connection.execute("CREATE DATABASE given")
    given = {
        "DATABASE_URL": re.sub(r"/[^/]*$", "/given", own),
        "CROWD_BROKER_URL": broker_url,
        "CROWD_STORAGE_URL": (tmp_path / "elsewhere").as_uri(),
        "CROWD_SECRET_KEY": "a-secret-of-the-operator-that-is-long-enough",
    }
    with up(tmp_path / "data", env=environment(**given)) as site:
        assert sorted(site.processes()) == ["beat", "web", "worker"]
        assert site.addresses() == given | {"CROWD_SITE_URL": site.url}
        assert site.answers()
        assert eventually(lambda: serves(site, "worker"), seconds=20)
    assert not (tmp_path / "data" / "postgres").exists()
    assert not (tmp_path / "data" / "valkey").exists()
    with psycopg.connect(own, autocommit=True) as connection:
        connection.execute("DROP DATABASE given WITH (FORCE)")


def test_a_port_that_was_asked_for_and_is_taken_is_refused(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with start(tmp_path / "data", "--port", str(port)) as site:
            assert site.popen.wait(timeout=30) == 1
            assert f"Port {port} of 127.0.0.1 is taken." in site.said()


def test_an_address_that_this_machine_does_not_have_is_refused(tmp_path):
    with start(tmp_path / "data", "--host", "192.0.2.77") as site:
        assert site.popen.wait(timeout=30) == 1
        assert "Cannot listen on 192.0.2.77: Cannot assign requested address." in site.said()


def test_another_port_is_used_where_the_usual_one_is_taken_and_none_was_asked_for(tmp_path):
    with socket.socket() as usual:
        usual.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            usual.bind(("127.0.0.1", 8000))
            usual.listen()
        except OSError:
            pass  # taken already: all the same
        with up(tmp_path / "data", "--host", "127.0.0.1") as site:
            port = site.url.rpartition(":")[2]
            assert port != "8000"
            assert f"port 8000 is taken; using {port}" in site.said()
            assert site.answers()


def test_another_host_is_allowed_without_further_ado(tmp_path):
    with up(tmp_path / "data", "--host", "127.0.0.2", "--port", "0") as site:
        assert site.url.startswith("http://127.0.0.2:")
        assert site.answers()


def test_a_part_that_cannot_start_is_told_with_the_end_of_its_log(tmp_path):
    with up(tmp_path / "data") as site:
        site.stop()
    (tmp_path / "data" / "postgres" / "PG_VERSION").write_text("9\n")
    with start(tmp_path / "data", "--port", "0") as site:
        assert site.popen.wait(timeout=30) == 1
        assert "was made by PostgreSQL 9 and the one installed is" in site.said()
    (tmp_path / "data" / "postgres" / "PG_VERSION").write_text("18\n")
    (tmp_path / "data" / "postgres" / "global" / "pg_control").write_bytes(b"damaged")
    with start(tmp_path / "data", "--port", "0") as site:
        assert site.popen.wait(timeout=30) == 1
        assert "database failed (SIGABRT)." in site.said()
        assert "PANIC:  could not read file" in site.said()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives its servers to somebody else")
def test_as_root_the_servers_are_nobodys_and_nothing_else_of_the_machine_changes(tmp_path):
    users, modes = Path("/etc/passwd").read_bytes(), {path: path.stat().st_mode for path in tmp_path.parents}
    assert tmp_path.stat().st_mode & 0o777 == 0o700  # the servers' folders are below one that only root may enter
    with up(tmp_path / "data") as site:
        owners = {part: Path("/proc", str(site.pid(part))).stat().st_uid for part in PARTS}
        nobody = pwd.getpwnam("nobody").pw_uid
        assert owners == {"database": nobody, "broker": nobody, "web": 0, "worker": 0, "beat": 0}
    assert {path: path.stat().st_mode for path in tmp_path.parents} == modes
    assert Path("/etc/passwd").read_bytes() == users
    folders = ("data", "data/postgres", "data/valkey", "data/logs")
    assert {name: (tmp_path / name).stat().st_mode & 0o777 for name in folders} == dict.fromkeys(folders, 0o700)


@pytest.fixture
def public_folder(tmp_path_factory):
    """A folder that everybody may enter, which pytest's are not."""
    folder = Path(tempfile.mkdtemp(prefix="crowd-tests-"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


@pytest.mark.skipif(os.geteuid() != 0, reason="otherwise every test here is this one")
def test_as_somebody_else_than_root_all_parts_are_theirs(public_folder):
    who = ("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups")
    env, python = python_for_everybody(public_folder)
    if subprocess.run([*who, *python, "-c", "import crowd.embedded"], env=env, check=False).returncode != 0:
        pytest.skip("crowd or its packages are in a folder that only root may enter")
    home = public_folder / "home"
    home.mkdir(mode=0o700)
    os.chown(home, 65534, 65534)
    with up(home / "data", env=env, python=(*who, *python)) as site:
        family = site.family()
        assert {Path("/proc", str(site.pid(part))).stat().st_uid for part in PARTS} == {65534}
        write(site, "first")
        site.popen.kill()
        assert eventually(lambda: gone(family), seconds=10)
    with up(home / "data", env=env, python=(*who, *python)) as site:
        assert read(site) == (["first"], ["first"])
        assert site.stop() < 10


def python_for_everybody(folder: Path) -> tuple[dict[str, str], list[str]]:
    """Return the environment and the path of a copy of our interpreter outside root's own folders."""
    version = f"python3.{sys.version_info.minor}"
    there, here = Path(sys.base_prefix), folder / "python"
    ignored = shutil.ignore_patterns("site-packages", "dist-packages", "test", "__pycache__", "config-*", "idlelib")
    shutil.copytree(there / "lib" / version, here / "lib" / version, ignore=ignored)
    for library in (there / "lib").glob(f"lib{version}*.so*"):
        shutil.copy(library, here / "lib")
    (here / "bin").mkdir()
    shutil.copy(there / "bin" / version, here / "bin")
    env = environment(
        PYTHONPATH=f"{ROOT}:{sysconfig.get_path('purelib')}", LD_LIBRARY_PATH=str(here / "lib"), HOME=str(folder)
    )
    return env, [str(here / "bin" / version)]
