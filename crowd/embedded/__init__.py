"""Everything on one machine: the servers that no URL names, and crowd's own processes, under one keeper.

Two context managers; commands, the demo and the tests use nothing else.

`running` has the whole of crowd up while the block runs:

    with embedded.running(folder, host="127.0.0.1", port=8000) as site:
        site.url          # http://127.0.0.1:8000, and /healthz already answers
        site.environment  # for further Django processes: DATABASE_URL, CROWD_BROKER_URL, CROWD_STORAGE_URL, ...

`parts` has only servers up, for a command that runs beside `crowd up` or without it:

    with embedded.parts(folder, database=True, migrated=True) as addresses:
        os.environ.update(addresses)  # before Django's settings are loaded

Both use the servers that DATABASE_URL, CROWD_BROKER_URL and CROWD_STORAGE_URL name, and start only those that are not
named. Both hold the folder's lock while they run: a second `running` on the folder raises FolderHeldError, and `parts`
uses what a running `running` has, or waits until another `parts` is done.

How it works: `part.py` says what a part is and runs it as a process; `launch.py` is what stands between fork and exec;
`keeper.py` starts, watches and stops; `orphans.py` clears up after a run that was killed; `postgres.py`, `valkey.py`
and `application.py` describe the parts; `folder.py` is what stays on disk. Nothing here imports Django.
"""

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from crowd.embedded import application, orphans, postgres, valkey
from crowd.embedded.folder import DataFolder, FolderHeldError, any_free_port, is_free
from crowd.embedded.keeper import Keeper
from crowd.embedded.part import Part, PartError
from crowd.environment import told

__all__ = ["DEFAULT_PORT", "DataFolder", "FolderHeldError", "PartError", "Site", "parts", "running"]

DEFAULT_PORT = 8000
PATIENCE = 60.0  # seconds to wait for another command to be done with the folder


def quiet(line: str) -> None:
    """Say nothing."""


@dataclass(frozen=True)
class Site:
    """The whole of crowd, running."""

    url: str
    addresses: Mapping[str, str]  # by environment name; they are in parts.json too
    environment: Mapping[str, str]  # of crowd's own processes
    wait: Callable[[], None]  # returns when the keeper has given up; until then, until an exception


@contextmanager
def running(
    folder: Path,
    *,
    host: str = "127.0.0.1",
    port: int | None = None,
    what: str = "crowd up",
    say: Callable[[str], None] = quiet,
) -> Iterator[Site]:
    """Have all of crowd running on `folder` in this block, and stopped after it.

    `port` None means 8000, or any free one should that be taken; 0 any free one. PartError: something did not start, or
    the port is taken. FolderHeldError: another run holds the folder.
    """
    place = DataFolder(folder.absolute())
    with place.held(what=what):
        _clear(place, say)
        port = _web_port(host, port, say)
        servers, addresses = _servers(place, database=True, broker=True)
        env = application.environment(place, addresses=addresses, host=host)
        keeper = Keeper(
            place,
            [
                servers,
                [application.migration(place, env=env)],
                [
                    application.web(place, env=env, host=host, port=port),
                    application.worker(place, env=env),
                    application.beat(place, env=env),
                ],
            ],
            say=say,
        )
        with ExitStack() as stack:
            stack.callback(keeper.stop)
            stack.callback(place.withdraw)
            keeper.start()
            url = f"http://{application.bracketed(host)}:{port}"
            place.publish({**addresses, "CROWD_SITE_URL": url})
            yield Site(
                url=url,
                addresses=addresses,
                environment=env,
                wait=keeper.wait,
            )


@contextmanager
def parts(
    folder: Path,
    *,
    database: bool = True,
    broker: bool = False,
    migrated: bool = False,
    what: str = "a command",
) -> Iterator[Mapping[str, str]]:
    """Have these servers running in this block; yield their URLs by environment name.

    Where a run of the whole holds the folder, its servers are used and nothing is started.
    """
    given = _given()
    if all(given.get(name) for name, asked in (("DATABASE_URL", database), ("CROWD_BROKER_URL", broker)) if asked):
        yield given
        return
    place = DataFolder(folder.absolute())
    with ExitStack() as stack:
        deadline = time.monotonic() + PATIENCE
        while True:
            if found := place.addresses():
                yield {**found, **given}
                return
            try:
                stack.enter_context(place.held(what=what))
                break
            except FolderHeldError:
                if time.monotonic() > deadline:
                    raise
        _clear(place, quiet)
        servers, addresses = _servers(place, database=database, broker=broker)
        waves = [servers]
        if migrated:
            waves.append([application.migration(place, env=application.environment(place, addresses=addresses))])
        keeper = Keeper(place, waves, say=quiet)
        stack.callback(keeper.stop)
        keeper.start()
        yield addresses


def _clear(place: DataFolder, say: Callable[[str], None]) -> None:
    """Leave nothing of a run that was killed."""
    place.withdraw()
    if killed := orphans.end(place):
        say(f"ended what an earlier run left behind: {', '.join(map(str, killed))}")


def _web_port(host: str, port: int | None, say: Callable[[str], None]) -> int:
    try:
        if port is None and is_free(DEFAULT_PORT, host=host):
            return DEFAULT_PORT
        if not port:
            found = any_free_port(host=host)
            if port is None:
                say(f"port {DEFAULT_PORT} is taken; using {found}")
            return found
        if is_free(port, host=host):
            return port
    except OSError as error:
        raise PartError(f"Cannot listen on {host}: {error.strerror}.") from None
    raise PartError(f"Port {port} of {host} is taken. Name another with --port, or --port 0 for any free one.")


def _given() -> dict[str, str]:
    """Return the addresses that the environment names, plainly or by a file."""
    names = ("DATABASE_URL", "CROWD_BROKER_URL", "CROWD_STORAGE_URL", "CROWD_SECRET_KEY")
    return {name: value for name in names if (value := told(name))}


def _servers(place: DataFolder, *, database: bool, broker: bool) -> tuple[list[Part], dict[str, str]]:
    """Return the servers to start, and every address, given or ours."""
    given = _given()
    addresses = dict(given)
    servers = []
    if database and "DATABASE_URL" not in given:
        port = place.port("database")
        servers.append(postgres.part(place, port=port, durable=True))
        addresses["DATABASE_URL"] = postgres.url(place, port=port)
    if broker and "CROWD_BROKER_URL" not in given:
        port = place.port("broker")
        servers.append(valkey.part(place, port=port))
        addresses["CROWD_BROKER_URL"] = valkey.url(place, port=port)
    addresses.setdefault("CROWD_STORAGE_URL", (place.path / "objects").as_uri())
    # an installation with its own database is production: it brings its own secret, and the settings say so
    if secret := place.secret_key(may_create="DATABASE_URL" not in given):
        addresses.setdefault("CROWD_SECRET_KEY", secret)
    return servers, addresses
