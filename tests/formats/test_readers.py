"""Data sets of strangers: what is built to break, fill or stall a reader is refused in words."""

import contextlib
import io
import json
import struct
import zipfile
from typing import Any

import pytest

from crowd.errors import CrowdError
from crowd.formats.readers import coco, manifest, voc, yolo
from crowd.formats.readers.sets import MAX_DIRECTORY, Folder, Pictures


def packed(files: dict[str, bytes | str]) -> io.BytesIO:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    out.seek(0)
    return out


def outline(segmentation: Any, *, width: Any = 64, height: Any = 48) -> str:
    """The fault of an annotation's outline; nothing where it is taken."""
    document = {
        "categories": [{"id": 1, "name": "cell"}],
        "images": [{"id": 1, "file_name": "a.png", "width": width, "height": height}],
        "annotations": [{"id": 1, "image_id": 1, "category_id": 1, "segmentation": segmentation}],
    }
    [item] = coco.read(Folder(io.BytesIO(json.dumps(document).encode()), name="a.json"))
    return item.faults[0].code if item.faults else ""


@pytest.mark.parametrize(
    "segmentation",
    [
        [[0, 0, 1e9, 0, 1e9, 1e9]],
        [[0, 0, 1e300, 0, 1e300, 1e300]],
        [[140.0 * (i % 4 > 1) for i in range(300_000)]],
        [[0, 0, 5, 5]],
        [[0, 0, 5, 5, "nan", 1]],
        [["a"] * 6],
        [[]],
        [7],
        {"counts": [2**40], "size": [48, 64]},
        {"counts": [-1, 5], "size": [48, 64]},
        {"counts": [], "size": [48, 64]},
        {"counts": [1.5], "size": [48, 64]},
        {"size": [48, 64]},
    ],
)
def test_an_outline_that_would_lead_c_code_astray_never_reaches_it(segmentation: Any) -> None:
    """Far coordinates made pycocotools write outside its memory, which killed the process."""
    assert outline(segmentation) == "bad_shape"


@pytest.mark.parametrize("side", [None, 0, -5, 2**40, "64", True, 1.5])
def test_an_image_of_no_size_gets_no_pixels(side: Any) -> None:
    ring = [[2, 2, 20, 2, 20, 10]]
    assert outline(ring, width=side) == ""
    assert outline([*ring, *ring], width=side) == "bad_shape"


def test_run_lengths_are_packed_as_coco_packs_them() -> None:
    from pycocotools import mask

    counts = [10, 10, 5, 3000, 47]
    expected = mask.frPyObjects({"counts": counts, "size": [48, 64]}, 48, 64)["counts"].decode()
    assert coco._packed(counts) == expected


@pytest.mark.parametrize(
    "yaml",
    [
        *("names: !!int ''", "names: !!bool x", "names: !!timestamp x", "names: [&a b, *a]", "names: {a: 0b}"),
        *("names: {0: a}\nkpt_shape: [2, [3]]", "names: {0: 0x" + "f" * 5000 + "}", "names: {0x" + "f" * 5000 + ": a}"),
        *(
            "names: !!python/object/apply:os.system [true]",
            "[" * 1_000_000,
            "- " * 1000,
            "names: {[1]: 2}",
            "names: {'²': a}",
        ),
    ],
)
def test_no_yaml_does_more_than_be_refused(yaml: str) -> None:
    with contextlib.suppress(CrowdError):  # and nothing else
        list(yolo.read(Folder(packed({"data.yaml": yaml, "a.txt": "0 0.5 0.5 0.1 0.1"}), name="a.zip")))


def test_numbers_that_are_none_make_no_box() -> None:
    [item] = yolo.read(Folder(packed({"data.yaml": "names: [a]", "a.txt": "0 nan 0 inf 0"}), name="a.zip"))
    assert [fault.code for fault in item.faults] == ["bad_labels"]
    box = "".join(f"<{side}>nan</{side}>" for side in ("xmin", "ymin", "xmax", "ymax"))
    document = f"<annotation><object><name>a</name><bndbox>{box}</bndbox></object></annotation>"
    [item] = voc.read(Folder(io.BytesIO(document.encode()), name="a.xml"))
    assert [fault.code for fault in item.faults] == ["bad_shape"]


@pytest.mark.parametrize(
    "document",
    [
        "<!DOCTYPE a [<!ENTITY b SYSTEM 'file:///etc/passwd'>]><a>&b;</a>",
        "<a>" + "<b/>" * 101 + "</a>",
        "<a>" * 50 + "</a>" * 50,
    ],
    ids=["entity", "elements", "depth"],
)
def test_xml_that_is_built_to_harm_is_refused(document: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(voc, "MAX_ELEMENTS", 100)
    with pytest.raises(CrowdError) as raised:
        voc.parse(document.encode())
    assert raised.value.code in {"doctype_refused", "bad_xml"}


def test_text_in_pieces_is_joined_once() -> None:
    root = voc.parse(b"<a>" + b"x<!---->" * 100_000 + b"</a>")
    assert root.text == "x" * voc.MAX_TEXT


@pytest.mark.parametrize("name", ["../a.png", "/etc/a.png", "a/../../b.png", "..\\a.png", "C:/a.png"])
def test_no_name_leads_out_of_the_archive(name: str) -> None:
    folder = Folder(packed({name: b"x", "in.png": b"y"}), name="a.zip")
    assert folder.names(".png") == ["in.png"]
    assert [fault.code for item in folder.faults for fault in item.faults] == ["unsafe_name"]


def test_an_archive_that_unpacks_to_far_more_than_it_is_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("crowd.formats.readers.sets.UNPACKED_ANYHOW", 1000)
    with pytest.raises(CrowdError) as raised:
        Folder(packed({"a.png": bytes(1_000_000)}), name="a.zip")
    assert raised.value.code == "archive_bomb"


def test_an_entry_that_lies_about_its_length_is_read_no_further() -> None:
    data = bytearray(packed({"a.png": bytes(100_000)}).getvalue())
    at = data.index(b"PK\1\2")
    data[at + 24 : at + 28] = struct.pack("<L", 10)
    folder = Folder(io.BytesIO(bytes(data)), name="a.zip")
    with pytest.raises(CrowdError):
        folder.read("a.png", most=1000)


@pytest.mark.parametrize("comment", [b"", b"x" * 100])
def test_a_list_of_entries_too_long_for_memory_is_not_read(comment: bytes) -> None:
    data = bytearray(packed({"a.png": b"x"}).getvalue())
    end = data.rindex(b"PK\5\6")
    data[end + 12 : end + 16] = struct.pack("<L", MAX_DIRECTORY + 1)
    data[end + 20 : end + 22] = struct.pack("<H", len(comment))
    with pytest.raises(CrowdError) as raised:
        Folder(io.BytesIO(bytes(data) + comment), name="a.zip")
    assert raised.value.code == "too_large"


def test_images_are_found_by_any_end_of_their_path() -> None:
    pictures = Pictures(["set/train/a.png", "set/val/a.png", "set/val/b.png"])
    found = [pictures.find(name) for name in ("train/a.png", "val/a.png", "set/val/b.png", "b", "a.png", "x/b.png")]
    assert found == ["set/train/a.png", "set/val/a.png", "set/val/b.png", "set/val/b.png", "", "set/val/b.png"]


@pytest.mark.parametrize(
    "head", [b"\xff\xfeurl\n", b'"url', b'url,"a\n' + b"x" * 200_000, b'"' + b"x" * 200_000 + b'"']
)
def test_a_table_whose_first_line_cannot_be_read_is_refused(head: bytes) -> None:
    with pytest.raises(CrowdError) as raised:
        list(manifest.read(io.BytesIO(head), kind="csv"))
    assert raised.value.code == "not_csv"
