"""crowd's own processes: migration, web, worker, beat; the same whether the servers are embedded or elsewhere."""

import os
import signal
import socket
import sys
import sysconfig
import urllib.request
from collections.abc import Mapping
from pathlib import Path

import crowd
from crowd.embedded.folder import DataFolder
from crowd.embedded.part import MARK, Part

PROCESSES = max(2, min(4, os.cpu_count() or 1))
THREADS = 12  # of each web process: a slow upload holds one, and each may hold a database connection
ANYWHERE = {"0.0.0.0", "::", ""}  # noqa: S104 -- recognised, not bound


def environment(folder: DataFolder, *, addresses: Mapping[str, str], host: str = "127.0.0.1") -> dict[str, str]:
    """Return what every Django process gets: this environment, with explicit addresses and the host allowed."""
    allowed = [word for word in os.environ.get("CROWD_ALLOWED_HOSTS", "").split(",") if word.strip()]
    allowed = [*(allowed or ["localhost", "127.0.0.1", "[::1]"]), *_names(host)]
    found = {
        **os.environ,
        **addresses,
        MARK: str(folder.path),
        "CROWD_DATA_DIR": str(folder.path),
        "CROWD_ALLOWED_HOSTS": ",".join(dict.fromkeys(allowed)),
        "DJANGO_SETTINGS_MODULE": os.environ.get("DJANGO_SETTINGS_MODULE", "crowd.settings"),
        "PYTHONUNBUFFERED": "1",
        "CROWD_LOG_FORMAT": os.environ.get("CROWD_LOG_FORMAT") or "text",
    }
    home = str(Path(crowd.__file__).parent.parent)
    if home != sysconfig.get_path("purelib"):  # a checkout
        found["PYTHONPATH"] = os.pathsep.join(filter(None, [home, os.environ.get("PYTHONPATH", "")]))
    return found


def _names(host: str) -> list[str]:
    """Return the names under which a server on this address is called."""
    if host not in ANYWHERE:
        return [bracketed(host), "localhost"]
    own = socket.gethostname()
    try:
        found = {str(info[4][0]) for info in socket.getaddrinfo(own, None)}
    except OSError:
        found = set()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))  # sends nothing: asks which of our addresses faces outwards
            found.add(probe.getsockname()[0])
        except OSError:
            pass
    return ["localhost", "127.0.0.1", own, *sorted(bracketed(name.partition("%")[0]) for name in found)]


def bracketed(host: str) -> str:
    """Return the host as it stands in a URL."""
    return f"[{host}]" if ":" in host else host


def migration(folder: DataFolder, *, env: Mapping[str, str]) -> Part:
    """Bring the database's schema up to date, once, before anything uses it."""
    return Part(
        name="migration",
        command=[sys.executable, "-m", "django", "migrate", "--noinput", "--skip-checks"],
        folder=folder.path,
        log=folder.log("migration"),
        environment=env,
        orphaned=signal.SIGKILL,  # a migration is one transaction
        patience=3600.0,
        once=True,
    )


def web(folder: DataFolder, *, env: Mapping[str, str], host: str, port: int) -> Part:
    """Serve pages and API from several processes of several threads; a process that dies is replaced."""
    return Part(
        name="web",
        command=[
            *(sys.executable, "-m", "granian", "crowd.wsgi:application", "--interface", "wsgi", "--no-ws"),
            *("--host", host, "--port", str(port), "--workers", str(PROCESSES), "--blocking-threads", str(THREADS)),
            *("--respawn-failed-workers", "--workers-kill-timeout", "3", "--backlog", "512"),
        ],
        folder=folder.path,
        log=folder.log("web"),
        address=f"http://{bracketed(host)}:{port}",
        environment=env,
        answers=lambda: answers(host, port),
        stopping=((signal.SIGTERM, 4.0),),  # requests under way are answered first
    )


def worker(folder: DataFolder, *, env: Mapping[str, str]) -> Part:
    """Run the background jobs."""
    return Part(
        name="worker",
        command=[
            *(sys.executable, "-m", "celery", "--app", "crowd.celery", "worker", "--loglevel", "INFO"),
            *("--pool", "prefork", "--concurrency", str(PROCESSES), "--without-gossip", "--without-mingle"),
        ],
        folder=folder.path,
        log=folder.log("worker"),
        address=f"{PROCESSES} jobs at a time",
        environment=env,
        # SIGQUIT: jobs under way get a few seconds, then their messages go back to the broker
        stopping=((signal.SIGQUIT, 5.0),),
        orphaned=signal.SIGKILL,  # the broker is going too; an unfinished job's message is given out again
    )


def beat(folder: DataFolder, *, env: Mapping[str, str]) -> Part:
    """Send the periodic jobs."""
    return Part(
        name="beat",
        command=[
            *(sys.executable, "-m", "celery", "--app", "crowd.celery", "beat", "--loglevel", "INFO"),
            *("--scheduler", "crowd.celery:Scheduler", "--pidfile="),
        ],
        folder=folder.path,
        log=folder.log("beat"),
        address="periodic jobs",
        environment=env,
        stopping=((signal.SIGTERM, 1.0),),
        orphaned=signal.SIGKILL,
    )


def answers(host: str, port: int) -> bool:
    """Tell whether the web server answers /healthz, whichever of its processes is asked."""
    near = {"0.0.0.0": "127.0.0.1", "": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 -- asked, not bound
    # the kernel spreads connections over the processes, and the last of them may still be loading
    return all(_is_answered(f"http://{bracketed(near)}:{port}/healthz") for _ in range(6 * PROCESSES))


def _is_answered(url: str) -> bool:
    request = urllib.request.Request(  # noqa: S310 -- http, to ourselves
        url, headers={"Host": "localhost", "Connection": "close"}
    )
    try:
        with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request, timeout=10) as response:
            return bool(response.status == 200)
    except OSError:  # nobody there, or an answer that is an error
        return False
