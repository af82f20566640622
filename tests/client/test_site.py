"""Both clients at a real site: images in, work done, labels out."""

import asyncio
from itertools import islice

import pytest
from django.utils import timezone

from crowd.client import AsyncClient, Client, Conflict, Forbidden, Invalid, NotFound, NotSignedIn
from crowd.models import Event, IdempotencyKey, Image, Task
from crowd.workflow import accounts
from tests.client.scenes import answered
from tests.factories import make


def pictures(count: int) -> list[tuple[str, bytes]]:
    return [(f"{number}.png", make.picture()) for number in range(count)]


def test_the_whole_path_by_the_client_alone(site, owner, ann):
    project = ann.create_project("Pets", overlap=1, max_overlap=1, gold_rate=0.0)["slug"]
    draft = ann.draft_guideline(project, body="# Look", schema=make.SCHEMA)
    assert ann.publish_guideline(project, draft["number"])["state"] == "published"
    worker = make.user("wil")
    ann.add_member(project, "wil", "worker")
    assert [one["username"] for one in ann.members(project)] == ["ann", "wil"]
    sent = ann.upload_images(project, pictures(3))
    ann.plant_gold(project, sent.created[0]["id"], make.CAT)
    told = ann.load_prelabels(project, [{"image": "1.png", "annotation": make.DOG, "model": "m"}, {"image": "?"}])
    assert (told.sent, told.created, [row["line"] for row in told.rejected]) == (2, 1, [2])

    with Client(site, make.token(worker)) as wil:
        while claim := wil.claim(project).assignments:
            wil.submit(claim[0]["id"], make.DOG, seconds=2.0)
        assert wil.claim(project).queue == "empty"
        assert wil.me(project)["labels"] == 2

    assert list(ann.tasks(project, state="open")) == []
    doubtful = [conflict["task"] for conflict in ann.conflicts(project)]  # one answer proves little
    assert len(doubtful) == 2
    for task in doubtful:
        assert ann.adjudicate(task, accept="consensus")["consensus"]["annotation"] == make.DOG
    assert [task["state"] for task in ann.tasks(project)] == ["resolved"] * 3
    task = next(one["id"] for one in ann.tasks(project) if not one["gold"])
    ann.reopen(task, "Look again.")
    assert ann.adjudicate(task, make.FOX, comment="A fox.")["consensus"]["annotation"] == make.FOX
    assert ann.stats(project)["tasks"]["resolved"] == 3
    ann.remove_member(project, "wil")
    ann.delete_project(project)
    with pytest.raises(NotFound):
        ann.stats(project)


def test_files_go_in_batches_from_disk_and_each_batch_is_told(ann, pets, tmp_path, monkeypatch):
    for name, content in pictures(5):
        (tmp_path / name).write_bytes(content)
    (tmp_path / "notes.png").write_text("no picture")
    monkeypatch.setattr("crowd.client.images.FILES_AT_ONCE", 2)
    seen: list[int] = []
    told = ann.upload_images(pets.slug, sorted(tmp_path.iterdir()), on_progress=lambda so_far: seen.append(so_far.sent))
    assert (told.sent, len(told.created), [row["name"] for row in told.rejected]) == (6, 5, ["notes.png"])
    assert seen == [2, 4, 6]
    again = ann.upload_images(pets.slug, [tmp_path / "0.png"])
    assert (again.created, [row["name"] for row in again.duplicates]) == ([], ["0.png"])


def test_an_upload_whose_answer_was_lost_is_repeated_and_happens_once(weak, owner, pets):
    address = f"POST /api/v1/projects/{pets.slug}/images/"
    weak.hang_up(address)
    with Client(weak.url, make.token(owner)) as ann:
        told = ann.upload_images(pets.slug, pictures(2))
    posts = [head for head in weak.heard if head.startswith(address)]
    assert len(posts) == 2
    assert len(told.created) == 2
    assert told.duplicates == []  # the second sending was given the first one's answer, not done again
    assert Image.objects.filter(project=pets).count() == Task.objects.filter(project=pets).count() == 2
    assert Event.objects.filter(project=pets, type="image.imported").count() == 2
    assert IdempotencyKey.objects.count() == 1


def test_a_deletion_whose_answer_was_lost_is_done(weak, owner, pets):
    make.member(pets, username="wil")
    weak.hang_up("DELETE")
    with Client(weak.url, make.token(owner)) as ann:
        assert ann.remove_member(pets.slug, "wil") is None
        with pytest.raises(NotFound):  # there was nothing to end, and no answer was lost
            ann.remove_member(pets.slug, "wil")


def test_prelabels_stream_in_pieces_and_lines_keep_their_numbers(ann, pets, monkeypatch):
    monkeypatch.setattr("crowd.client.work.LINES_AT_ONCE", 2)
    names = [image.name for image in make.images(pets, 3)]
    lines = ({"image": name, "annotation": make.CAT, "model": "m"} for name in [*names, "missing.png"])
    seen: list[int] = []
    told = ann.load_prelabels(pets.slug, lines, on_progress=lambda so_far: seen.append(so_far.sent))
    assert seen == [2, 4]
    assert (told.created, [row["line"] for row in told.rejected]) == (3, [4])


def test_an_import_is_watched_to_its_end(ann, pets, settings):
    settings.CROWD_IMPORT_SOURCES = ["https://images.example.org"]
    with pytest.raises(Invalid) as refusal:
        ann.import_bucket(pets.slug, "somebody-elses")
    assert refusal.value.detail
    begun = ann.import_manifest(pets.slug, [{"url": "https://not.listed.example/a.png"}])
    seen: list[str] = []
    ended = ann.wait_import(begun["id"], timeout=20, on_progress=lambda told: seen.append(told["state"]))
    assert (ended["state"], ended["rejected"]) == ("done", 1)
    assert seen[-1] == "done"
    assert [one["id"] for one in ann.imports(pets.slug)] == [begun["id"]]


def test_a_token_for_one_projects_images_follows_its_import(site, owner, pets, settings):
    settings.CROWD_IMPORT_SOURCES = ["https://images.example.org"]
    token = accounts.issue_token(user=owner, now=timezone.now(), project=pets, scopes=["write:images"])
    with Client(site, token) as bot:
        begun = bot.import_manifest(pets.slug, [{"url": "https://not.listed.example/a.png"}])
        assert bot.wait_import(begun["id"], project=pets.slug, timeout=20)["state"] == "done"


def test_the_label_feed_goes_on_where_one_stopped(ann, pets):
    answered(pets, 3)
    first = list(islice(ann.labels(pets.slug), 2))
    rest = list(ann.labels(pets.slug, since=first[-1]["cursor"]))
    assert len({row["task"] for row in [*first, *rest]}) == 3
    assert list(ann.labels(pets.slug, since=rest[-1]["cursor"])) == []
    answered(pets, 1)
    follower = ann.labels(pets.slug, since=rest[-1]["cursor"], follow=0.05)
    assert next(follower)["task"] not in {row["task"] for row in [*first, *rest]}
    follower.close()
    assert {"image.imported", "task.resolved"} <= {row["type"] for row in ann.events(pets.slug)}


def test_refusals_are_of_their_kind(site, ann, pets):
    with Client(site, "crowd_unknown") as nobody, pytest.raises(NotSignedIn):
        nobody.stats(pets.slug)
    with Client(site, make.token(make.user())) as stranger, pytest.raises(NotFound):
        stranger.stats(pets.slug)
    with Client(site, make.token(make.member(pets))) as worker, pytest.raises(Forbidden):
        worker.stats(pets.slug)
    with pytest.raises(Conflict):
        ann.publish_guideline(pets.slug, 1)


def test_under_asyncio_the_same_calls_are_awaited_and_lists_iterated(site, owner, pets, tmp_path):
    answered(pets, 3)

    token = make.token(owner)

    async def story():
        async with AsyncClient(site, token) as ann:
            told = await ann.upload_images(pets.slug, pictures(2))
            number = (await ann.cut_release(pets.slug))["number"]
            pulled = await ann.pull(pets.slug, number, to=tmp_path, formats=["coco"], with_images=True)
            with pytest.raises(NotFound):
                await ann.release(pets.slug, 99)
            return told, pulled, [row async for row in ann.labels(pets.slug)]

    told, pulled, labels = asyncio.run(story())
    assert (len(told.created), len(labels)) == (2, 3)
    assert len(pulled.image_paths()) == len(pulled.dataset()) == 3


def test_any_other_call_is_made_by_its_address(ann, pets):
    assert ann.call("GET", f"projects/{pets.slug}/")["slug"] == pets.slug
    assert list(ann.rows(f"projects/{pets.slug}/reports/")) == []
