"""Memory while rows pass by the million."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def settled() -> Iterator[None]:
    """Have Python not look again and again, in this block, whether what was there before it is still needed.

    It looks after every few hundred objects that are made, at a sixth of the time of a release's building.
    """
    gc.collect()
    gc.freeze()
    try:
        yield
    finally:
        gc.unfreeze()
