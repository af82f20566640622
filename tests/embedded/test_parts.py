"""Servers for a command: started where there are none, shared where `up` has them, never two on one folder."""

import os
import subprocess
import sys
import threading

import psycopg
import pytest
import redis

from crowd import embedded
from crowd.embedded.folder import DataFolder


@pytest.fixture
def bare(monkeypatch):
    """An environment that names no server."""
    for name in [name for name in os.environ if name == "DATABASE_URL" or name.startswith("CROWD_")]:
        monkeypatch.delenv(name)


@pytest.mark.usefixtures("bare")
def test_a_command_has_its_servers_for_as_long_as_it_takes_and_the_data_stay(tmp_path):
    with embedded.parts(tmp_path / "data", database=True, broker=True) as addresses:
        assert set(addresses) == {"DATABASE_URL", "CROWD_BROKER_URL", "CROWD_STORAGE_URL", "CROWD_SECRET_KEY"}
        with psycopg.connect(addresses["DATABASE_URL"]) as connection:
            connection.execute("CREATE TABLE kept AS SELECT 7 AS n")
            settings = "SELECT current_setting('fsync'), current_setting('full_page_writes')"
            assert connection.execute(settings).fetchone() == ("on", "on")
        with redis.Redis.from_url(addresses["CROWD_BROKER_URL"]) as broker:
            assert broker.config_get("append*")["appendonly"] == "yes"
    with pytest.raises(psycopg.OperationalError):
        psycopg.connect(addresses["DATABASE_URL"])
    with embedded.parts(tmp_path / "data") as again, psycopg.connect(again["DATABASE_URL"]) as connection:
        assert again["DATABASE_URL"] == addresses["DATABASE_URL"]
        assert connection.execute("SELECT n FROM kept").fetchone() == (7,)


@pytest.mark.usefixtures("bare")
def test_the_database_lets_nobody_in_but_its_role_by_password(tmp_path):
    with embedded.parts(tmp_path / "data") as addresses:
        right = psycopg.conninfo.conninfo_to_dict(addresses["DATABASE_URL"])
        for wrong in (
            {"password": "guess"},
            {"user": "postgres", "dbname": "postgres"},
            {"password": ""},
            {"dbname": "template1", "user": "nobody"},
        ):
            with pytest.raises(psycopg.OperationalError):
                psycopg.connect(**{**right, **wrong}, connect_timeout=2)
        with psycopg.connect(**right) as connection:
            facts = "SELECT rolsuper, rolcreatedb, rolcreaterole FROM pg_roles WHERE rolname = current_user"
            assert connection.execute(facts).fetchone() == (False, True, False)
            assert connection.execute("SHOW data_checksums").fetchone() == ("on",)


@pytest.mark.usefixtures("bare")
def test_two_commands_on_one_folder_take_turns(tmp_path):
    order: list[str] = []
    inside = threading.Event()

    def second() -> None:
        inside.wait()
        with embedded.parts(tmp_path / "data"):
            order.append("second")

    thread = threading.Thread(target=second)
    thread.start()
    with embedded.parts(tmp_path / "data"):
        inside.set()
        thread.join(timeout=1)
        order.append("first")
    thread.join()
    assert order == ["first", "second"]


@pytest.mark.usefixtures("bare")
def test_beside_a_running_site_its_servers_are_used(tmp_path):
    place = DataFolder(tmp_path / "data")
    with place.held(what="crowd up"):
        place.publish({"DATABASE_URL": "postgresql://theirs"})
        with embedded.parts(tmp_path / "data") as addresses:
            assert addresses == {"DATABASE_URL": "postgresql://theirs"}
    assert not (tmp_path / "data" / "postgres").exists()


@pytest.mark.usefixtures("bare")
def test_what_the_environment_names_is_used_and_nothing_starts(tmp_path, monkeypatch):
    monkeypatch.setenv("DATABASE_URL", "postgresql://given")
    with embedded.parts(tmp_path / "data") as addresses:
        assert addresses == {"DATABASE_URL": "postgresql://given"}
    assert not (tmp_path / "data").exists()


@pytest.mark.usefixtures("bare")
def test_a_cluster_half_made_when_somebody_pulled_the_plug_is_made_anew(tmp_path):
    (tmp_path / "data" / "postgres.new" / "base").mkdir(parents=True)
    with embedded.parts(tmp_path / "data") as addresses:
        psycopg.connect(addresses["DATABASE_URL"]).close()
    assert not (tmp_path / "data" / "postgres.new").exists()


@pytest.mark.usefixtures("bare")
def test_a_root_that_has_no_other_uid_to_give_has_a_database_all_the_same(tmp_path):
    alone = ["unshare", "--user", "--map-root-user"]
    if subprocess.run([*alone, "true"], capture_output=True, check=False).returncode != 0:
        pytest.skip("this machine allows no user namespaces")
    script = f"""
import os, pathlib, psycopg
from crowd import embedded
with embedded.parts(pathlib.Path({str(tmp_path / "data")!r}), broker=True) as addresses:
    with psycopg.connect(addresses["DATABASE_URL"]) as connection:
        print(os.geteuid(), *connection.execute("SELECT 7").fetchone())
"""
    ran = subprocess.run([*alone, sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert (ran.stdout, ran.stderr) == ("0 7\n", "")
    with embedded.parts(tmp_path / "data") as addresses:  # and may have another one later
        psycopg.connect(addresses["DATABASE_URL"]).close()
