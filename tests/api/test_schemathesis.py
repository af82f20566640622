"""The server does what its document says, whatever is sent: Schemathesis asks, and asks on with what it was told.

Bounded here. For longer, with all checks, against any server and user:

    st --config-file tests/api/schemathesis.toml run http://…/api/schema/?format=json \
        -H "Authorization: Bearer $TOKEN" --checks all --max-time 900
"""

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

SECONDS = 40
# Each of these is wrong whenever it is found. What rules refuse beyond any schema (shares that do not add up to 1) is
# no fault, so that valid documents are refused and numbers taken for texts is judged by hand.
CHECKS = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_headers_conformance",
    "response_schema_conformance",
    "unsupported_method",
    "allow_header_conformance",
    "ignored_auth",
)

# the project is still needed; another's server is asked, and its silence is 503; Schemathesis writes no lines of JSON
ELSEWHERE = ("projects_delete", "model_server_try", "prelabels_load", "scores_load")


@pytest.mark.slow
@pytest.mark.parametrize("who", ["owner", "worker"])
def test_the_server_does_what_its_document_says(live_server: LiveServer, tmp_path: Path, who: str) -> None:
    with transaction.atomic():
        world = worlds.world()
    assert Client().get("/api/schema/?format=json").status_code == 200  # made once, here: a busy machine takes its time
    settings = Path(__file__).with_name("schemathesis.toml").read_text()
    (tmp_path / "schemathesis.toml").write_text(
        settings.replace("[parameters]", f'[parameters]\nslug = "{world.project.slug}"')
    )
    words = [
        *(sys.executable, "-m", "schemathesis.cli", "run", f"{live_server.url}/api/schema/?format=json"),
        *("--header", f"Authorization: Bearer {make.token(world.users[who])}", "--checks", ",".join(CHECKS)),
        *("--phases", "fuzzing,stateful", "--generation-deterministic", "--max-time", str(SECONDS // 2)),
        *("--request-timeout", "60", "--no-color", "--suppress-health-check", "all", "--warnings", "off"),
        *(word for one in ELSEWHERE for word in ("--exclude-operation-id", one)),
    ]
    ran = subprocess.run(words, cwd=tmp_path, capture_output=True, text=True, check=False, timeout=600)
    assert ran.returncode == 0, ran.stdout[-8000:] + ran.stderr[-2000:]
    made = re.search(r"([\d,]+) generated", ran.stdout)
    assert made, ran.stdout[-2000:]
    assert int(made[1].replace(",", "")) > 100
