"""Stands between `ip netns exec` and a container's command: the same file system, user and rights, without an engine.

`python container.py SPEC -- PROGRAM ARGUMENT...`, as root, in namespaces of its own for mounts and processes. SPEC is a
JSON object:

`root`       an empty folder on which the new root is made
`keep`       folders of the machine that the programs live in; they keep their paths
`binds`      [[source, target]...], read-only; `writable` likewise, for volumes
`tmpfs`      folders that are empty and writable
`uid` `gid`  who it becomes, for good and without any capability
"""

import ctypes
import json
import os
import sys
from pathlib import Path

BIND, REC, REMOUNT, RDONLY, PRIVATE = 4096, 16384, 32, 1, 1 << 18
SYSTEM = ("usr", "etc", "var", "dev", "proc", "sys", "lib", "lib32", "lib64", "libx32", "bin", "sbin")
PR_SET_PDEATHSIG, PR_SET_NO_NEW_PRIVS, SIGKILL = 1, 38, 9
libc = ctypes.CDLL(None, use_errno=True)


def mount(source: str, target: Path, kind: str = "", flags: int = 0, options: str = "") -> None:
    if libc.mount(source.encode(), str(target).encode(), kind.encode() or None, flags, options.encode() or None):
        raise OSError(ctypes.get_errno(), f"mount {source} on {target}: {os.strerror(ctypes.get_errno())}")


def bind(source: str, target: Path, *, readonly: bool = False) -> None:
    if Path(source).is_dir():
        target.mkdir(parents=True, exist_ok=True)
    elif not target.exists():
        target.parent.mkdir(parents=True, exist_ok=True)
        target.touch()
    mount(source, target, flags=BIND | REC)
    if readonly:
        mount("", target, flags=BIND | REMOUNT | RDONLY)


def build(spec: dict) -> None:
    root = Path(spec["root"])
    mount("", Path("/"), flags=PRIVATE | REC)
    mount("tmpfs", root, "tmpfs", options="mode=755")
    for name in SYSTEM:
        entry = Path("/", name)
        if entry.is_symlink():
            (root / name).symlink_to(entry.readlink())
        elif entry.is_dir():
            bind(str(entry), root / name, readonly=name in ("usr", "etc", "var"))
    mount("proc", root / "proc", "proc")  # of its own processes only
    for place in spec["tmpfs"]:
        (root / place.lstrip("/")).mkdir(parents=True, exist_ok=True)
        mount("tmpfs", root / place.lstrip("/"), "tmpfs", options="mode=1777")
    for source, target in spec["writable"]:
        bind(source, root / target.lstrip("/"))
    for place in spec["keep"]:
        if not (root / place.lstrip("/")).exists():
            bind(place, root / place.lstrip("/"), readonly=True)
    for source, target in spec["binds"]:
        bind(source, root / target.lstrip("/"), readonly=True)
    mount("", root, flags=BIND | REMOUNT | RDONLY)
    os.chroot(root)
    os.chdir(spec["cwd"])


def main() -> None:
    spec, words = json.loads(Path(sys.argv[1]).read_text()), sys.argv[3:]
    build(spec)
    os.setgroups([])
    os.setresgid(spec["gid"], spec["gid"], spec["gid"])
    os.setresuid(spec["uid"], spec["uid"], spec["uid"])
    libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    libc.prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0)
    os.execvp(words[0], words)


if __name__ == "__main__":
    main()
