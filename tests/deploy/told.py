"""What `deploy/` says, read from its files: commands, users, volumes and environment as an engine would take them."""

import io
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from dockerfile_parse import DockerfileParser

DEPLOY = Path(__file__).resolve().parents[2] / "deploy"
COMPOSE = DEPLOY / "compose"
VARIABLE = re.compile(r"\$\{(\w+)(?::[-?]([^}]*))?\}")


@dataclass(frozen=True)
class Image:
    """What the Containerfile says of its last stage."""

    environment: Mapping[str, str]
    command: list[str]
    user: str
    workdir: str


def containerfile() -> DockerfileParser:
    text = (DEPLOY / "container" / "Containerfile").read_bytes()
    return DockerfileParser(fileobj=io.BytesIO(text), parent_env={})


def instructions() -> list[dict[str, Any]]:
    """Return the Containerfile's instructions without comments."""
    return [each for each in containerfile().structure if each["instruction"] != "COMMENT"]


def image() -> Image:
    found = instructions()
    last = found[max(n for n, each in enumerate(found) if each["instruction"] == "FROM") :]

    def only(name: str) -> str:
        return [each["value"] for each in last if each["instruction"] == name][-1]

    words = re.findall(r"(\w+)=(\S+)", only("ENV"))
    return Image(dict(words), json.loads(only("CMD")), only("USER"), only("WORKDIR"))


def compose(variables: Mapping[str, str]) -> dict[str, Any]:
    """Return compose.yaml with these variables in their places."""
    text = (COMPOSE / "compose.yaml").read_text()
    return yaml.safe_load(VARIABLE.sub(lambda found: variables.get(found[1], found[2] or ""), text))


def example() -> dict[str, str]:
    """Return the variables of .env.example."""
    lines = (COMPOSE / ".env.example").read_text().splitlines()
    return dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))
