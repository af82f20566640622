"""The data folder: its modes, its lock, its secrets, its ports."""

import multiprocessing
import os
import re
import socket
from pathlib import Path

import pytest

from crowd.embedded.folder import DataFolder, FolderHeldError, any_free_port, is_free


def mode(path: Path) -> int:
    return path.stat().st_mode & 0o777


def test_the_folder_is_its_owners_alone_and_its_parents_are_left_as_they_are(tmp_path):
    parent = tmp_path / "parent"
    parent.mkdir(mode=0o755)
    folder = DataFolder(parent / "data")
    folder.secret_key(may_create=True)
    folder.publish({"DATABASE_URL": "postgresql://"})
    folder.log("web")
    assert mode(parent) == 0o755
    assert mode(folder.path) == mode(folder.path / "logs") == 0o700
    assert mode(folder.path / "secret_key") == mode(folder.parts_file) == mode(folder.log("web")) == 0o600


def test_a_secret_is_made_once_and_kept(tmp_path):
    folder = DataFolder(tmp_path / "data")
    assert folder.secret_key(may_create=False) == ""
    first = folder.secret_key(may_create=True)
    assert len(first) == 64
    assert folder.secret_key(may_create=True) == DataFolder(tmp_path / "data").secret_key(may_create=False) == first
    assert folder.secret("other") != first


def _make_secret(path: Path) -> str:
    return DataFolder(path).secret("shared")


def test_processes_that_make_a_secret_at_once_get_the_same(tmp_path):
    with multiprocessing.get_context("spawn").Pool(4) as pool:
        found = pool.map(_make_secret, [tmp_path / "data"] * 16, chunksize=1)
    assert len(set(found)) == 1
    assert [path.name for path in (tmp_path / "data").iterdir()] == ["shared"]


def test_addresses_are_those_of_a_living_holder_only(tmp_path):
    folder = DataFolder(tmp_path / "data")
    assert folder.addresses() == {}
    with folder.held(what="a test"):
        folder.publish({"DATABASE_URL": "postgresql://x"})
        assert folder.addresses() == {"DATABASE_URL": "postgresql://x"}
    assert folder.parts_file.exists()
    assert folder.addresses() == {}


@pytest.mark.parametrize("damage", ["", "{", "[]", '"text"', "\x00"])
def test_a_damaged_file_of_addresses_is_as_good_as_none(tmp_path, damage):
    folder = DataFolder(tmp_path / "data")
    with folder.held(what="a test"):
        folder.parts_file.write_text(damage)
        assert folder.addresses() == {}


def test_a_second_holder_is_told_who_the_first_is(tmp_path):
    folder = DataFolder(tmp_path / "data")
    expected = f"{folder.path} is in use by `the first`, process {os.getpid()}."
    with (
        folder.held(what="the first"),
        pytest.raises(FolderHeldError, match=re.escape(expected)),
        folder.held(what="the second", patience=0),
    ):
        pytest.fail("two hold the folder")
    with folder.held(what="the third"):
        assert folder.is_held()
    assert not folder.is_held()


def test_a_port_is_used_again_unless_somebody_else_has_it(tmp_path):
    folder = DataFolder(tmp_path)
    first = folder.port("database")
    assert folder.port("database") == first
    with socket.create_server(("127.0.0.1", first)):
        second = folder.port("database")
        assert second != first
    assert folder.port("database") == second


def test_a_port_is_free_until_somebody_listens():
    port = any_free_port()
    assert is_free(port)
    with socket.create_server(("127.0.0.1", port)):
        assert not is_free(port)
    assert is_free(port)
