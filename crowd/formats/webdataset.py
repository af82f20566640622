"""WebDataset: TAR shards of samples, read one after the other, as `webdataset` and NVIDIA DALI stream them.

A sample's members share its key, which is the image's name, tamed, and its id: `KEY.json` is the label as the `jsonl`
format gives it, and before it comes the image itself where the release packs images. Each split has its own shards,
`train-000000.tar` and on; `dataset.json` names them, with how many samples each holds, and the label schema.
"""

import tempfile
from collections.abc import Iterable
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Any, BinaryIO, Final

from crowd.formats.archives import Archive, archive, filename, stem
from crowd.formats.base import Meta, ReleaseItem, Report, Tally, Writer, to_json
from crowd.formats.jsonl import item_to_json
from crowd.formats.spools import split_of
from crowd.formats.tarballs import Tarball
from crowd.labels.types import Schema
from crowd.labels.writing import schema_to_json

SAMPLES: Final = 1000  # in a shard, at most
BYTES: Final = 256 * 1024 * 1024  # after which a shard gets no further sample
NO_PICTURE: Final = "the bytes of an image, which this release does not pack"


@dataclass
class _Shard:
    spool: BinaryIO
    tarball: Tarball
    samples: int = 0


@dataclass
class _Shards:
    """The shards of one split: the open one, and what the others hold."""

    split: str
    target: Archive
    done: list[dict[str, Any]] = field(default_factory=list)
    _open: _Shard | None = None

    def add(self, item: ReleaseItem) -> None:
        """Write one sample."""
        shard = self._open or self._begin()
        if item.picture is not None:
            shard.tarball.add(filename(item.image), item.picture())
        shard.tarball.add(f"{stem(item.image)}.json", to_json(item_to_json(item)).encode())
        shard.samples += 1
        if shard.samples == SAMPLES or shard.tarball.bytes >= BYTES:
            self.finish()

    def finish(self) -> None:
        """Complete the open shard and move it into the archive."""
        if self._open is None:
            return
        name = f"{self.split}-{len(self.done):06}.tar"
        self._open.tarball.finish()
        self._open.spool.seek(0)
        self.target.add(name, self._open.spool)
        self.done.append({"name": name, "samples": self._open.samples, "bytes": self._open.tarball.bytes})
        self.close()

    def close(self) -> None:
        """Remove the open shard's file."""
        if self._open is not None:
            self._open.spool.close()
            self._open = None

    def _begin(self) -> _Shard:
        spool = tempfile.TemporaryFile()  # noqa: SIM115 -- closed by `close`
        self._open = _Shard(spool, Tarball(spool))
        return self._open


def write(items: Iterable[ReleaseItem], *, schema: Schema, sink: BinaryIO, meta: Meta) -> Report:
    """Write the samples into their splits' shards, then what describes these."""
    tally = Tally()
    splits: dict[str, _Shards] = {}
    with archive(sink) as target, ExitStack() as stack:
        for item in tally.counted(items):
            split = split_of(item)
            if split not in splits:
                splits[split] = _Shards(split, target)
                stack.callback(splits[split].close)
            splits[split].add(item)
            tally.labels += len(item.annotation.objects) + len(item.annotation.classifications)
            if item.picture is None:
                tally.left_out[NO_PICTURE] += 1
        for _, shards in sorted(splits.items()):
            shards.finish()
        target.add("dataset.json", _describe(splits, schema=schema, meta=meta).encode())
    return tally.report()


def _describe(splits: dict[str, _Shards], *, schema: Schema, meta: Meta) -> str:
    about = {
        "project": meta.project,
        "release": meta.release,
        "schema": schema_to_json(schema),
        "splits": {name: shards.done for name, shards in sorted(splits.items())},
    }
    return to_json(about) + "\n"


WRITER = Writer(name="webdataset", filename="webdataset.zip", content_type="application/zip", write=write)
