"""Archives, as Python's own reader and Info-ZIP's see them."""

import io
import shutil
import subprocess
import zipfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crowd.formats import ImageFacts
from crowd.formats.archives import archive, filename, stem


def packed(*entries: tuple[str, object]) -> bytes:
    sink = io.BytesIO()
    with archive(sink) as target:
        for name, source in entries:
            target.add(name, source)
    return sink.getvalue()


@given(
    st.dictionaries(st.from_regex(r"[a-zäß]{1,9}(/[a-z ]{1,9})?", fullmatch=True), st.binary(max_size=2000), max_size=8)
)
def test_entries_are_read_back(entries):
    content = packed(*entries.items())

    with zipfile.ZipFile(io.BytesIO(content)) as found:
        assert found.testzip() is None
        assert {name: found.read(name) for name in found.namelist()} == entries
        assert all(info.date_time == (1980, 1, 1, 0, 0, 0) for info in found.infolist())
        assert all(info.external_attr >> 16 == 0o100644 for info in found.infolist())


def test_a_file_is_packed_as_its_bytes_are():
    content = bytes(range(256)) * 3000

    assert packed(("a", io.BytesIO(content)), ("b", b"")) == packed(("a", io.BytesIO(content)), ("b", b""))
    with zipfile.ZipFile(io.BytesIO(packed(("a", io.BytesIO(content))))) as found:
        assert found.read("a") == content


def test_an_empty_archive_is_one():
    assert zipfile.ZipFile(io.BytesIO(packed())).namelist() == []


def test_more_entries_than_a_plain_archive_can_count():
    content = packed(*((f"{number}", b"") for number in range(70_000)))

    with zipfile.ZipFile(io.BytesIO(content)) as found:
        assert len(found.namelist()) == 70_000
        assert found.read("69999") == b""


def test_an_archive_beyond_four_gigabytes_is_read(tmp_path):
    """A sink that claims to be far along stands for the gigabytes: only offsets matter, and a sparse file has them."""
    path = tmp_path / "large.zip"
    with path.open("wb") as sink, archive(sink) as target:
        target.add("first", b"1")
        hole = 5 << 30
        sink.seek(hole, io.SEEK_CUR)
        target._offset += hole
        target.add("second", b"2")

    with zipfile.ZipFile(path) as found:
        assert (found.read("first"), found.read("second")) == (b"1", b"2")


def test_a_failed_archive_is_not_completed():
    sink = io.BytesIO()

    def fail() -> None:
        with archive(sink) as target:
            target.add("a", b"1")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()

    assert not zipfile.is_zipfile(sink)


@pytest.mark.skipif(shutil.which("unzip") is None, reason="Info-ZIP is not installed")
def test_info_zip_finds_no_fault(tmp_path):
    (tmp_path / "a.zip").write_bytes(packed(("folder/ä.txt", b"text" * 1000), ("b", io.BytesIO(b"x"))))

    tested = subprocess.run(["unzip", "-t", tmp_path / "a.zip"], capture_output=True, text=True, check=False)

    assert (tested.returncode, tested.stderr) == (0, "")


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("street.JPG", "street_5"),
        ("../../etc/passwd", "passwd_5"),
        ("C:\\photos\\a b.png", "a-b_5"),
        ("Straße 7.jpeg", "Stra-e-7_5"),
        (".hidden", "hidden_5"),
        ("", "image_5"),
        ("日本.png", "image_5"),
        ("x" * 300 + ".png", "x" * 80 + "_5"),
    ],
)
def test_files_about_an_image_are_named_after_it_safely(name, expected):
    assert stem(ImageFacts(id=5, name=name, sha256="", width=1, height=1)) == expected


def test_an_image_keeps_its_extension_where_it_is_a_pictures():
    def named(name: str) -> str:
        return filename(ImageFacts(id=5, name=name, sha256="", width=1, height=1))

    assert (named("a.PNG"), named("a.exe"), named("a")) == ("a_5.png", "a_5.jpg", "a_5.jpg")
