"""A backup is read through: every byte of it is what the manifest says."""

from collections.abc import Iterator

from crowd.keeping import catalogue
from crowd.keeping.catalogue import SAID_EVERY, Manifest, Say, quiet
from crowd.storage.base import Store


def verify(where: str, *, name: str = "", mend: bool = False, say: Say = quiet) -> list[str]:
    """Return what is wrong with a backup, by default the newest one; nothing where it can be restored.

    To `mend` is to remove damaged objects that are named by their content: the next backup brings them again.
    """
    store = catalogue.place(where)
    found = catalogue.manifest(store, name)
    say(f"Reading backup {found.name}: {found.objects:,} objects, {found.size:,} bytes.")
    return list(_faults(store, found, say, mend=mend))


def _faults(store: Store, found: Manifest, say: Say, *, mend: bool) -> Iterator[str]:
    if (told := catalogue.sha256(store, catalogue.key(found.name, "database.dump"))) != found.dump["sha256"]:
        yield f"The database is {'damaged' if told else 'not there'}."
    gone = set(catalogue.erasures(store).get("gone", []))
    count = 0
    for count, one in enumerate(catalogue.objects(store, found), 1):
        if count % SAID_EVERY == 0:
            say(f"{count:,} objects read.")
        if one.key in gone:
            continue
        if (told := catalogue.sha256(store, f"objects/{one.key}")) != one.sha256:
            if told and mend and catalogue.digest_in(one.key):
                store.delete(f"objects/{one.key}")
            yield f"{one.key} is {'damaged' if told else 'not there'}."
    if count != found.objects:
        yield f"The listing has {count:,} objects, the manifest {found.objects:,}."
    for key in found.missing:
        yield f"{key} was missing or damaged in the object store when the backup was made."
