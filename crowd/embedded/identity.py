"""Who the servers run as: whoever started them, except that root gives PostgreSQL and Valkey to an unprivileged user.

PostgreSQL refuses to run as root, and Valkey has no need to. No user is added for this: the one called `nobody` is on
every system (initdb wants its uid to have a name). Only the servers' own folders are given to it.
"""

import os
import pwd
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

NOBODY = "nobody"


@dataclass(frozen=True)
class Unprivileged:
    """How a part started by root stops being root; `launch.py` carries it out."""

    how: Literal["drop", "namespace"]
    uid: int
    gid: int


def give(folder: Path) -> Unprivileged | None:
    """Make `folder` private to whoever its server will run as, and say who that is; None: to us, as we are."""
    folder.mkdir(mode=0o700, exist_ok=True)
    folder.chmod(0o700)
    if os.geteuid() != 0 or sys.platform != "linux":
        return None
    nobody = pwd.getpwnam(NOBODY)
    try:
        _hand_over(folder, uid=nobody.pw_uid, gid=nobody.pw_gid)
    except OSError:  # a root without a second uid: a container that maps only one
        _hand_over(folder, uid=0, gid=0)
        return Unprivileged(how="namespace", uid=nobody.pw_uid, gid=nobody.pw_gid)
    return Unprivileged(how="drop", uid=nobody.pw_uid, gid=nobody.pw_gid)


def _hand_over(folder: Path, *, uid: int, gid: int) -> None:
    """Change the owner of the folder and of all in it, where it is another; links are never followed."""
    for place, folders, files in os.walk(folder):
        for name in (*folders, *files):
            path = Path(place, name)
            if path.lstat().st_uid != uid:
                os.chown(path, uid, gid, follow_symlinks=False)
    if folder.stat().st_uid != uid:
        os.chown(folder, uid, gid)
