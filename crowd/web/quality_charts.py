"""Charts as pages show them: numbers in words, rows that lead to the images they count."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from django.contrib.humanize.templatetags.humanize import intcomma
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format

from crowd.models import Project
from crowd.queries.quality import classes
from crowd.queries.quality.cells import GRID
from crowd.queries.quality.reading import Chart, Unit
from crowd.web.charts import interval_of

NEWEST = 60  # rows of a course's table on the page; the file has all
SHOWN = 60  # rows of other tables


def dressed(chart: Chart, *, project: Project, query: str = "", file: str = "") -> dict[str, Any]:
    """Return a chart with all that its template writes; `file` is where its numbers are, if not in the usual place."""
    course = chart.drawing.get("kind") == "course"
    rows = list(chart.rows)[::-1][:NEWEST] if course else list(chart.rows)[:SHOWN]
    images = reverse("images", args=[project.slug])
    most = max((row["bar"] for row in chart.rows if row.get("bar")), default=1)
    usual = reverse("quality_table", args=[project.slug]) + f"?chart={chart.name}" + (f"&{query}" if query else "")
    shown: dict[str, Any] = {
        "chart": chart,
        "id": f"drawing-{chart.name}",
        "file": file or usual,
        "rows": [_row(row, chart.columns, images, most, project) for row in rows],
        "left_out": len(chart.rows) - len(rows),
        "drawing": _linked(chart.drawing, project),
    }
    if chart.shape == "matrix":
        shown["matrices"] = [_matrix(one, images) for one in classes.matrices(chart.rows)]
    if chart.shape == "map":
        shown["map"] = _map(chart.rows)
    return shown


def _row(row: Mapping[str, Any], columns: Any, images: str, most: int, project: Project) -> dict[str, Any]:
    cells = [
        {
            "title": column.title,
            "text": words(row.get(column.name), column.unit, project),
            "right": column.unit != "text",
        }
        for column in columns
    ]
    shown: dict[str, Any] = {"cells": cells, "link": address(images, row), "row": row}
    if "bar" in row:
        shown["bar"] = round(100 * row["bar"] / most, 2)
    for name in ("recall", "precision"):
        if f"{name}_low" in row:
            shown[name] = interval_of(row[f"{name}_low"], row[f"{name}_high"], row[name])
    if "worker" in row:
        shown["worker"] = reverse("worker", args=[project.slug, row["worker"]])
    return shown


def address(images: str, row: Mapping[str, Any]) -> str:
    """Return where the images behind a row are, if it says."""
    if "href" in row:
        return str(row["href"])
    return f"{images}?{urlencode(row['link'])}" if row.get("link") else ""


def _linked(drawing: Mapping[str, Any], project: Project) -> dict[str, Any]:
    """Return a drawing whose named points lead to the worker."""
    if "points" not in drawing:
        return dict(drawing)
    points = [
        {**point, "url": reverse("worker", args=[project.slug, point["name"]])} if "name" in point else point
        for point in drawing["points"]
    ]
    return {**drawing, "points": points}


def _matrix(matrix: dict[str, Any], images: str) -> dict[str, Any]:
    for row in matrix["rows"]:
        row["cells"] = [
            None
            if cell is None
            else {
                "percent": round(100 * cell["share"]),
                "answers": cell["answers"],
                "step": min(int(4 * cell["share"] + 0.999), 4),
                "wrong": cell["wrong"],
                "link": address(images, cell),
            }
            for cell in row["cells"]
        ]
    return matrix


def _map(rows: Any) -> dict[str, Any]:
    most = max((row["objects"] for row in rows), default=1)
    cells = [
        {
            "x": row["column"] - 1,
            "y": row["row"] - 1,
            "opacity": round(0.08 + 0.92 * row["objects"] / most, 3),
            "text": f"Column {row['column']}, row {row['row']}: {row['objects']}",
        }
        for row in rows
    ]
    return {"cells": cells, "grid": GRID, "most": most}


def words(value: Any, unit: Unit, project: Project) -> str:
    """Return a value as people read it."""
    if value is None or value == "":
        return "–"
    match unit:
        case "percent":
            return f"{100 * value:.1f} %"
        case "mean":
            return f"{value:.3f}"
        case "seconds":
            return f"{value:.1f} s"
        case "money":
            return f"{value:,.2f} {project.currency}".strip()
        case "moment":
            return date_format(timezone.localtime(value), "j M Y, H:i:s" if value.second else "j M Y, H:i")
        case "number":
            return str(intcomma(value))
    return str(value)
