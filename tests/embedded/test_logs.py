"""Logs: what of them is shown, and how large they get."""

import pytest

from crowd.embedded import logs


@pytest.fixture
def log(tmp_path):
    log = tmp_path / "part.log"
    log.write_text("ERROR of an earlier day\n")
    return log


def append(log, text: str) -> None:
    with log.open("a") as file:
        file.write(text)


def test_only_what_is_new_and_important_is_shown(log):
    watch = logs.Watch(log)
    append(log, "INFO fine\nWARNING look\nthe word error alone is not a level\n2026-11-21 [7] FATAL:  no room\n")
    assert list(watch.lines()) == ["WARNING look", "2026-11-21 [7] FATAL:  no room"]
    assert list(watch.lines()) == []


def test_a_line_is_shown_when_it_is_complete(log):
    watch = logs.Watch(log)
    append(log, "ERROR half")
    assert list(watch.lines()) == []
    append(log, " and half\n")
    assert list(watch.lines()) == ["ERROR half and half"]


def test_a_traceback_is_shown_to_its_last_line(log):
    watch = logs.Watch(log)
    append(log, "Traceback (most recent call last):\n  File 'x', line 1\n    call()\nx.y.SomeError: words\nINFO fine\n")
    assert list(watch.lines())[-1] == "x.y.SomeError: words"


def test_of_a_flood_only_the_first_lines_are_shown(log):
    watch = logs.Watch(log)
    append(log, "ERROR again\n" * (logs.MOST_LINES + 5))
    assert list(watch.lines()) == ["ERROR again"] * logs.MOST_LINES + [f"... and 5 lines more in {log}"]


def test_a_log_that_grew_too_large_starts_anew_and_its_writer_and_watcher_go_on(log, monkeypatch):
    monkeypatch.setattr(logs, "LARGEST", 100)
    with log.open("ab", buffering=0) as writer:
        writer.write(b"x" * 200 + b"\n")
        watch = logs.Watch(log)
        logs.rotate(log)
        assert log.stat().st_size == 0
        assert log.with_suffix(".1.log").read_text().endswith("x\n")
        writer.write(b"ERROR after\n")
    assert list(watch.lines()) == ["ERROR after"]
    logs.rotate(log)
    assert log.read_text() == "ERROR after\n"
