"""The browser's modules that need no browser, run by Node's own test runner where Node is installed."""

import shutil
import subprocess
from pathlib import Path

import pytest

HERE = Path(__file__).parent
STATIC = HERE.parent.parent / "crowd" / "static" / "crowd"
FIXTURES = HERE.parent / "geometry" / "fixtures"
NODE = shutil.which("node")


@pytest.mark.skipif(NODE is None, reason="node is not installed: the modules without a DOM are tested by it")
@pytest.mark.parametrize("suite", sorted(HERE.glob("*.test.js")), ids=lambda path: path.stem)
def test_modules(suite: Path, tmp_path: Path) -> None:
    (tmp_path / "package.json").write_text('{"type": "module"}')
    shutil.copytree(STATIC, tmp_path / "crowd")
    shutil.copytree(FIXTURES, tmp_path / "fixtures")
    (tmp_path / "js").mkdir()
    shutil.copy(suite, tmp_path / "js")
    assert NODE
    run = subprocess.run(
        [NODE, "--test", f"js/{suite.name}"], cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False
    )
    assert run.returncode == 0, run.stdout + run.stderr
