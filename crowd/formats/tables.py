"""Rows into Parquet, a batch in memory at a time."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, BinaryIO, Final

import pyarrow as pa
import pyarrow.parquet as pq

BATCH: Final = 256
TEXT: Final = pa.string()
WHOLE: Final = pa.int64()
REAL: Final = pa.float64()
LINEAGE: Final = pa.list_(
    pa.struct([("assignment", TEXT), ("worker", TEXT), ("guideline", WHOLE), ("weight", REAL)]),
)


class Table:
    """A Parquet file being written; rows are given one by one."""

    def __init__(self, writer: pq.ParquetWriter, schema: pa.Schema) -> None:
        self._writer, self._schema = writer, schema
        self._rows: list[Mapping[str, Any]] = []

    def add(self, row: Mapping[str, Any]) -> None:
        """Append a row."""
        self._rows.append(row)
        if len(self._rows) == BATCH:
            self.flush()

    def flush(self) -> None:
        """Write what is in memory as a row group."""
        if self._rows:
            self._writer.write_table(pa.Table.from_pylist(self._rows, schema=self._schema))
            self._rows = []


@contextmanager
def table(sink: BinaryIO, schema: pa.Schema) -> Iterator[Table]:
    """Open a Parquet file on an empty binary file and complete it, unless writing failed."""
    with pq.ParquetWriter(_Unclosed(sink), schema, compression="zstd") as writer:
        opened = Table(writer, schema)
        yield opened
        opened.flush()


class _Unclosed:
    """The caller's file, which pyarrow would close."""

    closed = False

    def __init__(self, sink: BinaryIO) -> None:
        self.write, self.flush = sink.write, sink.flush

    def close(self) -> None:
        """Do nothing."""
