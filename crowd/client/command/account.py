"""Which site, and by which token: from the environment, or from a file that only its owner can read."""

import json
import os
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from crowd.client.errors import ClientError

LOCAL = frozenset({"localhost", "127.0.0.1", "::1"})


class NoAccountError(ClientError):
    """It is not known which site is meant, or by which token."""


@dataclass(frozen=True)
class Account:
    """A site and a token for it."""

    url: str
    token: str = field(repr=False)


def place() -> Path:
    """Where `crowd login` keeps it: below XDG_CONFIG_HOME, else ~/.config."""
    home = os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config"
    return Path(home) / "crowd" / "account.json"


def find() -> Account:
    """Return the account that CROWD_URL and CROWD_TOKEN name, or else the file.

    A kept token goes to the site that it was kept for and to no other, whatever CROWD_URL says.
    """
    url, token = os.environ.get("CROWD_URL", "").rstrip("/"), os.environ.get("CROWD_TOKEN", "")
    if url and token:
        return Account(url, token)
    kept = _read()
    if kept is None:
        raise NoAccountError("not signed in: run `crowd login URL`, or set CROWD_URL and CROWD_TOKEN")
    if url and url != kept.url:
        raise NoAccountError(
            f"the token that is kept is for {kept.url}, not for {url}: set CROWD_TOKEN, or log in there"
        )
    return Account(kept.url, token or kept.token)


def keep(account: Account) -> Path:
    """Keep an account for the commands to come; only the file's owner may read it."""
    target = place()
    target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=target.parent)  # made for its owner alone
    with os.fdopen(handle, "w") as file:
        json.dump({"url": account.url, "token": account.token}, file)
    Path(name).replace(target)
    return target


def checked(url: str) -> str:
    """Return a site's address if a token may be sent there: encrypted, or to this machine."""
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise NoAccountError(f"{url!r} is no address of a site, such as https://crowd.example.org")
    if parts.scheme == "http" and parts.hostname not in LOCAL:
        raise NoAccountError(f"{url} would send the token unencrypted: use https, or set CROWD_URL and CROWD_TOKEN")
    return url.rstrip("/")


def _read() -> Account | None:
    path = place()
    try:
        if path.stat().st_mode & 0o077:
            raise NoAccountError(f"{path} can be read by others, and holds a token: run `chmod 600 {path}`")
        document = json.loads(path.read_text())
        return Account(document["url"], document["token"])
    except FileNotFoundError:
        return None
    except (ValueError, KeyError, TypeError):
        raise NoAccountError(f"{path} is not what `crowd login` wrote: log in again") from None
