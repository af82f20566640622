"""A chart's numbers as a file: CSV, safe to open in a spreadsheet."""

import csv
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from crowd.queries.quality.reading import Chart

FORMULAS = ("=", "+", "-", "@", "\t", "\r")


def lines(chart: Chart) -> Iterator[str]:
    """Yield the lines, the names of the columns first."""
    writer = csv.writer(_Echo())
    yield writer.writerow([column.name for column in chart.columns])
    for row in chart.rows:
        yield writer.writerow([plain(row.get(column.name)) for column in chart.columns])


def plain(value: Any) -> Any:
    """Return a value as a file has it; what a spreadsheet would take for a formula is quoted."""
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, float):
        return f"{value:.6g}"
    if isinstance(value, str) and value.startswith(FORMULAS):
        return f"'{value}"
    return "" if value is None else value


class _Echo:
    """A file that gives back what is written to it."""

    def write(self, line: str) -> str:
        """Return the line."""
        return line
