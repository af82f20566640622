"""Arrays as bytes and back, without pickle: what shards keep and hand on."""

import io
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

Arrays = dict[str, NDArray[Any]]


def pack(arrays: Mapping[str, NDArray[Any]]) -> bytes:
    """The arrays, of numbers or strings, by name."""
    out = io.BytesIO()
    np.savez(out, **dict(arrays))  # type: ignore[arg-type]  # its only other argument is named in one word
    return out.getvalue()


def unpack(data: bytes) -> Arrays:
    """The arrays of `pack`."""
    with np.load(io.BytesIO(data), allow_pickle=False) as found:
        return {name: found[name] for name in found.files}


def within(arrays: Arrays, prefix: str) -> Arrays:
    """Those whose names begin with the prefix and a dot, without these."""
    start = f"{prefix}."
    return {name.removeprefix(start): each for name, each in arrays.items() if name.startswith(start)}
