"""How a record becomes a line: JSON for machines, words for people. One record is one line, whatever its words are."""

import json
import logging
import traceback
from collections.abc import Mapping
from datetime import UTC, datetime
from types import TracebackType
from typing import Any, Final

from crowd.telemetry import context
from crowd.telemetry.scrubbing import one_line, scrubbed

FIGURES: Final = "figures"  # what a record may say beside its words, as `extra={"figures": {…}}`
MOST_FRAMES: Final = 30
_Raised = tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None]


def message_of(record: logging.LogRecord) -> str:
    """Return a record's words, fit to be kept; an address with what it names replaced by its pattern."""
    text = record.getMessage()
    request = getattr(record, "request", None)
    path, match = getattr(request, "path", ""), getattr(request, "resolver_match", None)
    if len(path) > 1:
        text = text.replace(path, f"/{match.route}" if match else "(no page of ours)")
    return scrubbed(text)


class Lines(logging.Formatter):
    """JSON: `time`, `level`, `logger`, `message`, and what is known of `request_id`, `project`, `job`, `user`."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line."""
        line: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": message_of(record),
            **context.carried(),
            **_figures(record),
        }
        if record.exc_info and record.exc_info[0] is not None:
            line["error"] = _error(record.exc_info)
        return json.dumps(line, default=str)  # ASCII: nothing in it can end the line


class Words(logging.Formatter):
    """A line for people, a traceback below it; what belongs to it is in brackets at its end."""

    default_msec_format = "%s.%03d"

    def format(self, record: logging.LogRecord) -> str:
        """Return the line, and the lines of its traceback."""
        told = " ".join(f"{name}={value}" for name, value in {**context.carried(), **_figures(record)}.items())
        words = one_line(message_of(record))
        line = f"{self.formatTime(record)} {record.levelname} {record.name} {words}"
        line = f"{line} [{one_line(told)}]" if told else line
        return "\n".join([line, *self._traceback(record.exc_info)])

    def _traceback(self, raised: _Raised | None) -> list[str]:
        if not raised or raised[0] is None:
            return []
        lines = []
        for part in traceback.format_exception(*raised):
            if part.startswith("  File "):
                lines.extend(part.rstrip("\n").split("\n"))  # the place, and the line of our own code that stands there
            else:
                lines.append(one_line(scrubbed(part.strip("\n"))))
        return lines


def _figures(record: logging.LogRecord) -> Mapping[str, Any]:
    found = getattr(record, FIGURES, None)
    return found if isinstance(found, dict) else {}


def _error(raised: _Raised) -> Mapping[str, Any]:
    kind, error, trace = raised
    frames = traceback.extract_tb(trace)[-MOST_FRAMES:]
    return {
        "type": f"{kind.__module__}.{kind.__qualname__}" if kind else "",
        "message": scrubbed(str(error)),
        "frames": [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in frames],
        **({"cause": f"{type(error.__cause__).__qualname__}"} if error and error.__cause__ else {}),
    }
