"""The data folder of the embedded parts: what is in it, and nothing that needs Django.

parts.json     the running parts' URLs, for commands run beside `up` (mode 600); there only while they run
holder.json    who holds the folder now; its lock, not its presence, says that it is held
ports.json     the ports used last time, used again where they are free
secret_key, database_password, broker_password
postgres/  valkey/  beat/  objects/  logs/
"""

import errno
import fcntl
import json
import os
import secrets
import socket
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path


class FolderHeldError(Exception):
    """Another process holds this data folder."""


@dataclass(frozen=True)
class DataFolder:
    """Everything the embedded parts keep, under one path with mode 700."""

    path: Path

    @property
    def parts_file(self) -> Path:
        """The addresses of the running parts, written by `up` and removed when it stops."""
        return self.path / "parts.json"

    @property
    def cluster(self) -> Path:
        """PostgreSQL's files."""
        return self.path / "postgres"

    def addresses(self) -> Mapping[str, str]:
        """Return the running parts' URLs by environment name; empty where none run or the file is damaged."""
        return _read(self.parts_file) if self.is_held() else {}

    def publish(self, addresses: Mapping[str, str]) -> None:
        """Let commands run beside us find the parts."""
        _write(self.parts_file, addresses)

    def withdraw(self) -> None:
        """Say that the parts run no more."""
        self.parts_file.unlink(missing_ok=True)

    def record(self, processes: Mapping[str, str]) -> None:
        """Note who the parts' processes are, by part."""
        _write(self.path / "processes.json", processes)

    def recorded(self) -> Mapping[str, str]:
        """Return what was noted last."""
        return _read(self.path / "processes.json")

    def make(self) -> None:
        """Create the folder, readable by its owner only; a parent's mode is never touched."""
        self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.path.chmod(0o700)

    @contextmanager
    def held(self, *, what: str, patience: float = 0.5) -> Iterator[None]:
        """Hold the folder for this process alone, until it ends in whatever way; FolderHeldError says who has it."""
        self.make()
        descriptor = os.open(self._holder_file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            deadline = time.monotonic() + patience
            while not _lock(descriptor, fcntl.LOCK_EX):
                if time.monotonic() > deadline:  # not at once: is_held() may be looking
                    holder = _read(self._holder_file)
                    raise FolderHeldError(
                        f"{self.path} is in use by `{holder.get('what', '?')}`, process {holder.get('pid', '?')}. "
                        "Stop that one first, or name another folder with --data."
                    )
                time.sleep(0.05)
            os.ftruncate(descriptor, 0)
            os.pwrite(descriptor, json.dumps({"pid": str(os.getpid()), "what": what}).encode(), 0)
            yield
        finally:
            os.close(descriptor)

    def is_held(self) -> bool:
        """Tell whether a living process holds the folder."""
        try:
            descriptor = os.open(self._holder_file, os.O_RDONLY | os.O_CLOEXEC)
        except OSError:
            return False
        try:
            return not _lock(descriptor, fcntl.LOCK_SH)
        finally:
            os.close(descriptor)

    @property
    def _holder_file(self) -> Path:
        return self.path / "holder.json"

    def secret_key(self, *, may_create: bool) -> str:
        """Return this installation's own secret, making it once; empty where there is none and none may be made."""
        return self.secret("secret_key", may_create=may_create)

    def secret(self, name: str, *, may_create: bool = True) -> str:
        """Return the secret kept under this name, making it once; two that make it at once get the same."""
        file = self.path / name
        if not file.exists():
            if not may_create:
                return ""
            self.make()
            fresh = self.path / f".{name}.{os.getpid()}.{secrets.token_hex(4)}"
            _write_text(fresh, secrets.token_urlsafe(48))
            try:
                os.link(fresh, file)  # complete at once, and only where there is none yet
            except FileExistsError:
                pass
            finally:
                fresh.unlink()
        return file.read_text().strip()

    def port(self, name: str) -> int:
        """Return a free port of 127.0.0.1 for this part: last time's, or any."""
        file = self.path / "ports.json"
        known = _read(file)
        last = known.get(name, "")
        port = int(last) if last.isdigit() and is_free(int(last)) else any_free_port()
        _write(file, {**known, name: str(port)})
        return port

    def log(self, name: str) -> Path:
        """Return where this part's output goes."""
        folder = self.path / "logs"
        folder.mkdir(mode=0o700, exist_ok=True)
        file = folder / f"{name}.log"
        file.touch(mode=0o600)
        return file


def is_free(port: int, *, host: str = "127.0.0.1") -> bool:
    """Tell whether a server could listen there now; OSError where this machine has no such address."""
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # a server's own option: TIME_WAIT is no obstacle
        try:
            probe.bind((host, port))
        except OSError as error:
            if error.errno not in {errno.EADDRINUSE, errno.EACCES}:
                raise
            return False
    return True


def any_free_port(*, host: str = "127.0.0.1") -> int:
    """Return a port that nobody listens on now."""
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.bind((host, 0))
        return int(probe.getsockname()[1])


def _lock(descriptor: int, kind: int) -> bool:
    try:
        fcntl.flock(descriptor, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _read(file: Path) -> Mapping[str, str]:
    try:
        found = json.loads(file.read_text())
    except (OSError, ValueError):
        return {}
    return {str(name): str(value) for name, value in found.items()} if isinstance(found, dict) else {}


def _write(file: Path, values: Mapping[str, str]) -> None:
    fresh = file.with_name(f".{file.name}.{os.getpid()}")
    fresh.unlink(missing_ok=True)
    _write_text(fresh, json.dumps(dict(values), indent=1))
    fresh.replace(file)


def _write_text(file: Path, text: str) -> None:
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as handle:
        handle.write(text)
        handle.flush()
        os.fsync(handle.fileno())
