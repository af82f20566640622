"""Which addresses may be called: those of the public internet, and what the operator adds."""

import ipaddress
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

from crowd.errors import Invalid

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network

_NAME: Final = re.compile(
    r"(?=.{1,253}$)[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?(\.[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?)*"
)
_NUMERIC: Final = re.compile(r"[0-9]+|0x[0-9a-f]*")

# IANA's registries of special-purpose addresses, written out: what `ipaddress` calls global changed between releases
_CLOSED_4: Final = tuple(
    ipaddress.IPv4Network(one)
    for one in (
        *("0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12"),
        *("192.0.0.0/24", "192.0.2.0/24", "192.31.196.0/24", "192.52.193.0/24", "192.88.99.0/24", "192.168.0.0/16"),
        *("192.175.48.0/24", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4"),
    )
)
# of IPv6 only 2000::/3 is given out for hosts; these parts of it are not: protocols, documentation, 6to4
_OPEN_6: Final = ipaddress.IPv6Network("2000::/3")
_CLOSED_6: Final = tuple(
    ipaddress.IPv6Network(one) for one in ("2001::/23", "2001:db8::/32", "2002::/16", "2620:4f:8000::/48", "3fff::/20")
)
_NAT64: Final = (ipaddress.IPv6Network("64:ff9b::/96"), ipaddress.IPv6Network("64:ff9b:1::/48"))
# what a name on the operator's list may stand for: their own machines, but nothing that only this link knows
_OWN: Final = tuple(
    ipaddress.ip_network(one)
    for one in ("10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "::1/128", "fc00::/7")
)


class Blocked(Invalid):
    """The address is not open to calls from here; it may be spelt wrongly, or be the operator's to open."""

    code = "address_blocked"


def is_public(address: Address) -> bool:
    """Tell whether the address is one of the public internet's, by itself and not as a wrapping of another."""
    if isinstance(address, ipaddress.IPv4Address):
        return not any(address in network for network in _CLOSED_4)
    return address.scope_id is None and address in _OPEN_6 and not any(address in network for network in _CLOSED_6)


@dataclass(frozen=True)
class Allowed:
    """What the operator opens beyond the public internet: addresses and networks, and names.

    A network opens its addresses under whatever name; it alone opens link-local addresses (where clouds keep their
    machines' credentials) and IPv6 addresses that wrap an IPv4 one. A name opens private and loopback addresses that it
    resolves to.
    """

    networks: tuple[Network, ...] = ()
    names: frozenset[str] = field(default_factory=frozenset)

    @classmethod
    def parse(cls, entries: Iterable[str]) -> "Allowed":
        """Return what a list of host names, addresses and CIDR networks says; ValueError where one is none of these."""
        networks: list[Network] = []
        names = set()
        for entry in entries:
            try:
                networks.append(ipaddress.ip_network(entry.strip("[]")))
            except ValueError:
                name = entry.lower().rstrip(".")
                if "/" in entry or not is_name(name):
                    raise ValueError(f"{entry!r} is neither a host name nor an address nor a network.") from None
                names.add(name)
        return cls(tuple(networks), frozenset(names))

    def permits(self, address: Address, *, name: str) -> bool:
        """Tell whether this address, reached under this name, may be called."""
        if is_public(address):
            return True
        if isinstance(address, ipaddress.IPv6Address) and any(address in network for network in _NAT64):
            inner = ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
            return self._listed(address) and (is_public(inner) or self._listed(inner))
        return self._listed(address) or (name in self.names and any(address in network for network in _OWN))

    def _listed(self, address: Address) -> bool:
        return any(address in network for network in self.networks)


def is_name(host: str) -> bool:
    """Tell whether it is a host's name: letters, digits, hyphens, dots, and no number in disguise.

    What ends in a number is an address to some resolvers (`2130706433`, `0x7f.1`, `0177.0.0.1`) and a name to others.
    """
    return bool(_NAME.fullmatch(host)) and not _NUMERIC.fullmatch(host.rpartition(".")[2])


def literal(host: str) -> Address | None:
    """Return the address that a URL's host is; None for a name. Blocked for what is neither, in its usual form."""
    try:
        if "%" not in host:  # an address of one link only
            return ipaddress.ip_address(host)
        raise ValueError
    except ValueError:
        if is_name(host):
            return None
        raise Blocked(f"{host!r} is not a host name or an address in its usual form.") from None
