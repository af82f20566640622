"""What a backup is made of comes back as it was, whoever worked while it was made."""

import hashlib
import io
import shutil
import threading
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.utils import timezone

from crowd import keeping, storage
from crowd.errors import Gone
from crowd.keeping import catalogue
from crowd.models import Event, Image, Project, Release, Task, User, Webhook
from crowd.queries import feeds
from crowd.workflow import erasing, events, releasing
from tests.factories import make
from tests.keeping.elsewhere import elsewhere, played


def command(name: str, *words: str) -> str:
    out = io.StringIO()
    try:
        call_command(name, *words, stdout=out, stderr=out)
    except SystemExit:
        pytest.fail(out.getvalue())
    return out.getvalue()


def released(release: Release) -> dict[str, bytes]:
    return {one.path: storage.store().read(one.key) for one in release.files.all()}


def work(project: Project, workers: list[User], until: threading.Event) -> None:
    """Bring images, and answer them, until told to stop, or there is enough to look through."""
    for turn in range(40):
        if until.is_set():
            break
        make.images(project)
        make.answer(project, workers[turn % len(workers)], (make.CAT, make.DOG)[turn % 2])
    connection.close()


def test_a_backup_made_while_two_work_comes_back_whole_and_its_release_byte_for_byte(kept: Path) -> None:
    found = played()
    busy = [make.project(found.owner) for _ in range(2)]
    crews = [[make.member(one) for _ in range(3)] for one in busy]
    for one in busy:
        make.images(one)
    before, done = released(found.release), threading.Event()
    writers = [threading.Thread(target=work, args=(*pair, done)) for pair in zip(busy, crews, strict=True)]
    for writer in writers:
        writer.start()
    try:
        told = command("backup", str(kept), "--verify")
    finally:
        done.set()
        for writer in writers:
            writer.join()
    assert "Every byte is what it was." in told
    with elsewhere(kept.parent):
        assert "checks hold." in command("restore", str(kept), "--rehearsal")
        assert released(Release.objects.get(pk=found.release.pk)) == before
        assert (
            Event.objects.filter(project__in=busy, type="image.imported").count()
            == Image.objects.filter(project__in=busy).count()
        )
        assert set(Webhook.objects.values_list("state", flat=True)) == {"paused"}
        make.answer(busy[0], make.member(busy[0]))  # work goes on where it was


def test_only_new_objects_are_copied_and_what_was_interrupted_is_gone_on_with(kept: Path, project: Project) -> None:
    make.images(project, 3)
    keeping.take(str(kept), now=timezone.now())
    make.images(project, 2)
    said: list[str] = []
    second = keeping.take(str(kept), now=timezone.now(), say=said.append)
    assert (second.objects, said[-1]) == (5, "5 objects, 2 of them new.")
    for name in catalogue.names(catalogue.place(str(kept))):  # as if neither had been finished
        (kept / "backups" / name / "manifest.json").unlink()
    third = keeping.take(str(kept), now=timezone.now(), say=said.append)
    assert (third.objects, said[-1], keeping.verify(str(kept))) == (5, "5 objects, 0 of them new.", [])


def test_what_is_missing_or_damaged_is_told_when_the_backup_is_made(kept: Path, project: Project) -> None:
    lost, rotten, whole = make.images(project, 3)
    storage.store().delete(lost.key)
    storage.store().put(rotten.key, b"rot", content_type="image/png")
    with pytest.raises(pytest.fail.Exception, match=f"{lost.key} is missing or damaged"):
        command("backup", str(kept))
    made = catalogue.manifest(catalogue.place(str(kept)))
    assert (made.missing, made.objects) == (sorted([lost.key, rotten.key]), 1)
    assert (kept / "objects" / whole.key).is_file()


@pytest.mark.parametrize("file", ["objects", "database.dump"])
def test_a_damaged_backup_is_told_and_not_brought_back(kept: Path, project: Project, file: str) -> None:
    [image] = make.images(project)
    made = keeping.take(str(kept), now=timezone.now())
    path = kept / "objects" / image.key if file == "objects" else kept / catalogue.key(made.name, file)
    path.write_bytes(b"rot" + path.read_bytes()[3:])
    assert len(keeping.verify(str(kept))) == 1
    with pytest.raises(pytest.fail.Exception, match="damaged"):
        command("backup", str(kept), "--only-verify")
    with elsewhere(kept.parent), pytest.raises(CommandError, match="is damaged"):
        command("restore", str(kept))


def test_a_restore_takes_the_place_of_something_only_when_told(kept: Path, project: Project) -> None:
    make.images(project)
    first = keeping.take(str(kept), now=timezone.now())
    with elsewhere(kept.parent):
        command("restore", str(kept))
        Project.objects.filter(pk=project.pk).update(name="Another")
        connection.close()
        with pytest.raises(CommandError, match="database is not empty"):
            command("restore", str(kept))
        command("restore", str(kept), "--replace", "--at", first.name)
        assert Project.objects.get().name == project.name
    with elsewhere(kept.parent):
        storage.store().put("projects/1/imports/x", b"x", content_type="text/plain")
        with pytest.raises(CommandError, match="object store is not empty"):
            command("restore", str(kept))


def test_a_backup_of_a_newer_release_is_refused(kept: Path, project: Project) -> None:
    made = keeping.take(str(kept), now=timezone.now())
    newer = {**vars(made), "migrations": [*made.migrations, "crowd.9999_later"]}
    path = kept / catalogue.key(made.name, "manifest.json")
    path.write_bytes(keeping.catalogue.Manifest(**newer).encoded())
    with elsewhere(kept.parent), pytest.raises(CommandError, match="newer release"):
        command("restore", str(kept))
    shutil.rmtree(kept / "backups")
    with elsewhere(kept.parent), pytest.raises(CommandError, match="no backup"):
        command("restore", str(kept))


def test_a_cursor_from_before_a_restore_is_refused_and_nothing_is_withheld(kept: Path) -> None:
    """The rows come from a server that has counted much further than this one."""
    found = played()
    with connection.cursor() as cursor:
        for table in ("event", "consensus"):
            cursor.execute(f"ALTER TABLE crowd_{table} DISABLE TRIGGER USER")
            cursor.execute(f"UPDATE crowd_{table} SET transaction = transaction + 5000000000")
            cursor.execute(f"ALTER TABLE crowd_{table} ENABLE TRIGGER USER")
        for place in ("started", "cursor"):
            cursor.execute(f"UPDATE crowd_webhook SET {place}_transaction = {place}_transaction + 5000000000")
    told = list(Event.objects.filter(project=found.project).order_by("transaction", "pk").values_list("pk", flat=True))
    webhook = Webhook.objects.get()
    waiting = Event.objects.extra(where=["(transaction, id) > (%s, %s)"], params=[webhook.cursor_transaction, 0])
    waiting_before = set(waiting.values_list("pk", flat=True))
    keeping.take(str(kept), now=timezone.now())
    with elsewhere(kept.parent):
        command("restore", str(kept))
        epoch = feeds.epoch()
        for stale in ("5000000000-1", "0123456789ab.7-1"):
            with pytest.raises(Gone):
                feeds.heard(stale, epoch=epoch)
        events.record(project=found.project, kind="test.later", now=timezone.now())
        rows = feeds.events(project=found.project, since=feeds.heard("", epoch=epoch), limit=10_000)
        assert [row.pk for row in rows] == [*told, Event.objects.get(type="test.later").pk]
        again = feeds.heard(feeds.told(feeds.place_of(rows[-2]), epoch=epoch), epoch=epoch)
        assert [row.type for row in feeds.events(project=found.project, since=again, limit=10)] == ["test.later"]
        webhook.refresh_from_db()
        waiting = Event.objects.extra(where=["(transaction, id) > (%s, %s)"], params=[webhook.cursor_transaction, 0])
        assert set(waiting.values_list("pk", flat=True)) == waiting_before | {rows[-1].pk}


def test_feeds_begin_anew_when_the_operator_says_so(kept: Path, project: Project) -> None:
    [row, *_] = feeds.events(project=project, since=feeds.Cursor(), limit=1)
    before = feeds.told(feeds.place_of(row), epoch=feeds.epoch())
    assert "epoch" in command("restart_feeds")
    with pytest.raises(Gone):
        feeds.heard(before, epoch=feeds.epoch())
    assert Event.objects.get(pk=row.pk).transaction == row.transaction  # numbers of this server stay


def test_what_was_erased_after_a_backup_is_erased_again_and_its_bytes_leave_the_backups(
    kept: Path, project: Project, owner: User
) -> None:
    gone, stays = make.images(project, 2)
    worker = make.member(project, username="worker-anna")
    first = keeping.take(str(kept), now=timezone.now())
    erasing.erase_image(image=gone, reason="Shows a face.", by=owner, now=timezone.now())
    erasing.erase_user(user=worker, now=timezone.now())
    erasing.sweep(now=timezone.now())
    keeping.take(str(kept), now=timezone.now())
    assert not (kept / "objects" / gone.key).exists()
    assert (kept / "objects" / stays.key).exists()
    with elsewhere(kept.parent):
        told = command("restore", str(kept), "--at", first.name)
        assert "Erased again, as it was after the backup: 2" in told
        assert Image.objects.get(pk=gone.pk).tombstone.reason == "Shows a face."
        assert not User.objects.filter(username="worker-anna").exists()
        assert not storage.store().exists(gone.key)


def test_erasures_are_known_across_restores_of_older_backups(kept: Path, project: Project, owner: User) -> None:
    gone, late = make.images(project, 2)
    first = keeping.take(str(kept), now=timezone.now())
    erasing.erase_image(image=gone, reason="Shows a face.", by=owner, now=timezone.now())
    erasing.sweep(now=timezone.now())
    keeping.take(str(kept), now=timezone.now())
    with elsewhere(kept.parent):
        command("restore", str(kept), "--at", first.name)
        erasing.erase_image(image=Image.objects.get(pk=late.pk), reason="Private.", by=None, now=timezone.now())
        connection.close()
        command("restore", str(kept), "--replace", "--at", first.name)
        assert Image.objects.get(pk=late.pk).tombstone.reason == "Private."  # which no backup knows
        assert Image.objects.get(pk=gone.pk).tombstone.reason == "Shows a face."
    note = catalogue.erasures(catalogue.place(str(kept)))
    nobody = {"users": [], "images": [], "gone": [], "living": []}
    assert catalogue.merged(note, nobody) == note  # a catalogue is not forgotten by a site that knows of nothing
    assert catalogue.merged(note, {**nobody, "living": [gone.key]})["gone"] == []


def test_what_is_damaged_in_a_backup_or_in_the_store_is_brought_again(kept: Path, project: Project) -> None:
    [image] = make.images(project)
    whole = storage.store().read(image.key)
    keeping.take(str(kept), now=timezone.now())
    rotten = b"rot" + whole[3:]
    (kept / "objects" / image.key).write_bytes(rotten)
    assert len(keeping.verify(str(kept), mend=True)) == 1
    command("backup", str(kept), "--verify")
    with elsewhere(kept.parent):
        storage.store().put(image.key, rotten, content_type="image/png")
        command("restore", str(kept), "--replace")
        assert storage.store().read(image.key) == whole


def test_a_dump_that_cannot_be_read_is_refused_before_anything_is_removed(kept: Path, project: Project) -> None:
    made = keeping.take(str(kept), now=timezone.now())
    raw = b"no dump"
    (kept / catalogue.key(made.name, "database.dump")).write_bytes(raw)
    told = {"bytes": len(raw), "sha256": hashlib.sha256(raw).hexdigest()}
    changed = catalogue.Manifest(**{**vars(made), "dump": told})
    (kept / catalogue.key(made.name, "manifest.json")).write_bytes(changed.encoded())
    with elsewhere(kept.parent, copied=True):
        with pytest.raises(CommandError, match="cannot read the dump"):
            command("restore", str(kept), "--replace")
        assert Project.objects.filter(pk=project.pk).exists()


def test_nothing_is_removed_while_a_backup_is_made(kept: Path, project: Project, owner: User) -> None:
    [image] = make.images(project)
    found: list[Any] = []

    def meanwhile(line: str) -> None:
        if not found and line.startswith("The database is written"):
            erasing.erase_image(image=image, reason="Private.", by=owner, now=timezone.now())
            found.append((erasing.sweep(now=timezone.now()), storage.store().exists(image.key)))

    made = keeping.take(str(kept), now=timezone.now(), say=meanwhile)
    assert (found, made.missing) == ([(0, True)], [])
    assert erasing.sweep(now=timezone.now()) == 1
    assert not storage.store().exists(image.key)
    assert Task.objects.get(image=image).state == "excluded"


def test_packed_files_that_went_with_an_erased_image_leave_the_backups_and_nothing_else_may(kept: Path) -> None:
    found = played()
    release = releasing.cut(
        project=found.project, by=found.owner, now=timezone.now(), options={"formats": ["jsonl"], "images": "packed"}
    )
    releasing.build(release_id=release.pk, now=timezone.now())
    shard = release.files.get(format="images_00000")
    first = keeping.take(str(kept), now=timezone.now())
    erasing.erase_image(image=found.agreed.image, reason="Shows a face.", by=found.owner, now=timezone.now())
    erasing.sweep(now=timezone.now())
    second = keeping.take(str(kept), now=timezone.now())
    assert (second.missing, (kept / "objects" / shard.key).exists()) == ([], False)
    for made in (first, second):
        assert keeping.verify(str(kept), name=made.name) == []
        with elsewhere(kept.parent):
            assert "checks hold." in command("restore", str(kept), "--at", made.name)
            assert not storage.store().exists(shard.key)
    labels = release.files.get(format="jsonl").key
    storage.store().delete(labels)
    assert keeping.take(str(kept), now=timezone.now()).missing == [labels]
