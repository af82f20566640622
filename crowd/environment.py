"""What the environment says, plainly or by a file: `NAME`, or `NAME_FILE` with the path of a file that holds it.

Containers are handed secrets as files, because a process's environment is shown by more tools than one thinks of.
"""

import os
from pathlib import Path


class EnvironmentFileError(ValueError):
    """A file that the environment names cannot be read."""


def told(name: str) -> str:
    """Return the value without the file's last line end; empty where neither `NAME` nor `NAME_FILE` says anything."""
    if plain := os.environ.get(name):
        return plain
    file = os.environ.get(f"{name}_FILE")
    if not file:
        return ""
    try:
        return Path(file).read_text().rstrip("\r\n")
    except (OSError, UnicodeDecodeError) as error:
        raise EnvironmentFileError(f"{name}_FILE names {file}, which cannot be read: {error}") from None
