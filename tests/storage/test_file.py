"""What is particular to files."""

import os
import stat
import time
from pathlib import Path

import pytest

from crowd.storage import FileStore, StorageError

OCTETS = "application/octet-stream"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "not" / "there" / "yet"


def test_objects_are_for_their_owner_alone(root):
    FileStore(root).put("a/b", b"", content_type=OCTETS)

    assert stat.S_IMODE((root / "a" / "b").stat().st_mode) == 0o600
    assert [stat.S_IMODE(folder.stat().st_mode) for folder in (root, root / "a", root / ".incoming")] == [0o700] * 3


def test_the_bytes_are_on_the_disk_before_the_object_has_its_name(root, monkeypatch):
    store = FileStore(root)
    store.put("a", b"old", content_type=OCTETS)
    synced = []
    sync = os.fsync

    def fsync(descriptor: int) -> None:
        opened = Path(f"/proc/self/fd/{descriptor}").readlink()
        synced.append((opened.relative_to(root).parts[:1], store.read("a")))
        sync(descriptor)

    monkeypatch.setattr(os, "fsync", fsync)
    store.put("a", b"new", content_type=OCTETS)

    assert synced == [((".incoming",), b"old"), ((), b"new")]


def test_what_died_in_the_middle_of_a_write_is_no_object_and_goes_after_a_day(root):
    store = FileStore(root)
    store.put("key", b"content", content_type=OCTETS)
    left = root / ".incoming" / "left"
    left.write_bytes(b"half")

    assert list(store.keys()) == ["key"]
    assert store.discard_abandoned(now=time.time()) == 0
    assert left.exists()
    assert store.discard_abandoned(now=time.time() + 25 * 3600) == 1
    assert not left.exists()
    assert store.read("key") == b"content"


def test_a_store_without_a_folder_is_empty(root):
    assert list(FileStore(root).keys()) == []
    assert FileStore(root).discard_abandoned(now=time.time()) == 0
    assert not root.exists()


def test_a_folder_that_cannot_be_used_is_told_to_the_operator(tmp_path):
    (tmp_path / "file").write_text("in the way")
    store = FileStore(tmp_path / "file" / "objects")

    with pytest.raises(StorageError, match="is not a folder that can be used"):
        store.put("key", b"", content_type=OCTETS)


def test_a_full_disk_is_told_to_the_operator_and_leaves_nothing(root):
    import resource
    import signal

    store = FileStore(root)
    store.put("key", b"old", content_type=OCTETS)
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, before[1]))
    try:
        with pytest.raises(StorageError, match="free space"):
            store.put("key", b"x" * 10_000, content_type=OCTETS)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, handler)

    assert store.read("key") == b"old"
    assert list((root / ".incoming").iterdir()) == []
