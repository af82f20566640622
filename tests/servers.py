"""Real servers for the tests, loaded by `-p tests.servers` before pytest-django reads the settings.

PostgreSQL starts once per run (unless DATABASE_URL names one). Valkey (`broker_url`) and SeaweedFS (`s3`) start when a
test first asks for them. All die with the run, even when it is killed, and what they wrote goes with them.
"""

import json
import os
import secrets
import shutil
import signal
import sysconfig
import tempfile
import urllib.error
import urllib.request
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import boto3
import pytest
from botocore.config import Config

from crowd.embedded import postgres, valkey
from crowd.embedded.folder import DataFolder, any_free_port
from crowd.embedded.part import Part, Process, await_answer, stop

_run = pytest.StashKey["Run"]()


@contextmanager
def temporary_folder() -> Iterator[DataFolder]:
    """Have a data folder for this block, gone after it."""
    folder = DataFolder(Path(tempfile.mkdtemp(prefix="crowd-tests-")))
    try:
        yield folder
    finally:
        shutil.rmtree(folder.path)


@contextmanager
def started(part: Part) -> Iterator[Process]:
    """Have this part running in this block."""
    process = Process(part)
    try:
        await_answer(process)
        yield process
    finally:
        stop([process])


class Run:
    """The folder and the database of one test run."""

    def __init__(self) -> None:
        self._folder = temporary_folder()
        self.folder = self._folder.__enter__()
        self._database: Process | None = None

    def start_database(self) -> str:
        """Return the address of a database that forgets everything when the machine stops, and is fast for it."""
        port = self.folder.port("database")
        self._database = Process(postgres.part(self.folder, port=port, durable=False))
        await_answer(self._database)
        return postgres.url(self.folder, port=port)

    def stop(self) -> None:
        """Leave nothing behind."""
        if self._database:
            stop([self._database])
        self._folder.__exit__(None, None, None)


@pytest.hookimpl(wrapper=True)
def pytest_load_initial_conftests(early_config: pytest.Config) -> Generator[None, object, object]:
    """Name the servers in the environment; the processes of a parallel run inherit it."""
    if "PYTEST_XDIST_WORKER" in os.environ:
        return (yield)
    run = Run()
    try:
        data = run.folder.path / "data"
        os.environ["CROWD_DATA_DIR"] = str(data)
        os.environ["CROWD_STORAGE_URL"] = (data / "objects").as_uri()
        os.environ.setdefault("CROWD_SECRET_KEY", secrets.token_urlsafe(48))
        if "DATABASE_URL" not in os.environ:
            os.environ["DATABASE_URL"] = run.start_database()
        answer = yield
    except BaseException:
        run.stop()
        raise
    early_config.stash[_run] = run
    return answer


def pytest_unconfigure(config: pytest.Config) -> None:
    """Stop what the run started."""
    if run := config.stash.get(_run, None):
        run.stop()


@pytest.fixture(scope="session")
def broker_url() -> Iterator[str]:
    """A real Valkey."""
    with temporary_folder() as folder:
        port = folder.port("broker")
        with started(valkey.part(folder, port=port)):
            yield valkey.url(folder, port=port)


@dataclass(frozen=True)
class S3:
    """A real S3 server: it checks signatures and expiry, which an imitation in Python does not."""

    endpoint_url: str
    region: str = "us-east-1"
    access_key: str = field(default_factory=lambda: secrets.token_hex(10))
    secret_key: str = field(default_factory=lambda: secrets.token_hex(20))

    def bucket(self, name: str) -> str:
        """Make the bucket if it is not there yet; return its name."""
        client = boto3.client(
            "s3",
            endpoint_url=self.endpoint_url,
            region_name=self.region,
            aws_access_key_id=self.access_key,
            aws_secret_access_key=self.secret_key,
            config=Config(s3={"addressing_style": "path"}),
        )
        if name not in {bucket["Name"] for bucket in client.list_buckets()["Buckets"]}:
            client.create_bucket(Bucket=name)
        return name


@pytest.fixture(scope="session")
def s3() -> Iterator[S3]:
    """A real SeaweedFS."""
    with temporary_folder() as folder:
        ports = {name: any_free_port() for name in SEAWEEDFS_PORTS}
        server = S3(endpoint_url=f"http://127.0.0.1:{ports['s3.port']}")
        try:
            with started(_seaweedfs(folder, server, ports)):
                yield server
        finally:
            for name, port in ports.items():  # it makes these whatever it is told, and leaves them
                Path(f"/tmp/seaweedfs-{name.replace('.port.', '-')}-{port}.sock").unlink(missing_ok=True)


SEAWEEDFS_PORTS = (
    *("master.port", "master.port.grpc", "volume.port", "volume.port.grpc"),
    *("filer.port", "filer.port.grpc", "s3.port", "s3.port.grpc"),
)


def _seaweedfs(folder: DataFolder, server: S3, ports: dict[str, int]) -> Part:
    identity = {
        "name": "tests",
        "credentials": [{"accessKey": server.access_key, "secretKey": server.secret_key}],
        "actions": ["Admin", "Read", "Write", "List", "Tagging"],
    }
    identities = folder.path / "identities.json"
    identities.write_text(json.dumps({"identities": [identity]}))
    home = folder.path / "objects"
    home.mkdir()
    return Part(
        name="objects",
        command=[
            *(str(Path(sysconfig.get_path("scripts"), "weed")), "server", f"-dir={home}", "-ip=127.0.0.1"),
            *("-filer", "-s3", f"-s3.config={identities}", "-master.telemetry=false"),
            *("-master.volumeSizeLimitMB=64", "-volume.max=500"),  # each bucket takes seven
            *(f"-filer.localSocket={home}/filer.sock", f"-s3.localSocket={home}/s3.sock"),
            *("-s3.port.iceberg=0", "-s3.port.lance=0", "-s3.autoCreateBucket=false"),
            *(f"-{name}={port}" for name, port in ports.items()),
        ],
        folder=folder.path,
        log=folder.log("objects"),
        answers=lambda: _listens(server.endpoint_url),
        environment={"HOME": str(home)},
        stopping=((signal.SIGTERM, 0.0),),  # nothing is worth waiting for
    )


def _listens(url: str) -> bool:
    """Tell whether S3 is there: without a signature it answers 403, and that is an answer."""
    try:
        urllib.request.urlopen(url, timeout=2).close()
    except urllib.error.HTTPError as error:
        error.close()
        return error.code == 403
    except OSError:
        return False
    return True
