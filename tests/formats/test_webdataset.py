"""Shards, as the `webdataset` library streams them and as tar sees them."""

import io
import json
import shutil
import subprocess
import tarfile
import zipfile
from pathlib import Path
from typing import Any

import pytest
import webdataset

from crowd.formats import ImageFacts
from crowd.formats import webdataset as format_of_shards
from crowd.formats.jsonl import item_to_json
from crowd.formats.tarballs import Tarball
from tests.formats.items import everything, item, many, written
from tests.formats.samples import corners, encoded

# the library leaves the shards that it has read to the garbage collector
pytestmark = pytest.mark.filterwarnings("ignore:unclosed file:ResourceWarning")
PICTURE = encoded(corners(), "PNG")


def unpacked(release: Any, folder: Path) -> list[Path]:
    with zipfile.ZipFile(io.BytesIO(written("webdataset", release)[0])) as found:
        found.extractall(folder)
    return sorted(folder.glob("*.tar"))


def samples(shards: list[Path]) -> list[dict[str, Any]]:
    """The samples, decoded, as a training loop sees them."""
    return list(webdataset.WebDataset([str(shard) for shard in shards], shardshuffle=False).decode("pil"))


def test_the_library_streams_every_label_in_order(tmp_path):
    release = [everything(), *many(4)]
    found = samples(unpacked(release, tmp_path))

    assert [one["json"] for one in found] == json.loads(json.dumps([item_to_json(each) for each in release]))
    assert [one["__key__"] for one in found] == ["every-shape_7", "image-1_1", "image-2_2", "image-3_3", "image-4_4"]


def test_images_stand_before_their_labels_where_they_are_given(tmp_path):
    release = [item(1, picture=lambda: PICTURE), item(2)]
    shards = unpacked(release, tmp_path)
    first, second = samples(shards)

    assert (first["jpg"].size, first["json"]["image"]["id"]) == ((64, 40), 1)
    assert second.keys() & {"jpg", "json"} == {"json"}
    with tarfile.open(shards[0]) as shard:
        assert shard.getnames() == ["image-1_1.jpg", "image-1_1.json", "image-2_2.json"]
        assert {(one.mtime, one.uid, one.gid, one.uname, one.mode) for one in shard} == {(0, 0, 0, "", 0o644)}
    assert written("webdataset", release)[1].left_out == {format_of_shards.NO_PICTURE: 1}


@pytest.mark.parametrize(
    "name", ["a.b.c.jpg", "../../x.tar", "日本.png", "x" * 300 + ".jpeg", "", "con.txt", ".hidden"]
)
def test_any_file_name_makes_one_sample(tmp_path, name):
    image = ImageFacts(id=5, name=name, sha256="0" * 64, width=64, height=48)
    (found,) = samples(unpacked([item(1, image=image, picture=lambda: PICTURE)], tmp_path))

    assert "." not in found["__key__"]
    assert found["json"]["image"]["name"] == name
    assert len(found.keys() & {"jpg", "jpeg", "png"}) == 1


def test_splits_have_shards_of_their_own_and_none_grows_without_end(tmp_path, monkeypatch):
    monkeypatch.setattr(format_of_shards, "SAMPLES", 2)
    shards = unpacked([item(number, split="val" if number == 3 else "train") for number in range(1, 7)], tmp_path)

    assert [shard.name for shard in shards] == [f"train-00000{n}.tar" for n in range(3)] + ["val-000000.tar"]
    described = json.loads((tmp_path / "dataset.json").read_bytes())
    assert [one["samples"] for one in described["splits"]["train"]] == [2, 2, 1]
    assert [one["bytes"] for one in described["splits"]["train"]] == [one.stat().st_size for one in shards[:3]]
    monkeypatch.setattr(format_of_shards, "BYTES", 3000)
    large = [item(number, picture=lambda: bytes(3000)) for number in range(1, 4)]
    assert len(unpacked(large, tmp_path / "large")) == 3


@pytest.mark.skipif(shutil.which("tar") is None, reason="GNU tar is not installed")
def test_gnu_tar_finds_no_fault(tmp_path):
    with (tmp_path / "a.tar").open("wb") as sink:
        tarball = Tarball(sink)
        tarball.add("a.json", b"{}")
        tarball.add("b.jpg", bytes(1024))
        tarball.finish()

    listed = subprocess.run(["tar", "-tf", tmp_path / "a.tar"], capture_output=True, text=True, check=True)

    assert (listed.stdout.split(), listed.stderr) == (["a.json", "b.jpg"], "")
    assert (tmp_path / "a.tar").stat().st_size % tarfile.RECORDSIZE == 0
