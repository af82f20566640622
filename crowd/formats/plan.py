"""Which files a release is made of, in the order in which they are written."""

from typing import Final

from crowd.formats import WRITERS, card, croissant, statistics
from crowd.formats.options import Options

MANIFEST: Final = "manifest"
ALWAYS: Final = "jsonl"  # what comparing releases and leading labels back reads


def files_of(options: Options) -> tuple[str, ...]:
    """Return the names of the files: the figures first, as others tell them, and last the manifest, which lists all."""
    chosen = [name for name in WRITERS if not options.formats or name in options.formats or name == ALWAYS]
    return (statistics.NAME, *chosen, *options.include, card.NAME, card.HTML_NAME, croissant.NAME, MANIFEST)
