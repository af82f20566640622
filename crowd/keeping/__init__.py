"""Backups: the database and the objects that it names, brought to one moment, kept apart, and brought back.

A backup folder, or a bucket, holds:

objects/…                    what the object store held, under the same keys; shared by all backups, only new ones come
backups/NAME/database.dump   PostgreSQL's own custom format
backups/NAME/objects.jsonl.gz  what of the objects belongs to it: key, bytes, SHA-256
backups/NAME/manifest.json   what all of it must be; written last, so that a backup without one was never finished
erasures.json                who and what was erased up to the last backup: done again when an older one is restored

`taking.py` makes one, `restoring.py` brings one back, `checking.py` reads one through, `postgres.py` runs PostgreSQL's
own tools, `catalogue.py` says what the files say.
"""

from crowd.keeping.catalogue import BackupError
from crowd.keeping.checking import verify
from crowd.keeping.restoring import restore
from crowd.keeping.taking import take

__all__ = ["BackupError", "restore", "take", "verify"]
