"""Which files a release is made of, in the order in which they are written."""

from collections.abc import Mapping
from typing import Any, Final

from crowd.formats import BY_DEFAULT, WRITERS, card, croissant, shards, statistics
from crowd.formats.options import Options

MANIFEST: Final = "manifest"
ALWAYS: Final = "jsonl"  # what the other files are made of, comparing releases and leading labels back read


def files_of(options: Options, written: Mapping[str, Mapping[str, Any]]) -> tuple[str, ...]:
    """Return the names of the files: the labels first, then the figures, as others tell them, and last the manifest.

    `written` are the reports of the files that are there, by name: how many files the images take is known only once
    the last of them is written.
    """
    chosen = [name for name in WRITERS if name in (options.formats or BY_DEFAULT) and name != ALWAYS]
    packed = shards.names(written) if options.images == "packed" else ()
    described = (card.NAME, card.HTML_NAME, croissant.NAME, MANIFEST)
    return (ALWAYS, statistics.NAME, *chosen, *options.include, *packed, *described)
