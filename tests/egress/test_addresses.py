"""Which addresses are open to calls."""

import ipaddress

import pytest

from crowd.egress import Allowed, Blocked, check
from crowd.egress.addresses import is_public
from crowd.egress.client import Target

PUBLIC = ["8.8.8.8", "93.184.216.34", "172.32.0.1", "100.128.0.1", "2606:4700::1111", "2a00:1450:4001::8a"]
CLOSED = [
    *("0.0.0.0", "10.1.2.3", "100.64.0.1", "127.0.0.1", "127.255.255.254", "169.254.169.254", "172.31.9.9"),
    *("192.168.0.1", "192.0.0.170", "192.0.2.1", "198.18.0.1", "203.0.113.9", "224.0.0.1", "240.0.0.1"),
    *("255.255.255.255", "192.88.99.1"),
    *("::", "::1", "fe80::1", "fe80::1%eth0", "fec0::1", "fc00::1", "fd12::1", "ff02::1", "2001:db8::1", "3fff::1"),
    # other addresses in disguise: mapped, compatible, 6to4, NAT64, Teredo, and by ISATAP in a private network
    *("::ffff:127.0.0.1", "::ffff:8.8.8.8", "::127.0.0.1", "2002:7f00:1::", "2002:808:808::", "64:ff9b::7f00:1"),
    *("64:ff9b::808:808", "64:ff9b:1::808:808", "2001:0:4136:e378:8000:63bf:3fff:fdd2", "fd00::5efe:10.0.0.1"),
]


@pytest.mark.parametrize("text", PUBLIC)
def test_a_public_address_is_open(text: str) -> None:
    assert is_public(ipaddress.ip_address(text))


@pytest.mark.parametrize("text", CLOSED)
def test_every_other_address_is_closed(text: str) -> None:
    assert not is_public(ipaddress.ip_address(text))
    assert not Allowed().permits(ipaddress.ip_address(text), name="anything.example")


@pytest.mark.parametrize(
    "host",
    [
        *("2130706433", "017700000001", "0x7f000001", "127.1", "0177.0.0.1", "0x7f.0.0.1", "127.0.0.01", "1.2.3.4.5"),
        *("localhost%00.example", "exa mple.com", "a..b", "-", "xn--\u00e9", "fe80::1%25eth0", "256.256.256.256"),
    ],
)
def test_a_number_in_disguise_is_no_host_even_where_all_is_allowed(host: str) -> None:
    everything = Allowed.parse(["0.0.0.0/0", "::/0"])
    bracketed = f"[{host}]" if host.count(":") > 1 else host
    with pytest.raises(Blocked):
        check(f"http://{bracketed}/", allowed=everything, resolve=lambda *_: ["8.8.8.8"])


@pytest.mark.parametrize(
    "url",
    [
        *("ftp://example.com/", "file:///etc/passwd", "gopher://example.com/", "//example.com/", "example.com", ""),
        *(
            "http://",
            "http:///path",
            "http://user@example.com/",
            "http://user:word@example.com/",
            "http://:@a.example/",
        ),
        *(
            "http://example.com:0/",
            "http://example.com:99999/",
            "http://exam\nple.com/",
            "http://a.example\\@b.example/",
        ),
        *("http://a.example/\u00e9", "http://a.example/ b", "http://[::1/", "http://a.example/" + "x" * 9000),
    ],
)
def test_what_is_no_plain_url_is_refused(url: str) -> None:
    with pytest.raises(Blocked):
        Target.parse(url)


def test_https_can_be_asked_for() -> None:
    assert Target.parse("https://Hooks.Example.:8443/a?b=c#d", https_only=True) == Target(
        "https", "hooks.example", 8443, "/a?b=c"
    )
    with pytest.raises(Blocked):
        Target.parse("http://hooks.example/", https_only=True)


def test_the_operator_opens_networks_addresses_and_names() -> None:
    allowed = Allowed.parse(["10.1.0.0/16", "192.168.0.7", "fd00::/8", "[::1]", "Models.internal."])

    def permits(text: str, name: str = "other.example") -> bool:
        return allowed.permits(ipaddress.ip_address(text), name=name)

    assert [permits(one) for one in ("10.1.2.3", "192.168.0.7", "fd12::1", "::1", "8.8.8.8")] == [True] * 5
    assert [permits(one) for one in ("10.2.0.1", "192.168.0.8", "127.0.0.1", "::ffff:10.1.2.3")] == [False] * 4
    assert permits("172.16.0.1", name="models.internal")
    assert permits("127.0.0.1", name="models.internal")
    assert not permits("169.254.169.254", name="models.internal")
    assert not permits("::ffff:10.9.9.9", name="models.internal")


def test_an_opened_translator_does_not_open_what_is_behind_it() -> None:
    allowed = Allowed.parse(["64:ff9b::/96", "10.0.0.1"])
    assert allowed.permits(ipaddress.ip_address("64:ff9b::8.8.8.8"), name="a.example")
    assert allowed.permits(ipaddress.ip_address("64:ff9b::10.0.0.1"), name="a.example")
    assert not allowed.permits(ipaddress.ip_address("64:ff9b::127.0.0.1"), name="a.example")


@pytest.mark.parametrize("entry", ["10.0.0.0/33", "10.0.0.1/8", "http://a.example", "2130706433", "a b", "*"])
def test_a_list_that_cannot_be_meant_is_refused(entry: str) -> None:
    with pytest.raises(ValueError, match="neither a host name nor an address nor a network"):
        Allowed.parse([entry])


def test_a_mixed_name_is_called_at_its_permitted_address_only() -> None:
    check("http://a.example/", allowed=Allowed(), resolve=lambda *_: ["127.0.0.1", "8.8.8.8"])
    with pytest.raises(Blocked, match="CROWD_EGRESS_ALLOW"):
        check("http://a.example/", allowed=Allowed(), resolve=lambda *_: ["127.0.0.1", "10.0.0.1"])


def test_this_machines_own_name_is_refused() -> None:
    with pytest.raises(Blocked):
        check("http://localhost/", allowed=Allowed())
