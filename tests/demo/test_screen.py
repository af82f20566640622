import io

import pytest
from rich.console import Console

from crowd.demo import screen
from crowd.demo.screen import Screen


@pytest.fixture
def plain() -> Screen:
    return Screen(Console(file=io.StringIO(), highlight=False))


@pytest.fixture
def terminal() -> Screen:
    return Screen(Console(file=io.StringIO(), highlight=False, force_terminal=True, width=100))


def told(of: Screen) -> str:
    return of.console.file.getvalue()


def test_a_step_that_succeeds_is_one_line_with_its_note(plain):
    with plain.step("Images uploaded", total=3) as step:
        step.advance(3)
        step.note = "3"
    assert told(plain) == "✓   0.0 s  Images uploaded: 3\n"


def test_a_step_that_fails_is_marked_so(plain):
    with pytest.raises(ValueError, match="no"), plain.step("Images uploaded"):
        raise ValueError("no")
    assert told(plain) == "✗   0.0 s  Images uploaded\n"


def test_without_a_terminal_a_long_step_says_how_far_it_is(plain, monkeypatch):
    monkeypatch.setattr(screen, "PLAIN_EVERY", 0.0)
    with plain.step("Images uploaded", total=3) as step:
        step.advance()
        step.advance()
    assert told(plain).splitlines()[:2] == ["    Images uploaded: 1 of about 3", "    Images uploaded: 2 of about 3"]


@pytest.mark.parametrize("total", [None, 3])
def test_on_a_terminal_a_bar_shows_how_far_it_is_and_goes_when_done(terminal, total):
    with terminal.step("Images uploaded", total=total) as step:
        step.advance(2)
    assert "Images uploaded" in told(terminal)
    assert told(terminal).rstrip().endswith("Images uploaded")
    assert ("2/3" in told(terminal)) == (total == 3)
