"""The keeper, with small programs of its own."""

import os
import re
import signal
import sys
import time

import pytest

from crowd.embedded import orphans
from crowd.embedded.folder import DataFolder
from crowd.embedded.keeper import Keeper
from crowd.embedded.part import Part, PartError
from tests.faults.running import eventually


@pytest.fixture
def folder(tmp_path):
    folder = DataFolder(tmp_path / "data")
    folder.make()
    return folder


def program(folder: DataFolder, name: str, script: str, **more) -> Part:
    return Part(
        name=name,
        command=[sys.executable, "-u", "-c", script],
        folder=folder.path,
        log=folder.log(name),
        environment={"LOG": str(folder.path / "order")},
        **more,
    )


STEADY = """
import os, signal, time
def end(*_):
    open(os.environ["LOG"], "a").write({name!r} + "\\n")
    raise SystemExit
signal.signal(signal.SIGTERM, end)
print("listening")
while True:
    time.sleep(0.01)
"""


def steady(folder: DataFolder, name: str, **more) -> Part:
    log = folder.log(name)
    return program(
        folder, name, STEADY.format(name=name), answers=lambda: "listening" in log.read_text(), patience=10, **more
    )


def running(folder: DataFolder, name: str) -> int:
    return int(folder.recorded()[name].split()[0])


def test_parts_stop_in_the_reverse_order_of_their_start(folder):
    said: list[str] = []
    waves = [[steady(folder, "first")], [steady(folder, "second")], [steady(folder, "third")]]
    keeper = Keeper(folder, waves, say=said.append)
    keeper.start()
    pids = {name: running(folder, name) for name in ("first", "second", "third")}
    keeper.stop()
    assert (folder.path / "order").read_text().split() == ["third", "second", "first"]
    assert [line.split()[0] for line in said] == ["first", "second", "third"]
    assert folder.recorded() == {}
    assert [orphans.identify(pid) for pid in pids.values()] == ["", "", ""]


def test_what_runs_once_is_over_before_the_next_wave_starts(folder):
    once = program(folder, "once", "import time, os; time.sleep(0.3); open(os.environ['LOG'], 'a').write('once\\n')")
    seen: list[str] = []

    def answers() -> bool:
        seen.append((folder.path / "order").read_text())
        return True

    after = program(folder, "after", "import time; time.sleep(60)", answers=answers)
    keeper = Keeper(folder, [[Part(**{**vars(once), "once": True})], [after]], say=lambda _: None)
    keeper.start()
    keeper.stop()
    assert seen == ["once\n"]


def test_a_part_that_keeps_dying_is_tried_again_at_growing_intervals(folder):
    said: list[str] = []
    dying = program(folder, "dying", "import time; time.sleep(0.05); raise SystemExit(3)")
    keeper = Keeper(folder, [[dying, steady(folder, "steady")]], say=said.append)
    keeper.start()
    assert eventually(lambda: sum("died" in line for line in said) == 3, seconds=20)
    keeper.stop()
    deaths = [line for line in said if "died" in line]
    assert [re.search(r"\((.*?)\); starting it again in (\S+) s", line).groups() for line in deaths] == [
        ("exit status 3", "0.5"),
        ("exit status 3", "1"),
        ("exit status 3", "2"),
    ]


def test_what_a_dead_part_left_in_its_group_is_ended_with_it(folder):
    script = """
import subprocess, sys, time
print(subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"]).pid)
time.sleep(60)
"""
    log = folder.log("parent")
    parent = program(folder, "parent", script, answers=lambda: bool(log.read_text()), patience=10)
    keeper = Keeper(folder, [[parent]], say=lambda _: None)
    keeper.start()
    child = orphans.identify(int(log.read_text()))
    assert child
    os.kill(running(folder, "parent"), signal.SIGKILL)
    assert eventually(lambda: orphans.is_dead(int(child.split()[0])))
    keeper.stop()


def test_one_that_will_not_stop_is_killed_when_its_time_is_up(folder):
    deaf = """
import signal, time
signal.signal(signal.SIGTERM, lambda *_: None)
print("listening")
while True:
    time.sleep(1)
"""
    log = folder.log("deaf")
    part = program(
        folder,
        "deaf",
        deaf,
        answers=lambda: "listening" in log.read_text(),
        patience=10,
        stopping=((signal.SIGTERM, 0.3), (signal.SIGTERM, 0.3)),
    )
    keeper = Keeper(folder, [[part]], say=lambda _: None)
    keeper.start()
    started = time.monotonic()
    keeper.stop()
    assert 0.6 <= time.monotonic() - started < 2


def test_one_that_cannot_start_stops_the_others_and_says_why(folder):
    failing = program(folder, "failing", "raise RuntimeError('no such luck')", answers=lambda: False)
    keeper = Keeper(folder, [[steady(folder, "first")], [failing]], say=lambda _: None)
    with pytest.raises(PartError, match=r"(?s)failing failed \(exit status 1\).*RuntimeError: no such luck"):
        keeper.start()
    assert (folder.path / "order").read_text() == "first\n"


def test_one_that_never_answers_is_given_up(folder):
    silent = program(folder, "silent", "import time; time.sleep(60)", answers=lambda: False, patience=0.3)
    keeper = Keeper(folder, [[silent]], say=lambda _: None)
    with pytest.raises(PartError, match="silent did not answer within 0 s"):
        keeper.start()
    assert folder.recorded() == {}


def test_important_lines_of_a_log_reach_the_terminal_and_the_rest_does_not(folder):
    said: list[str] = []
    script = """
import logging, sys, time
print("listening")
time.sleep(1)
logging.basicConfig(level="INFO", format="%(levelname)s %(message)s")
logging.info("all is well")
logging.error("something broke")
try:
    1 / 0
except ZeroDivisionError:
    logging.exception("a sum")
print("all is well again")
time.sleep(60)
"""
    log = folder.log("talker")
    talker = program(folder, "talker", script, answers=lambda: "listening" in log.read_text(), patience=10)
    keeper = Keeper(folder, [[talker]], say=said.append)
    keeper.start()
    assert eventually(lambda: any("ZeroDivisionError" in line for line in said))
    keeper.stop()
    lines = [line.removeprefix("talker    | ") for line in said[1:]]
    assert lines[:3] == ["ERROR something broke", "ERROR a sum", "Traceback (most recent call last):"]
    assert lines[-1] == "ZeroDivisionError: division by zero"
    assert not [line for line in lines if "all is well" in line]
