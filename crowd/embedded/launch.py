"""Becomes a part: dies with its parent, leaves root where asked, then replaces itself by the part's program.

Run as a script, `python -I -S launch.py ORDER -- PROGRAM ARGUMENT...`: what happens between fork and exec must be safe
in a parent that has threads, so it happens in a fresh interpreter. ORDER is a JSON object:

`parent`    process id that must still be the parent; if it has gone, nothing is started
`signal`    sent to the part by the kernel when its parent dies, however it dies (Linux)
`leave_root`  absent, or `{"how": "drop" | "namespace", "uid": n, "gid": n, "reach": [path...]}`

PostgreSQL refuses to run as root. `drop` becomes the unprivileged uid for good, and keeps at most the one capability
that lets it walk through folders (such as /root) that only root may enter: a parent folder's mode is never touched.
`namespace` is for a root that has no other uid to give, as in some containers: the process stays what it is outside and
is the unprivileged uid inside its own user namespace.
"""

import ctypes
import errno
import json
import os
import signal
import sys
from pathlib import Path

PR_SET_PDEATHSIG = 1
PR_SET_KEEPCAPS = 8
PR_SET_SECUREBITS = 28
PR_SET_NO_NEW_PRIVS = 38
PR_CAP_AMBIENT = 47
PR_CAP_AMBIENT_RAISE = 2
SECBIT_NO_SETUID_FIXUP = 1 << 2
CAP_DAC_OVERRIDE = 1
CAP_DAC_READ_SEARCH = 2
CAPABILITY_VERSION_3 = 0x20080522
CLONE_NEWUSER = 0x10000000


class CapabilityHeader(ctypes.Structure):
    """`struct __user_cap_header_struct` of capget(2)."""

    _fields_ = [("version", ctypes.c_uint32), ("pid", ctypes.c_int)]


class CapabilitySets(ctypes.Structure):
    """`struct __user_cap_data_struct` of capget(2); two of them make 64 bits."""

    _fields_ = [("effective", ctypes.c_uint32), ("permitted", ctypes.c_uint32), ("inheritable", ctypes.c_uint32)]


def checked(result: int) -> None:
    """Raise the C library's error where a call says that it failed."""
    if result != 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))


def drop(libc: ctypes.CDLL, *, uid: int, gid: int, reach: list[str]) -> None:
    """Become `uid` for good, with the smallest set of capabilities that still reaches every path of `reach`."""
    checked(libc.prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0))
    # Without it access(2), by which PostgreSQL's tools look for one another, counts no capability of a plain user.
    libc.prctl(PR_SET_SECUREBITS, SECBIT_NO_SETUID_FIXUP, 0, 0, 0)
    os.setgroups([])
    os.setresgid(gid, gid, gid)
    os.setresuid(uid, uid, uid)
    for kept in (None, CAP_DAC_READ_SEARCH, CAP_DAC_OVERRIDE):
        if keep(libc, kept) and all(os.access(path, os.X_OK) for path in reach):
            return
    raise PermissionError(errno.EACCES, f"uid {uid} cannot reach all of {', '.join(reach)}")


def keep(libc: ctypes.CDLL, capability: int | None) -> bool:
    """Hold this capability across exec, besides those still permitted; False where it was never ours."""
    bit = 0 if capability is None else 1 << capability
    header = CapabilityHeader(CAPABILITY_VERSION_3, 0)
    sets = (CapabilitySets * 2)()
    checked(libc.capget(ctypes.byref(header), sets))
    if bit & ~sets[0].permitted:
        return False
    sets[0].effective = sets[0].inheritable = bit
    sets[1].effective = sets[1].inheritable = 0
    checked(libc.capset(ctypes.byref(header), sets))
    if capability is not None:
        checked(libc.prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, capability, 0, 0))
    return True


def enter_namespace(libc: ctypes.CDLL, *, uid: int, gid: int) -> None:
    """Be `uid` inside a user namespace of one's own, and still oneself outside."""
    outer_uid, outer_gid = os.geteuid(), os.getegid()
    checked(libc.unshare(CLONE_NEWUSER))
    Path("/proc/self/setgroups").write_text("deny")
    Path("/proc/self/uid_map").write_text(f"{uid} {outer_uid} 1")
    Path("/proc/self/gid_map").write_text(f"{gid} {outer_gid} 1")


def die_with_parent(number: int) -> None:
    """Have the kernel send us this signal when the thread that started us ends, however it ends (Linux only)."""
    if sys.platform == "linux":
        checked(ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, number, 0, 0, 0))


def main() -> None:
    """Carry out the order, then become the program."""
    order = json.loads(sys.argv[1])
    program = sys.argv[3:]
    if sys.platform == "linux":
        libc = ctypes.CDLL(None, use_errno=True)
        if leave := order.get("leave_root"):
            if leave["how"] == "drop":
                drop(libc, uid=leave["uid"], gid=leave["gid"], reach=leave["reach"])
            else:
                enter_namespace(libc, uid=leave["uid"], gid=leave["gid"])
            checked(libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
    die_with_parent(order["signal"])  # after the change of uid, which clears it
    if os.getppid() != order["parent"]:
        sys.exit("the parent has gone")
    for ignored in (signal.SIGPIPE, signal.SIGXFSZ):  # Python's own choice, not to be inherited
        signal.signal(ignored, signal.SIG_DFL)
    os.execv(program[0], program)  # noqa: S606 -- becoming the program is the point


if __name__ == "__main__":
    main()
