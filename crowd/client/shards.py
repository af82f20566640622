"""Images that lie packed in a release: a shard is fetched as any other file, unpacked, and then not needed any more."""

import json
import shutil
import tarfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Final

from crowd.client.errors import Corrupt
from crowd.client.projects import Json
from crowd.client.release import IMAGES

PACKED: Final = "images_"  # what the names of shards begin with


def is_unpacked(folder: Path, stated: Json) -> bool:
    """Whether all images of a shard are here, as they were when it was unpacked."""
    try:
        sizes: dict[str, int] = json.loads(_note(folder, stated).read_bytes())
        return all((folder / IMAGES / name).stat().st_size == size for name, size in sizes.items())
    except (OSError, ValueError):
        return False


def unpack(folder: Path, stated: Json) -> None:
    """Have the images of a shard in `images/`, and take the shard away; `Corrupt` for one that holds anything else."""
    archive, images = folder / stated["path"], folder / IMAGES
    images.mkdir(parents=True, exist_ok=True)
    sizes = {}
    try:
        with tarfile.open(archive, "r:") as shard:
            for name, entry in _entries(shard):
                sizes[name] = entry.size
                _write(shard, entry, images / name)
    except tarfile.TarError as fault:
        raise Corrupt(f"{stated['path']} cannot be unpacked: {fault}") from fault
    _note(folder, stated).write_text(json.dumps(sizes))
    archive.unlink()


def _entries(shard: tarfile.TarFile) -> Iterator[tuple[str, tarfile.TarInfo]]:
    while (entry := shard.next()) is not None:
        shard.members = []  # type: ignore[attr-defined] # else all of them are kept in memory
        place, _, name = entry.name.rpartition("/")
        if not entry.isreg() or place != IMAGES or not name or name.startswith(".") or set(name) & set("\\\0"):
            raise Corrupt(f"{entry.name!r} is no image of a release")
        yield name, entry


def _write(shard: tarfile.TarFile, entry: tarfile.TarInfo, to: Path) -> None:
    """Write one image; it appears under its name only when it is whole."""
    source = shard.extractfile(entry)
    assert source is not None  # it is a plain file
    part = to.with_name(f".{to.name}.part")
    with closing(source), part.open("wb") as target:
        shutil.copyfileobj(source, target, 1 << 20)
    part.replace(to)


def _note(folder: Path, stated: Json) -> Path:
    """Where it is written what a shard held."""
    return folder / IMAGES / f".{stated['format']}.{stated['sha256'][:16]}"
