"""The whole of `deploy/compose` as processes: each container's own command on a host of its own.

Servers are the machine's: PostgreSQL from its wheel, RabbitMQ and nginx from Debian, SeaweedFS from its wheel. What
crowd's containers and the proxy run, as whom, on which files, comes out of compose.yaml and the Containerfile.
"""

import importlib.util
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from types import ModuleType
from typing import Any

from crowd.embedded import postgres
from crowd.embedded.folder import DataFolder
from crowd.embedded.part import Part, PartError, Process, basic_environment, stop, tail
from tests.deploy import told
from tests.deploy.network import IP, Network
from tests.faults.running import ROOT, eventually

DOMAIN = "crowd.test"
SERVERS = ("database", "broker", "objects")
CROWD = ("web-1", "web-2", "worker-quick", "worker-long", "worker-outside", "beat")
ONCE = ("migrate", "bucket")
HOSTS = (*SERVERS, *ONCE, *CROWD, "proxy", "client")
NOBODY = 65534
UNSHARE = "/usr/bin/unshare"
END = 15  # lines of a log
WRONG = re.compile(r"ERROR|CRITICAL|Traceback|\[error\]|\" 50\d |FATAL")
RABBITMQ = next(iter(sorted(Path("/usr/lib/rabbitmq/lib").glob("rabbitmq_server-*/sbin/rabbitmq-server"))), None)


def forbidden() -> str:
    """Say why nobody could make hosts here, whatever is installed; empty where they can be made."""
    if os.geteuid() != 0:
        return "network namespaces need root"
    tried = [UNSHARE, "--net", "--mount", "--pid", "--fork", "--kill-child", "--", IP or "true"]
    tried += ["link", "add", "name", "crowd0", "type", "veth", "peer", "name", "crowd1"] if IP else []
    found = subprocess.run(tried, capture_output=True, text=True, check=False)
    return f"this machine makes no network namespaces: {found.stderr}" if found.returncode else ""


def missing() -> str:
    """Say which packages this machine lacks; empty where it has all."""
    wanted = {
        "nginx-light": shutil.which("nginx", path="/usr/sbin:/usr/bin"),
        "rabbitmq-server": RABBITMQ,
        "iproute2": IP,
    }
    lacking = [package for package, found in wanted.items() if not found]
    return f"apt-get install --no-install-recommends {' '.join(lacking)}" if lacking else ""


def secrets() -> ModuleType:
    """Return deploy/compose/make_secrets.py."""
    spec = importlib.util.spec_from_file_location("make_secrets", told.COMPOSE / "make_secrets.py")
    assert spec is not None
    assert spec.loader is not None
    found = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(found)
    return found


@dataclass
class Site:
    """Everything, running; it looks like an `Up` to a Scene."""

    folder: Path
    network: Network
    database: DataFolder
    database_options: str = ""

    def __post_init__(self) -> None:
        self.running: dict[str, Process] = {}
        self.url = f"https://{self.network.addresses['proxy']}:8443"
        self._secrets = self.folder / "secrets"
        self._make_secrets()
        variables = {
            **told.example(),
            "CROWD_ALLOWED_HOSTS": f"{DOMAIN},localhost,{self.network.addresses['proxy']}",
            "CROWD_TRUSTED_ORIGINS": f"https://{DOMAIN}:8443",
            "CROWD_STORAGE_URL": "s3://crowd?endpoint_url=http://objects:8333"
            f"&public_endpoint_url=https://objects.{DOMAIN}:8443",
        }
        self.compose = told.compose(variables)
        self.image = told.image()
        proxy, nobody = self.network.addresses["proxy"], self.network.addresses["broker"]
        names = {DOMAIN: proxy, f"objects.{DOMAIN}": proxy, "valkey": nobody}  # refused: requests are not counted here
        (self.folder / "hosts").write_text(self.network.hosts(**names))

    def _make_secrets(self) -> None:
        self._secrets.mkdir(mode=0o755)
        names = f"subjectAltName=DNS:{DOMAIN},DNS:objects.{DOMAIN},IP:{self.network.addresses['proxy']}"
        words = [
            "openssl",
            "req",
            "-x509",
            "-newkey",
            "ec",
            "-pkeyopt",
            "ec_paramgen_curve:P-256",
            "-nodes",
            "-days",
            "2",
        ]
        words += ["-subj", f"/CN={DOMAIN}", "-addext", names]
        words += ["-keyout", str(self._secrets / "tls.key"), "-out", str(self.certificate)]
        subprocess.run(words, check=True, capture_output=True)
        (self._secrets / "tls.key").chmod(0o644)
        (self._secrets / "database_password").write_text(self.database.secret("database_password"))
        secrets().make(self._secrets, domain=DOMAIN)
        url = self._secrets / "database_url"
        url.write_text(url.read_text() + self.database_options)
        self._secrets.chmod(0o755)

    def addresses(self) -> Mapping[str, str]:
        """Return the servers as they are reached from outside the hosts."""
        at = self.network.addresses
        return {
            "DATABASE_URL": self._database_url(),
            "CROWD_BROKER_URL": self.secret("broker_url").replace("@broker:", f"@{at['broker']}:"),
            "CROWD_STORAGE_URL": f"s3://crowd?endpoint_url=http://{at['objects']}:8333",
            "AWS_SHARED_CREDENTIALS_FILE": str(self._secrets / "objects_credentials"),
            "CROWD_SECRET_KEY": self.secret("secret_key"),
        }

    def _database_url(self) -> str:
        return postgres.url(self.database, port=5432).replace("127.0.0.1", self.network.addresses["database"])

    @property
    def certificate(self) -> Path:
        return self._secrets / "tls.crt"

    def secret(self, name: str) -> str:
        return (self._secrets / name).read_text()

    def start(self, part: Part) -> Process:
        """Start it and do not wait."""
        self.running[part.name] = Process(part)
        return self.running[part.name]

    def stop(self) -> None:
        """Stop all, at once: what they hold is thrown away."""
        stop(list(self.running.values()))
        for host in HOSTS:
            assert eventually(lambda host=host: not self.network.inhabited(host), seconds=60), f"{host} is not empty"

    @contextmanager
    def told_on_failure(self) -> Iterator[None]:
        """Print how each part's log ends, and what went wrong before, where this block fails."""
        try:
            yield
        except BaseException:
            for log in sorted(self.folder.glob("*.log")):
                lines = [line[:2000] for line in log.read_text(errors="replace").splitlines()]
                wrong = [line for line in lines[:-END] if WRONG.search(line)][-END:]
                print(f"--- {log.name}", *wrong, "...", *lines[-END:], sep="\n", file=sys.stderr)
            raise

    def contained(self, host: str, words: list[str], *, uid: int, **more: Any) -> Part:
        """Return what runs these words on this host as this user, in a root folder of its own."""
        root = self.folder / "roots" / host
        root.mkdir(parents=True, exist_ok=True)
        env = more.pop("env")
        keep = [str(ROOT), sys.prefix, sys.base_prefix]
        mounts = {"keep": keep, "binds": [], "writable": [], "tmpfs": [], "cwd": "/", **more}
        mounts["binds"] = [*mounts["binds"], [str(self.folder / "hosts"), "/etc/hosts"]]
        spec = self.folder / "roots" / f"{host}.json"
        spec.write_text(json.dumps({"root": str(root), "uid": uid, "gid": uid, **mounts}))
        alone = [UNSHARE, "--pid", "--fork", "--kill-child", "--"]  # its processes end with its first
        inside = [*alone, sys.executable, "-I", "-S", str(Path(__file__).with_name("container.py")), str(spec), "--"]
        log = self.folder / f"{host}.log"
        log.touch()
        log.chmod(0o666)  # /dev/stdout is opened anew by those who write to it by name
        command = [str(IP), "netns", "exec", self.network.space(host), *inside, *words]
        ends = {"stopping": ((signal.SIGKILL, 0.0),), "orphaned": signal.SIGKILL}
        return Part(name=host, command=command, folder=self.folder, log=log, environment=env, **ends)

    def service(self, name: str) -> Part:
        """Return the container of this name in compose.yaml."""
        told_of = self.compose["services"][name]
        image = self.image if told_of["image"].startswith("crowd") else None
        ours = image.environment if image else {}
        env = {**basic_environment(), **ours}
        env |= {key: value or "" for key, value in told_of.get("environment", {}).items()}
        env |= {"PATH": f"{Path(sys.executable).parent}:/usr/sbin:/usr/bin:/bin", "PYTHONPATH": str(ROOT), "HOME": "/"}
        uid = int((told_of.get("user") or image.user).split(":")[0])
        binds, writable = [], []
        for each in told_of.get("secrets", []):
            source, target = (each, each) if isinstance(each, str) else (each["source"], each["target"])
            binds.append([str(self._secrets / source), str(Path("/run/secrets", target))])
        for each in told_of.get("volumes", []):
            volume = {"type": "volume", "target": each.split(":")[1]} if isinstance(each, str) else each
            if volume["type"] == "bind":
                binds.append([str((told.COMPOSE / volume["source"]).resolve()), volume["target"]])
            else:
                writable.append([str(self._volume(name, uid)), volume["target"]])
        if image:
            binds.append([str(self.folder / "static"), image.environment["CROWD_STATIC_ROOT"]])
        assert told_of["read_only"] is True
        command = told_of.get("command") or (image.command if image else [])
        entry = [word for word in told_of.get("entrypoint") or [] if word]
        tmpfs = [each.split(":")[0] for each in told_of.get("tmpfs", [])]
        cwd = image.workdir if image else "/"
        return self.contained(
            name, [*entry, *command], uid=uid, env=env, binds=binds, writable=writable, tmpfs=tmpfs, cwd=cwd
        )

    def _volume(self, name: str, uid: int) -> Path:
        volume = self.folder / "volumes" / name
        volume.mkdir(parents=True, exist_ok=True)
        os.chown(volume, uid, uid)
        return volume

    def postgresql(self) -> Part:
        """Return the database, open to the hosts."""
        found = postgres.part(self.database, port=5432, durable=False)
        (self.database.cluster / "crowd_hba.conf").write_text("host all crowd 10.213.0.0/16 scram-sha-256\n")
        cluster = [str(self.database.cluster)] * 2
        words = [*found.command, "--listen_addresses=*"]
        more = {"env": basic_environment(), "writable": [cluster], "tmpfs": ["/tmp"], "cwd": cluster[0]}
        made = self.contained("database", words, uid=NOBODY, **more)
        return replace(made, answers=lambda: postgres.answers(self._database_url()))

    def rabbitmq(self) -> list[Part]:
        """Return the broker, and the one that tells Erlang's nodes of one another."""
        home = self._volume("broker", NOBODY)
        env = basic_environment() | {"HOME": str(home), "RABBITMQ_NODENAME": "crowd@localhost"}
        env |= {
            "RABBITMQ_MNESIA_BASE": str(home),
            "RABBITMQ_LOGS": "-",
            "RABBITMQ_PLUGINS_EXPAND_DIR": f"{home}/plugins",
        }
        env |= {"RABBITMQ_ENABLED_PLUGINS_FILE": f"{home}/enabled", "RABBITMQ_PID_FILE": f"{home}/pid"}
        env |= {"RABBITMQ_CONFIG_FILE": "/run/secrets/rabbitmq.conf", "RABBITMQ_FEATURE_FLAGS_FILE": f"{home}/flags"}
        env |= {
            "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": "+S 2:2 +sbwt none"
        }  # no waiting by spinning: others need the core
        more = {"env": env, "writable": [[str(home)] * 2], "tmpfs": ["/tmp", "/var/log/rabbitmq"]}
        more["binds"] = [[str(self._secrets / "rabbitmq.conf"), "/run/secrets/rabbitmq.conf"]]
        names = self.contained("broker", ["epmd"], uid=NOBODY, **more)
        server = self.contained("broker", [str(RABBITMQ)], uid=NOBODY, **more)
        return [replace(names, name="names"), server]

    def await_all(self, conditions: Mapping[str, Callable[[], bool]], *, seconds: float = 600.0) -> None:
        """Wait until each holds; where one does not, say what its log says."""
        left, until = dict(conditions), time.monotonic() + seconds
        while left:
            left = {name: holds for name, holds in left.items() if not holds()}
            dead = [name for name in left if name in self.running and not self.running[name].alive()]
            if dead or (left and time.monotonic() > until):
                name = next(iter(dead or left))
                raise PartError(f"{name} is not there.\n{tail(self.folder / f'{name}.log', lines=40)}")
            time.sleep(0.2)

    def said(self, name: str, words: str) -> bool:
        """Tell whether its log has these words."""
        return self.count(name, words) > 0

    def count(self, name: str, words: str) -> int:
        """Tell how often its log has these words."""
        log = self.folder / f"{name}.log"
        return log.read_text(errors="replace").count(words) if log.exists() else 0

    def answers(self, *, host: str = "") -> bool:
        """Tell whether a web node is ready, or one lives that the proxy knows: it keeps to itself who is ready."""
        url = f"http://{self.network.addresses[host]}:8000/readyz" if host else f"{self.url}/livez"
        request = urllib.request.Request(url, headers={"Host": "localhost"} if host else {})
        try:
            with urllib.request.urlopen(request, timeout=10) as response:
                return bool(response.status == 200)
        except OSError:
            return False

    def run(self, host: str, *words: str, **env: str) -> str:
        """Run this to its end where the image's own programs would; return what it printed."""
        base = {**basic_environment(), **env, "PATH": f"{Path(sys.executable).parent}:/usr/bin:/bin"}
        base |= {"PYTHONPATH": str(ROOT), "SSL_CERT_FILE": "/run/secrets/tls.crt", "HOME": "/spool"}
        binds = [[str(self.certificate), "/run/secrets/tls.crt"]]
        volume = [str(self._volume(host, NOBODY)), "/spool"]
        part = self.contained(
            host, list(words), uid=NOBODY, env=base, binds=binds, writable=[volume], tmpfs=["/tmp"], cwd="/spool"
        )
        found = subprocess.run(part.command, env=base, capture_output=True, text=True, timeout=180, check=False)
        assert found.returncode == 0, f"{words}: {found.stdout}{found.stderr}"
        return found.stdout
