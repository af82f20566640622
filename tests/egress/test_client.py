"""Calls against real servers on this machine, which has to be opened for each."""

import socket
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from crowd.egress import Allowed, Blocked, Limits, Unreachable, check, fetch, opened
from crowd.errors import TooLarge
from tests.egress import servers
from tests.egress.servers import Seen, Server

HERE = Allowed.parse(["127.0.0.1"])
SOON = Limits(seconds=0.6, bytes=1000, redirects=3)


def resolving(*answers: list[str]) -> Callable[[str, int], list[str]]:
    """A resolver that answers otherwise each time, the last answer for ever."""
    left = list(answers)
    return lambda host, port: left.pop(0) if len(left) > 1 else left[0]


@pytest.fixture
def echo() -> Iterator[Server]:
    with servers.http(lambda seen: (200, {"X-Kind": "Echo"}, seen.method.encode() + b" " + seen.body)) as server:
        yield server


def test_a_call_brings_back_status_headers_and_body(echo: Server) -> None:
    answer = fetch(f"{echo.url}/a?b=c", allowed=HERE, method="POST", headers={"X-Mine": "yes"}, content=b"hello")
    assert (answer.status, answer.headers["x-kind"], answer.body) == (200, "Echo", b"POST hello")
    [seen] = echo.seen
    assert (seen.path, seen.headers["x-mine"], seen.headers["host"]) == ("/a?b=c", "yes", f"127.0.0.1:{echo.port}")
    assert seen.headers["accept-encoding"] == "identity"


def test_nothing_is_called_that_is_not_opened(echo: Server) -> None:
    for host in ("127.0.0.1", "localhost", "[::ffff:127.0.0.1]", "0.0.0.0"):
        with pytest.raises(Blocked):
            fetch(f"http://{host}:{echo.port}/", allowed=Allowed())
    assert echo.seen == []


def test_a_name_that_answers_otherwise_the_second_time_gains_nothing(echo: Server) -> None:
    """Judged and called is the same answer, however often the name changes in between."""
    rebound = resolving(["8.8.8.8"], ["127.0.0.1"])
    url = f"http://rebound.example:{echo.port}/"
    check(url, allowed=Allowed(), resolve=rebound)
    with pytest.raises(Blocked):
        fetch(url, allowed=Allowed(), resolve=rebound)
    asked = []

    def once(host: str, port: int) -> list[str]:
        asked.append((host, port))
        return ["127.0.0.1"] if len(asked) == 1 else ["10.255.255.1"]

    assert fetch(url, allowed=HERE, resolve=once).status == 200
    assert asked == [("rebound.example", echo.port)]
    assert echo.seen[-1].headers["host"] == f"rebound.example:{echo.port}"


def test_a_proxy_in_the_environment_is_not_asked(echo: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    assert fetch(echo.url, allowed=HERE).status == 200


def moving(*steps: str) -> Callable[[Seen], tuple[int, dict[str, str], bytes]]:
    """An answer that sends `/n` to the n-th step."""

    def answer(seen: Seen) -> tuple[int, dict[str, str], bytes]:
        number = int(seen.path.strip("/") or 0)
        return (302, {"Location": steps[number]}, b"") if number < len(steps) else (200, {}, b"there")

    return answer


def test_redirects_are_followed_as_far_as_allowed() -> None:
    with servers.http(moving("/1", "2", "/3")) as server:
        assert fetch(server.url, allowed=HERE, limits=Limits(redirects=3)).body == b"there"
        assert fetch(server.url, allowed=HERE, limits=Limits(redirects=2)).status == 302
        assert fetch(server.url, allowed=HERE).status == 302
        posted = fetch(server.url, allowed=HERE, method="POST", content=b"x", limits=Limits(redirects=3))
        assert posted.status == 302


@pytest.mark.parametrize(
    "place",
    [
        *(
            "http://10.0.0.1/",
            "http://169.254.169.254/latest/",
            "http://[::1]/",
            "file:///etc/passwd",
            "//u:p@a.example/",
        ),
        *("http://2130706433/", "gopher://127.0.0.1/", "http://127.0.0.2/"),
    ],
)
def test_each_redirect_is_judged_anew(place: str) -> None:
    with (
        servers.http(lambda _: (301, {"Location": place}, b"")) as server,
        pytest.raises(Blocked),
    ):
        fetch(server.url, allowed=HERE, limits=SOON)


def test_the_callers_headers_stay_with_the_first_origin(echo: Server) -> None:
    with servers.http(lambda _: (307, {"Location": f"{echo.url}/end"}, b"")) as first:
        fetch(first.url, allowed=HERE, headers={"Authorization": "Bearer x"}, limits=SOON)
    assert first.seen[0].headers["authorization"] == "Bearer x"
    assert "authorization" not in echo.seen[0].headers


def test_a_body_longer_than_the_limit_is_not_read_to_its_end() -> None:
    with servers.http(lambda _: (200, {}, b"x" * 5000)) as server:
        with pytest.raises(TooLarge):
            fetch(server.url, allowed=HERE, limits=SOON)
        with opened(server.url, allowed=HERE, limits=SOON) as answer:
            assert answer.excerpt(10) == b"x" * 10

    def endless(connection: socket.socket, done: threading.Event) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        while not done.is_set():
            connection.sendall(b"64\r\n" + b"x" * 100 + b"\r\n")

    with servers.raw(endless) as server, pytest.raises(TooLarge):
        fetch(server.url, allowed=HERE, limits=Limits(bytes=100_000))


@pytest.mark.parametrize("opening", [b"", b"HTTP/1.1 200 OK\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: 900\r\n\r\n"])
def test_whoever_dribbles_is_left_after_the_whole_time(opening: bytes) -> None:
    """Each byte comes in time; all of them would not."""

    def dribble(connection: socket.socket, done: threading.Event) -> None:
        connection.sendall(opening)
        while not done.wait(0.05):
            connection.sendall(b"x")

    with servers.raw(dribble) as server:
        began = time.monotonic()
        with pytest.raises(Unreachable, match="in time"):
            fetch(server.url, allowed=HERE, limits=SOON)
        assert time.monotonic() - began < 3


def test_whoever_does_not_listen_is_left_after_the_whole_time() -> None:
    with servers.raw(lambda connection, done: done.wait(20) and None) as server:
        with pytest.raises(Unreachable, match="in time"):
            fetch(server.url, allowed=HERE, method="POST", content=b"x" * 50_000_000, limits=SOON)
        with pytest.raises(Unreachable, match="in time"):
            fetch(server.url.replace("http", "https"), allowed=HERE, limits=SOON)


def test_a_name_that_takes_for_ever_is_left_too() -> None:
    never = threading.Event()
    try:
        with pytest.raises(Unreachable, match="in time"):
            fetch("http://slow.example/", allowed=HERE, limits=SOON, resolve=lambda *_: [str(never.wait(20))])
    finally:
        never.set()


def test_nobody_there_and_nonsense_are_told() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    with pytest.raises(Unreachable):
        fetch(f"http://127.0.0.1:{port}/", allowed=HERE)
    with (
        servers.raw(lambda connection, _: connection.sendall(b"SSH-2.0-x\r\n\r\n")) as server,
        pytest.raises(Unreachable),
    ):
        fetch(server.url, allowed=HERE)
    with pytest.raises(Unreachable, match="resolved"):
        fetch("http://no-such-name.invalid/", allowed=HERE)


def test_tls_proves_the_name_of_the_url_not_the_address(tmp_path: Path) -> None:
    serving, trust = servers.certificate(tmp_path, "hooks.example")
    names = []
    serving.sni_callback = lambda _, name, __: names.append(name)
    with servers.http(lambda _: (200, {}, b"safe"), context=serving) as server:
        how = {"allowed": HERE, "trust": trust, "resolve": resolving(["127.0.0.1"])}
        answer = fetch(f"https://hooks.example:{server.port}/", https_only=True, **how)
        assert (answer.body, names) == (b"safe", ["hooks.example"])
        with pytest.raises(Unreachable, match="certificate"):
            fetch(f"https://other.example:{server.port}/", **how)
        with pytest.raises(Unreachable, match="certificate"):
            fetch(f"https://hooks.example:{server.port}/", allowed=HERE, resolve=how["resolve"])


def test_a_redirect_never_leaves_tls(tmp_path: Path, echo: Server) -> None:
    serving, trust = servers.certificate(tmp_path, "127.0.0.1")
    with servers.http(lambda _: (302, {"Location": echo.url}, b""), context=serving) as server:
        with pytest.raises(Blocked):
            fetch(f"https://127.0.0.1:{server.port}/", allowed=HERE, trust=trust, limits=SOON)
        assert (len(server.seen), echo.seen) == (1, [])


def test_the_operators_list_comes_from_the_settings(settings: object, echo: Server) -> None:
    from crowd import egress

    settings.CROWD_EGRESS_ALLOW = ["127.0.0.1"]  # type: ignore[attr-defined]
    assert fetch(echo.url, allowed=egress.allowed()).status == 200
