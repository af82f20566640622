"""Hosts that are network namespaces on one bridge, and cables that can be pulled."""

import os
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

IP = shutil.which("ip", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin")
NOWHERE = "02:00:00:00:00:99"  # a card that nobody has: what is sent to it is lost without a word


def ip(*words: str, check: bool = True) -> None:
    subprocess.run([IP or "ip", *words], check=check, capture_output=True, text=True)


class Network:
    """The hosts, each with a name and an address."""

    def __init__(self, number: int, names: Sequence[str]) -> None:
        self._mark = f"cr{number}"
        self.gateway = f"10.213.{number}.1"
        self.addresses = {name: f"10.213.{number}.{10 + place}" for place, name in enumerate(names)}

    def make(self) -> None:
        ip("link", "add", self._mark, "type", "bridge")
        ip("addr", "add", f"{self.gateway}/24", "dev", self._mark)
        ip("link", "set", self._mark, "up")
        for name, address in self.addresses.items():
            inner, outer = self.space(name), self._port(name)
            ip("netns", "add", inner)
            ip("link", "add", outer, "type", "veth", "peer", "name", "eth0", "netns", inner)
            ip("link", "set", outer, "master", self._mark, "up")
            ip("-n", inner, "link", "set", "lo", "up")
            ip("-n", inner, "addr", "add", f"{address}/24", "dev", "eth0")
            ip("-n", inner, "link", "set", "eth0", "up")

    def remove(self) -> None:
        for name in self.addresses:
            ip("netns", "del", self.space(name), check=False)
            ip("link", "del", self._port(name), check=False)
        ip("link", "del", self._mark, check=False)

    def space(self, name: str) -> str:
        return f"{self._mark}-{name}"

    def _port(self, name: str) -> str:
        return f"{self._mark}p{list(self.addresses).index(name)}"

    def hosts(self, **more: str) -> str:
        """Return /etc/hosts for all of them."""
        known = {"localhost": "127.0.0.1", **self.addresses, **more}
        return "".join(f"{address} {name}\n" for name, address in known.items())

    def inhabited(self, name: str) -> bool:
        """Tell whether anything still runs on the host."""
        found = subprocess.run([IP or "ip", "netns", "pids", self.space(name)], capture_output=True, check=True)
        return bool(found.stdout.strip())

    @contextmanager
    def unplugged(self, name: str) -> Iterator[None]:
        """Have the host's cable pulled in this block."""
        ip("link", "set", self._port(name), "down")
        try:
            yield
        finally:
            ip("link", "set", self._port(name), "up")

    @contextmanager
    def parted(self, one: str, other: str) -> Iterator[None]:
        """Have whatever these two send each other lost in this block; both still reach everybody else."""
        pairs = ((one, other), (other, one))
        for here, there in pairs:
            way = (self.addresses[there], "dev", "eth0")
            ip("-n", self.space(here), "neigh", "replace", *way, "lladdr", NOWHERE, "nud", "permanent")
        try:
            yield
        finally:
            for here, there in pairs:
                ip("-n", self.space(here), "neigh", "del", self.addresses[there], "dev", "eth0")


@contextmanager
def network(names: Sequence[str]) -> Iterator[Network]:
    """Have the hosts in this block, under a number that nobody else on the machine uses now."""
    taken = {path.name for path in Path("/sys/class/net").iterdir()}
    start = os.getpid() % 250
    number = next(n for n in ((start + step) % 250 + 1 for step in range(250)) if f"cr{n}" not in taken)
    made = Network(number, names)
    try:
        made.make()
        yield made
    finally:
        made.remove()
