"""Whether a part lives, told by the exit status of a tiny program."""

import http.server
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from crowd import probe


@pytest.fixture
def web() -> Iterator[str]:
    """A web server that is well at one path and ill at another, and knows itself as localhost only."""

    class Web(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            well = self.path == "/healthz" and self.headers["Host"] == "localhost"
            self.send_response(200 if well else 503)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Web) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def test_a_web_server_lives_while_it_answers(web: str) -> None:
    assert probe.alive(f"{web}/healthz")
    assert not probe.alive(f"{web}/other")
    assert not probe.alive("http://127.0.0.1:9/healthz")


def test_a_worker_lives_while_it_touches_its_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "alive"
    assert not probe.alive(str(file))
    monkeypatch.setenv("CROWD_ALIVE_FILE", str(file))
    probe.touch()
    assert probe.alive(str(file))
    long_ago = file.stat().st_mtime - 2 * probe.STALE
    os.utime(file, (long_ago, long_ago))
    assert not probe.alive(str(file))


@pytest.mark.parametrize(("there", "status"), [(True, 0), (False, 1)])
def test_the_program_tells_it_by_its_status(tmp_path: Path, there: bool, status: int) -> None:
    if there:
        (tmp_path / "alive").touch()
    line = [sys.executable, "-m", "crowd.probe", str(tmp_path / "alive")]
    assert subprocess.run(line, check=False).returncode == status
    assert subprocess.run([sys.executable, "-m", "crowd.probe"], check=False).returncode == 1


@pytest.mark.parametrize(
    "words", [["worker", "--pool", "prefork", "--concurrency", "1"], ["beat"]], ids=["worker", "beat"]
)
def test_a_job_process_lives_while_its_broker_is_away(tmp_path: Path, words: list[str]) -> None:
    if words == ["beat"]:
        words = [*words, "--scheduler", "crowd.celery:Scheduler", "--pidfile="]
    file = tmp_path / "alive"
    env = {**os.environ, "CROWD_BROKER_URL": "amqp://127.0.0.1:9//", "CROWD_ALIVE_FILE": str(file)}
    env |= {"CROWD_SECRET_KEY": "of-no-use-but-here-" * 4, "DATABASE_URL": "postgresql://nobody@127.0.0.1:9/none"}
    line = [sys.executable, "-m", "celery", "--app", "crowd.celery", *words]
    with subprocess.Popen(line, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        try:
            until = time.monotonic() + 120
            for _ in range(3):  # it starts, and it says so again and again
                while not file.exists():
                    assert process.poll() is None
                    assert time.monotonic() < until
                    time.sleep(0.2)
                file.unlink()
        finally:
            process.kill()
