"""Makes compose.yaml's secrets in `secrets/`, once: `python3 make_secrets.py crowd.example.org [--broker valkey]`.

What is there already stays, so it may be run again. The certificate is one of its own signing, for a first look; put
yours in its place as `tls.crt` (with the chain) and `tls.key`.
"""

import argparse
import json
import secrets
import subprocess
from collections.abc import Callable
from pathlib import Path

RABBITMQ = """\
default_user = crowd
default_pass = {password}
default_vhost = crowd
loopback_users = none
# the longest job, a large release, acknowledges within six hours
consumer_timeout = 21600000
"""
VALKEY = """\
requirepass {password}
dir /data
appendonly yes
appendfsync everysec
save ""
maxmemory-policy noeviction
"""


def main() -> None:
    """Make them."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("domain", help="the site's name; the objects' is objects.DOMAIN")
    parser.add_argument("--broker", choices=["rabbitmq", "valkey"], default="rabbitmq")
    parser.add_argument("--folder", type=Path, default=Path(__file__).parent / "secrets")
    given = parser.parse_args()
    make(given.folder, domain=given.domain, broker=given.broker)


def make(folder: Path, *, domain: str, broker: str = "rabbitmq") -> None:
    """Write each secret that is not there; readable by everybody in a folder that only its owner may enter.

    Compose hands a secret's file to a container with the mode it has here, and each runs as somebody else.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    database = _kept(folder / "database_password", _password)
    job = _kept(folder / "broker_password", _password)
    _kept(folder / "secret_key", lambda: secrets.token_urlsafe(48))
    _kept(folder / "metrics_token", _password)
    _kept(folder / "database_url", lambda: f"postgresql://crowd:{database}@database:5432/crowd")
    urls = {"rabbitmq": f"amqp://crowd:{job}@broker:5672/crowd", "valkey": f"redis://:{job}@valkey:6379/0"}
    _kept(folder / "broker_url", lambda: urls[broker], anew=True)
    _kept(folder / "limits_url", lambda: f"redis://:{job}@valkey:6379/1")
    _kept(folder / "rabbitmq.conf", lambda: RABBITMQ.format(password=job))
    _kept(folder / "valkey.conf", lambda: VALKEY.format(password=job))
    key, secret = _kept(folder / "objects_key", _password), _kept(folder / "objects_secret", _password)
    _kept(
        folder / "objects_credentials",
        lambda: f"[default]\naws_access_key_id = {key}\naws_secret_access_key = {secret}\n",
    )
    who = {"name": "crowd", "credentials": [{"accessKey": key, "secretKey": secret}]}
    may = {"actions": ["Admin", "Read", "Write", "List", "Tagging"]}
    _kept(folder / "objects_identities.json", lambda: json.dumps({"identities": [{**who, **may}]}))
    if not (folder / "tls.crt").exists():
        _certificate(folder, domain)


def _password() -> str:
    return secrets.token_hex(24)  # letters and digits: it stands in addresses and in settings


def _kept(file: Path, make_one: Callable[[], str], *, anew: bool = False) -> str:
    if anew or not file.exists():
        file.write_text(make_one())
        file.chmod(0o644)
    return file.read_text()


def _certificate(folder: Path, domain: str) -> None:
    names = f"subjectAltName=DNS:{domain},DNS:objects.{domain}"
    words = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "90"]
    words += ["-subj", f"/CN={domain}", "-addext", names]
    words += ["-keyout", str(folder / "tls.key"), "-out", str(folder / "tls.crt")]
    subprocess.run(words, check=True, capture_output=True)  # noqa: S603 -- our own words, no shell
    (folder / "tls.key").chmod(0o644)


if __name__ == "__main__":
    main()
