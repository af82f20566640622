"""A backup is read through: every byte of it is what the manifest says."""

import hashlib
from collections.abc import Iterator

from crowd.errors import Missing
from crowd.keeping import catalogue
from crowd.keeping.catalogue import SAID_EVERY, Manifest, Say, quiet
from crowd.storage.base import Store


def verify(where: str, *, name: str = "", say: Say = quiet) -> list[str]:
    """Return what is wrong with a backup, by default the newest one; nothing where it can be restored."""
    store = catalogue.place(where)
    found = catalogue.manifest(store, name)
    say(f"Reading backup {found.name}: {found.objects:,} objects, {found.size:,} bytes.")
    return list(_faults(store, found, say))


def _faults(store: Store, found: Manifest, say: Say) -> Iterator[str]:
    if (told := _sha256(store, catalogue.key(found.name, "database.dump"))) != found.dump["sha256"]:
        yield f"The database is {'damaged' if told else 'not there'}."
    gone = set(catalogue.erasures(store).get("gone", []))
    count = 0
    for count, one in enumerate(catalogue.objects(store, found), 1):
        if count % SAID_EVERY == 0:
            say(f"{count:,} objects read.")
        if one.key in gone:
            continue
        if (told := _sha256(store, f"objects/{one.key}")) != one.sha256:
            yield f"{one.key} is {'damaged' if told else 'not there'}."
    if count != found.objects:
        yield f"The listing has {count:,} objects, the manifest {found.objects:,}."
    for key in found.missing:
        yield f"{key} was missing or damaged in the object store when the backup was made."


def _sha256(store: Store, key: str) -> str:
    """Return an object's digest; empty where there is none."""
    try:
        with store.open(key) as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()  # type: ignore[arg-type]
    except Missing:
        return ""
