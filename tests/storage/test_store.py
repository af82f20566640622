"""What every store promises, asked of both: files, and a real S3 server."""

import hashlib
import io
import threading
import time
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crowd import storage
from crowd.errors import Invalid, Missing
from crowd.storage.base import checked

OCTETS = "application/octet-stream"


def put(store: storage.Store, key: str, content: bytes = b"content") -> None:
    store.put(key, content, content_type=OCTETS)


@pytest.mark.parametrize("content", [b"", b"a", bytes(range(256)) * 4096], ids=["empty", "one byte", "a megabyte"])
def test_what_was_put_is_read_back(store, content):
    put(store, "a/b/c.bin", content)

    assert store.read("a/b/c.bin") == content
    assert store.size("a/b/c.bin") == len(content)
    assert store.exists("a/b/c.bin")
    with store.open("a/b/c.bin") as file:
        assert file.read() == content


def test_an_open_file_is_put_from_where_it_stands_and_stays_open(store):
    source = io.BytesIO(b"skipped, kept")
    source.seek(9)

    store.put("key", source, content_type=OCTETS)

    assert store.read("key") == b"kept"
    assert not source.closed


def test_a_stream_that_cannot_seek_is_put(store):
    class Pipe(io.RawIOBase):
        left = 3_000_000

        def readable(self):
            return True

        def readinto(self, buffer):
            size = min(len(buffer), self.left)
            buffer[:size] = b"x" * size
            self.left -= size
            return size

    store.put("key", io.BufferedReader(Pipe()), content_type=OCTETS)

    assert store.read("key") == b"x" * 3_000_000


def test_a_file_of_many_parts_is_put_whole_and_read_anywhere(store):
    content = hashlib.shake_128(b"seed").digest(20_000_001)
    store.put("large", io.BytesIO(content), content_type=OCTETS)

    assert store.size("large") == len(content)
    with store.open("large") as file:
        assert file.seek(-7, io.SEEK_END) == len(content) - 7
        assert file.read() == content[-7:]
        assert file.seek(12_345_678) == 12_345_678
        assert file.read(1000) == content[12_345_678:12_346_678]
        assert file.tell() == 12_346_678
        assert file.seek(0) == 0
        assert file.read() == content
        assert file.read() == b""


def test_putting_again_replaces(store):
    put(store, "key", b"old and longer")
    put(store, "key", b"new")

    assert store.read("key") == b"new"
    assert list(store.keys()) == ["key"]


def test_a_source_that_fails_halfway_leaves_the_old_object_and_no_other(store):
    class Failing(io.RawIOBase):
        given = 0

        def readable(self):
            return True

        def readinto(self, buffer):
            if self.given > 10_000_000:
                raise RuntimeError("the sender went away")
            self.given += len(buffer)
            buffer[:] = b"x" * len(buffer)
            return len(buffer)

    put(store, "key", b"old")

    with pytest.raises(RuntimeError, match="the sender went away"):
        store.put("key", io.BufferedReader(Failing(), 1 << 20), content_type=OCTETS)

    assert store.read("key") == b"old"
    assert list(store.keys()) == ["key"]


def test_readers_see_the_old_object_or_the_new_one_never_a_mixture(store):
    sizes = (2_000_000, 1_500_000)
    versions = {hashlib.sha256(bytes([n]) * size).hexdigest() for n, size in enumerate(sizes)}
    put(store, "key", bytes([0]) * sizes[0])
    stop = threading.Event()

    def write() -> None:
        turn = 0
        while not stop.is_set():
            turn = 1 - turn
            put(store, "key", bytes([turn]) * sizes[turn])

    writer = threading.Thread(target=write)
    writer.start()
    try:
        seen = {hashlib.sha256(store.read("key")).hexdigest() for _ in range(20)}
    finally:
        stop.set()
        writer.join()

    assert seen <= versions


@pytest.mark.parametrize("ask", ["read", "open", "size"])
def test_a_missing_object_is_said_to_be_missing(store, ask):
    put(store, "folder/key")

    for key in ("nothing", "folder/nothing", "folder", "folder/key/below"):
        with pytest.raises(Missing) as raised:
            getattr(store, ask)(key)
        assert raised.value.code == "object_missing"
        assert raised.value.detail == f"There is no object {key}."


def test_what_is_missing_does_not_exist_and_can_be_deleted(store):
    put(store, "folder/key")

    assert [store.exists(key) for key in ("nothing", "folder", "folder/key/below")] == [False, False, False]
    store.delete("nothing")
    store.delete("folder/key/below")
    assert list(store.keys()) == ["folder/key"]


def test_a_deleted_object_is_gone(store):
    put(store, "a/b")
    put(store, "a/c")

    store.delete("a/b")

    assert not store.exists("a/b")
    assert list(store.keys()) == ["a/c"]


def test_keys_are_found_by_prefix_wherever_it_ends(store):
    keys = ["a", "ab/c", "ab/d", "ab-c", "b/1", "b/10", "b/2/x", "b.x", "c"]
    for key in reversed(keys):
        put(store, key)

    assert sorted(store.keys()) == sorted(keys)
    assert sorted(store.keys("ab")) == ["ab-c", "ab/c", "ab/d"]
    assert sorted(store.keys("ab/")) == ["ab/c", "ab/d"]
    assert sorted(store.keys("b/1")) == ["b/1", "b/10"]
    assert list(store.keys("b/2/")) == ["b/2/x"]
    assert list(store.keys("nothing/")) == []


def test_keys_go_on_beyond_a_page_of_a_thousand(store):
    for number in range(1005):
        put(store, f"many/{number:04d}", b"")

    assert sorted(store.keys("many/")) == [f"many/{number:04d}" for number in range(1005)]


BAD_KEYS = [
    "", "/", "/a", "a/", "a//b", ".", "..", "../a", "a/..", "a/../b", "a/./b", ".hidden", "a/.hidden", "a\0b", "a\\b",
    "C:\\a", "a b", "a%2e%2e", "a\n", "ä", "a?b", "a#b", "~a", "-a", "x" * 201, "/".join(["x" * 100] * 6),
    ".incoming/x",
]  # fmt: skip


@pytest.mark.parametrize("key", BAD_KEYS)
def test_a_key_that_could_lead_elsewhere_is_refused_by_every_call(store, key):
    calls: list[Callable[[], object]] = [
        lambda: store.put(key, b"", content_type=OCTETS),
        lambda: store.open(key),
        lambda: store.read(key),
        lambda: store.exists(key),
        lambda: store.size(key),
        lambda: store.delete(key),
        lambda: store.url(key, expires_in=60),
    ]
    for call in calls:
        with pytest.raises(Invalid) as raised:
            call()
        assert raised.value.code == "bad_key"


@given(st.text(max_size=40))
def test_a_key_that_is_accepted_stays_below_the_folder(key):
    from pathlib import Path

    try:
        checked(key)
    except Invalid:
        return
    path = Path("/root", key)
    assert path.resolve().is_relative_to("/root")
    assert path.relative_to("/root").as_posix() == key


def test_an_address_gives_the_object_to_whoever_holds_it(store, fetch):
    put(store, "images/ab/abc", b"\x89PNG")

    answer = fetch(store.url("images/ab/abc", expires_in=600, content_type="image/png"))

    assert (answer.status, answer.content) == (200, b"\x89PNG")
    assert answer.headers["Content-Type"] == "image/png"
    assert answer.headers["Content-Length"] == "4"
    assert answer.headers["Content-Disposition"] == "inline"
    assert "private" in answer.headers["Cache-Control"]
    assert "immutable" in answer.headers["Cache-Control"]


def test_an_address_without_a_type_gives_octets_whatever_was_put(store, fetch):
    store.put("key", b"<script>", content_type="text/html")

    assert fetch(store.url("key", expires_in=60)).headers["Content-Type"] == OCTETS


def test_an_address_with_a_file_name_makes_the_browser_save_it(store, fetch):
    put(store, "key")

    plain = fetch(store.url("key", expires_in=60, filename="labels.csv", content_type="text/csv"))
    foreign = fetch(store.url("key", expires_in=60, filename='Ärger "1";\r\nX: y.csv', content_type="text/csv"))

    assert plain.headers["Content-Disposition"] == 'attachment; filename="labels.csv"'
    assert foreign.headers["Content-Disposition"] == (
        "attachment; filename*=utf-8''%C3%84rger%20%221%22%3B%0D%0AX%3A%20y.csv"
    )
    assert "X" not in foreign.headers


def test_an_address_gives_the_range_that_was_asked_for(store, fetch):
    put(store, "key", b"0123456789")
    url = store.url("key", expires_in=60)

    def asked(wanted: str) -> tuple[int, bytes, str | None]:
        answer = fetch(url, Range=wanted)
        return answer.status, answer.content, answer.headers.get("Content-Range")

    assert asked("bytes=2-4") == (206, b"234", "bytes 2-4/10")
    assert asked("bytes=7-") == (206, b"789", "bytes 7-9/10")
    assert asked("bytes=-3") == (206, b"789", "bytes 7-9/10")
    assert asked("bytes=8-100") == (206, b"89", "bytes 8-9/10")
    assert asked("bytes=10-")[0] == 416


def test_the_same_object_has_the_same_address_for_half_a_lifetime(store, monkeypatch):
    start = int(time.time()) // 1800 * 1800

    def at(seconds: float) -> str:
        monkeypatch.setattr(time, "time", lambda: start + seconds)
        return store.url("key", expires_in=3600, content_type="image/png")

    assert at(0) == at(1) == at(1799.9)
    assert at(1800) != at(1799.9)
    assert at(1800) == at(3599)


def test_an_address_ends_within_its_lifetime(store, fetch):
    put(store, "key")
    url = store.url("key", expires_in=2)
    assert fetch(url).status == 200

    time.sleep(2.5)

    assert fetch(url).status in {403, 404}


@pytest.mark.parametrize("part", ["key", "expiry", "filename", "type", "signature"])
def test_an_altered_address_gives_nothing(store, fetch, part):
    put(store, "key")
    put(store, "kez", b"secret")
    url = store.url("key", expires_in=600, filename="a.csv", content_type="text/csv")
    path, _, query = url.partition("?")
    fields = dict(pair.split("=", 1) for pair in query.split("&"))
    names = {
        "expiry": ("expires", "X-Amz-Expires"),
        "filename": ("filename", "response-content-disposition"),
        "type": ("type", "response-content-type"),
        "signature": ("signature", "X-Amz-Signature"),
    }
    values = {"expiry": "9999999999", "filename": "b.csv", "type": "text/html", "signature": "0" * 64}
    if part == "key":
        path = path.removesuffix("key") + "kez"
    else:
        name = next(name for name in names[part] if name in fields)
        fields[name] = values[part]

    altered = fetch(path + "?" + "&".join(f"{name}={value}" for name, value in fields.items()))

    assert altered.status in {400, 403, 404}
    assert altered.content != b"secret"


def test_an_address_of_a_missing_object_says_404(store, fetch):
    assert fetch(store.url("nothing", expires_in=60)).status == 404


def test_an_address_without_a_lifetime_is_refused(store):
    with pytest.raises(ValueError, match="lives for a second or more"):
        store.url("key", expires_in=0)


def test_one_process_has_one_store_for_each_url(settings, tmp_path):
    settings.STORAGE_URL = (tmp_path / "a").as_uri()
    first = storage.store()
    assert storage.store() is first
    settings.STORAGE_URL = (tmp_path / "b").as_uri()
    assert storage.store() is not first
