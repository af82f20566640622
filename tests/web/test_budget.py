"""What the browser has to load."""

import gzip
from pathlib import Path

from django.contrib.staticfiles import finders

BUDGET = 250_000  # bytes of script, compressed, on the heaviest page


def test_all_scripts_together_fit_the_budget() -> None:
    found = [finders.find(name) for name in ("vendor/uplot/uPlot.iife.min.js", "django_htmx/htmx-2.min.js")]
    assert all(found), "fetch the front-end libraries first"
    modules = Path(str(finders.find("crowd"))).rglob("*.js")
    assert sum(len(gzip.compress(Path(str(file)).read_bytes())) for file in (*found, *modules)) <= BUDGET


def test_modules_load_nothing_from_elsewhere() -> None:
    for file in Path(str(finders.find("crowd"))).rglob("*.js"):
        text = file.read_text()
        assert "eval(" not in text
        assert 'from "http' not in text
        assert "new Function" not in text
