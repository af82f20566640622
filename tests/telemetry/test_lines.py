"""What a line of the log says, and what it never does."""

import json
import logging
import sys
from logging.config import DictConfigurator
from pathlib import Path
from typing import Any

import pytest

from crowd.telemetry import context
from crowd.telemetry.lines import Lines, Words
from crowd.telemetry.scrubbing import scrubbed

SECRETS = (
    "Bearer s3cret", "crowd_" + "s3cret-" * 6 + "x", "whsec_s3cret", "redis://:s3cret@host:1/0", "s3cret@example.org",
    "https://host/objects/a?X-Amz-Signature=s3cret&b=1", "GET /objects/a?signature=s3cret", "password=s3cret",
    "/invitations/s3cret/", "/accounts/password/reset/key/1-s3cret/", "access_key_id=s3cret",
    'duplicate key\nDETAIL:  Key (username)=(s3cret) already exists.', "Failing row contains (1, s3cret, 2).",
    "Key (a, lower(b::text))=(1, s3cret (x).) is still referenced", 'invalid input syntax for type integer: "s3cret"',
)  # fmt: skip


def record(message: str, *args: Any, error: bool = False, **more: Any) -> logging.LogRecord:
    raised = sys.exc_info() if error else None
    made = logging.LogRecord("crowd.x", logging.WARNING, "x.py", 1, message, args, raised)
    vars(made).update(more)
    return made


@pytest.mark.parametrize("secret", SECRETS)
def test_a_secret_is_cut_out_of_what_others_wrote(secret: str) -> None:
    assert "s3cret" not in scrubbed(f"It failed: {secret}")


@pytest.mark.parametrize(
    "plain", ["crowd_guideline_example_one_published_at_a_time_idx", "Why? Because", "a?b", "1 of 2"]
)
def test_what_is_no_secret_stays(plain: str) -> None:
    assert scrubbed(plain) == plain


@pytest.mark.parametrize("form", [Lines(), Words()])
def test_a_record_is_one_line_whatever_its_words(form: logging.Formatter) -> None:
    evil = "x\n2026-01-01 ERROR root forged\r\x1b[2J\u2028y\x85z\u202e"
    line = form.format(record("%s", evil, figures={"view": evil}))
    assert len(line.splitlines()) == 1
    assert line.isprintable()


def test_a_traceback_cannot_forge_a_line_either() -> None:
    try:
        raise ValueError("x\n2026-01-01 00:00:00 ERROR root forged bob@example.org")
    except ValueError:
        words, line = (form.format(record("It broke", error=True)) for form in (Words(), Lines()))
    assert not [part for part in words.splitlines() if part.startswith("2026-01-01")]
    assert words.splitlines()[-1].startswith("ValueError: x\\n2026")
    error = json.loads(line)["error"]
    assert (error["type"], "example.org" in error["message"]) == ("builtins.ValueError", False)
    assert error["frames"][0].endswith("test_a_traceback_cannot_forge_a_line_either")


def test_a_line_says_on_whose_behalf() -> None:
    with context.bound(request_id="abcdefgh", project=7):
        context.add(job="crowd.sweep", job_id="j")
        line = json.loads(Lines().format(record("Done %d", 3)))
    assert line.pop("time").endswith("+00:00")
    assert line == {
        "level": "WARNING", "logger": "crowd.x", "message": "Done 3",
        "request_id": "abcdefgh", "project": 7, "job": "crowd.sweep", "job_id": "j",
    }  # fmt: skip
    assert "request_id" not in json.loads(Lines().format(record("Done")))


@pytest.mark.parametrize("given", ["", "short", "x" * 65, "a b c d e f", "12345678\n", "<script>1", None])
def test_an_id_that_could_be_anything_else_is_replaced(given: str | None) -> None:
    assert context.request_id("0f1e2d3c-Aa_.") == "0f1e2d3c-Aa_."
    assert context.ACCEPTED.fullmatch(context.request_id(given))
    assert context.request_id(given) != given


def test_the_web_servers_own_lines_can_have_the_same_form() -> None:
    told = json.loads((Path(__file__).resolve().parents[2] / "deploy" / "granian-log.json").read_text())
    assert DictConfigurator(told).resolve(told["formatters"]["json"]["()"]) is Lines
    assert not told["disable_existing_loggers"]
