"""The server does what its document says, whatever is sent: Schemathesis asks, and asks on with what it was told.

A bounded number of cases here, the same each time. For longer, in any project of any server, from this folder's root;
SPARE is a project that may be lost:

    CROWD_SLUG=… CROWD_SPARE=… st --config-file tests/api/schemathesis.toml run http://…/api/schema/?format=json \
        -H "Authorization: Bearer $TOKEN" --checks all --max-time 600
"""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from django.db import transaction
from django.test import Client
from pytest_django.live_server_helper import LiveServer

from tests.api import world as worlds
from tests.factories import make

ROOT = Path(__file__).parents[2]
CASES = {"owner": "4", "worker": "2"}  # of each call: a worker is refused most of them
LONGER = "_in_project$"  # the same calls under longer addresses
TOLD = 4000  # characters of what was found


@pytest.mark.slow
@pytest.mark.flaky(reruns=1)  # chains of calls are drawn anew: what one draw in hundreds finds is named as a rerun
@pytest.mark.parametrize("who", CASES)
def test_the_server_does_what_its_document_says(live_server: LiveServer, tmp_path: Path, who: str) -> None:
    with transaction.atomic():
        world = worlds.world()
        spare = make.project(world.users["owner"])
    assert Client().get("/api/schema/?format=json").status_code == 200  # made once, here: a busy machine takes its time
    settings = (ROOT / "tests/api/schemathesis.toml").read_text()
    (tmp_path / "schemathesis.toml").write_text(settings.replace('hooks = "', f'hooks = "{ROOT}/'))
    words = [
        *(sys.executable, "-m", "schemathesis.cli", "run", f"{live_server.url}/api/schema/?format=json"),
        *("--header", f"Authorization: Bearer {make.token(world.users[who])}", "--checks", "all"),
        *("--phases", "fuzzing,stateful", "--max-examples", CASES[who], "--generation-deterministic"),
        *("--exclude-operation-id-regex", LONGER, "--no-shrink"),
        *("--request-timeout", "60", "--no-color", "--suppress-health-check", "all", "--warnings", "off"),
    ]
    names = {"CROWD_SLUG": world.project.slug, "CROWD_SPARE": spare.slug}
    ran = subprocess.run(
        words, cwd=tmp_path, env=os.environ | names, capture_output=True, text=True, check=False, timeout=900
    )
    assert ran.returncode == 0, told(ran.stdout + ran.stderr)
    counted = re.search(r"([\d,]+) generated", ran.stdout)
    assert counted, told(ran.stdout)
    assert int(counted[1].replace(",", "")) > 100
    covered = re.search(r"(\d+) covered", ran.stdout)
    assert covered, told(ran.stdout)
    assert who != "owner" or int(covered[1]) > 10  # what one answer named was asked for


def told(output: str) -> str:
    """Return what Schemathesis found, the summary of it first."""
    before, mark, summary = output.rpartition("= SUMMARY =")
    found = before.partition("= FAILURES =")[2] or before.partition("= ERRORS =")[2] or before
    return f"{mark}{summary[: TOLD // 2]}\n{found[:TOLD]}"
