"""The command as a person runs it."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
OURS = ("DATABASE_URL", "CROWD_BROKER_URL", "CROWD_STORAGE_URL", "CROWD_DATA_DIR", "CROWD_SECRET_KEY")


def run(*words: str, timeout: float = 60.0) -> subprocess.CompletedProcess[str]:
    """Run Python in the checkout, with nothing of the test run's own servers."""
    environment = {name: value for name, value in os.environ.items() if name not in OURS}
    return subprocess.run(
        [sys.executable, *words],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=timeout,
        check=False,
    )


def test_without_the_extra_one_line_says_how_to_install_it(tmp_path):
    start = "from crowd.management.entry import main; main()"
    argv = ["crowd", "demo", "--no-serve", "--data", str(tmp_path)]
    code = f"import sys; sys.modules['sklearn'] = sys.modules['rich'] = None; sys.argv = {argv!r}; {start}"
    done = run("-c", code)
    assert done.returncode == 1
    assert done.stderr == (
        "CommandError: The demo needs scikit-learn, rich. Install it with: pip install 'crowd[demo]'\n"
    )


@pytest.mark.slow
def test_the_demo_does_the_main_job_and_says_what_came_out(tmp_path):
    done = run("manage.py", "demo", "--no-serve", "--data", str(tmp_path / "data"), timeout=600.0)
    assert (done.returncode, done.stderr) == (0, "")
    assert "Every step worked and every check held" in done.stdout

    rows = dict(re.findall(r"^ (\S.*?) {2,}(\S.*\S) *$", done.stdout, flags=re.MULTILINE))
    assert rows["images, of which gold"].split() == ["210,", "30", "60,", "20"]
    assert rows["pausing: precision, recall"].count("100%") >= 2
    majority, ours, released = (
        float(re.match(r"[\d.]+", rows[name])[0])
        for name in (
            "right: majority of the same answers",
            "right: our consensus, before any review",
            "right: the release, after review",
        )
    )
    assert majority - 1.0 <= ours <= released + 1.0 <= 101.0

    manifest = json.loads((tmp_path / "data" / "demo" / "digits-1" / "manifest.json").read_text())
    assert manifest["images"] == 210
    assert not [entry for entry in Path("/proc").glob("[0-9]*/cmdline") if str(tmp_path).encode() in _bytes(entry)]


def _bytes(entry: Path) -> bytes:
    try:
        return entry.read_bytes()
    except OSError:  # it has ended meanwhile
        return b""
