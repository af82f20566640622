"""Webhooks: who is told, in which order, how often, and that it can be believed."""

import json
import random
from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
from django.db import connection
from django.utils import timezone
from standardwebhooks.webhooks import Webhook as Verifier
from standardwebhooks.webhooks import WebhookVerificationError

from crowd.api.feeds import EventSerializer
from crowd.errors import Contradiction, Invalid
from crowd.models import Delivery, Event, Project, User, Webhook
from crowd.queries import integrity
from crowd.queries import webhooks as queries
from crowd.queries.integrity import webhooks as checks
from crowd.workflow import events, projects, webhooks
from crowd.workflow.upkeep import retention
from crowd.workflow.webhooks import delivering
from tests.egress import servers
from tests.factories import make

pytestmark = pytest.mark.django_db(transaction=True)


class Receiver:
    """Somebody else's system: keeps what it took, answers as the test wants."""

    def __init__(self) -> None:
        self.answers: list[int] = []
        self.headers: dict[str, str] = {}
        self.server: servers.Server

    def answer(self, _: servers.Seen) -> tuple[int, dict[str, str], bytes]:
        status = self.answers.pop(0) if self.answers else 204
        return status, self.headers, b"" if status == 204 else f"answer {status}".encode()

    @property
    def told(self) -> list[dict]:
        return [json.loads(one.body) for one in self.server.seen]

    @property
    def ids(self) -> list[str]:
        return [one.headers["webhook-id"] for one in self.server.seen]


@pytest.fixture
def receiver(settings: object) -> Iterator[Receiver]:
    settings.CROWD_EGRESS_ALLOW = ["127.0.0.1"]  # type: ignore[attr-defined]
    made = Receiver()
    with servers.http(made.answer) as made.server:
        yield made


@pytest.fixture
def webhook(project: Project, owner: User, receiver: Receiver, now: datetime) -> Webhook:
    """An endpoint that is told of events of the type `test.told` alone."""
    return webhooks.create(
        project=project, by=owner, now=now, url=receiver.server.url + "/hook?key=1", types=["test.told"]
    )


def happen(project: Project, *numbers: int, kind: str = "test.told") -> None:
    for number in numbers:
        events.record(project=project, kind=kind, now=timezone.now(), data={"number": number})


def deliver(webhook: Webhook, at: datetime | None = None) -> None:
    rng = random.Random((at or timezone.now()).microsecond)
    delivering.deliver(webhook_id=webhook.pk, clock=lambda: at or timezone.now(), rng=rng)
    webhook.refresh_from_db()


def numbers(receiver: Receiver) -> list[int]:
    return [one["data"]["data"]["number"] for one in receiver.told]


def sound(project: Project) -> list[str]:
    """What breaks an invariant."""
    return [line for one in checks.CHECKS for line in one.find(project)[1]]


def test_an_endpoint_is_told_everything_of_its_types_once_in_order(
    project: Project, webhook: Webhook, receiver: Receiver
) -> None:
    happen(project, 1, 2)
    happen(project, 99, kind="test.other")
    happen(project, 3)
    deliver(webhook)
    deliver(webhook)
    assert numbers(receiver) == [1, 2, 3]
    assert [row.state for row in webhook.deliveries.order_by("pk")] == ["delivered"] * 3
    assert sound(project) == []


def test_a_message_is_what_the_feed_shows_and_the_signature_proves_it(
    project: Project, webhook: Webhook, receiver: Receiver, owner: User
) -> None:
    events.record(project=project, kind="test.told", now=timezone.now(), by=owner, data={"word": "né"})
    deliver(webhook)
    [seen] = receiver.server.seen
    event = Event.objects.get(type="test.told")
    shown = json.loads(json.dumps(EventSerializer(event).data))
    message = Verifier(webhook.secret).verify(seen.body, seen.headers)
    assert message == {"type": "test.told", "timestamp": shown["at"], "data": shown}
    assert (seen.method, seen.path, seen.headers["content-type"]) == ("POST", "/hook?key=1", "application/json")
    assert seen.headers["webhook-id"] == f"evt_{event.pk}"
    with pytest.raises(WebhookVerificationError):
        Verifier(webhook.secret).verify(seen.body + b" ", seen.headers)


def test_for_a_day_a_replaced_secret_signs_beside_the_new_one(
    project: Project, webhook: Webhook, receiver: Receiver, owner: User, now: datetime
) -> None:
    old = webhook.secret
    new = webhooks.rotate(webhook=webhook, by=owner, now=now).secret
    happen(project, 1)
    deliver(webhook)
    seen = receiver.server.seen[-1]
    for secret in (old, new):
        Verifier(secret).verify(seen.body, seen.headers)
    happen(project, 2)
    deliver(webhook, at=now + timedelta(hours=25))
    assert len(receiver.server.seen[-1].headers["webhook-signature"].split()) == 1
    assert (webhook.old_secret, webhook.old_secret_until, webhook.secret) == ("", None, new)


def test_failure_holds_what_comes_after_until_it_is_received(
    project: Project, webhook: Webhook, receiver: Receiver
) -> None:
    receiver.answers = [500, 302, 200]
    happen(project, 1, 2)
    deliver(webhook)
    row = webhook.deliveries.get()
    assert (row.state, row.attempts, row.status, row.excerpt) == ("pending", 1, 500, "answer 500")
    assert webhook.next_at is not None
    deliver(webhook)
    assert numbers(receiver) == [1]
    deliver(webhook, at=webhook.next_at)
    deliver(webhook, at=webhook.next_at)
    assert numbers(receiver) == [1, 1, 1, 2]
    assert len(set(receiver.ids)) == 2
    assert (webhook.failing_since, webhook.next_at) == (None, None)
    assert sound(project) == []


def test_waits_grow_to_half_a_day_are_scattered_and_then_the_message_is_dead(
    project: Project, webhook: Webhook, receiver: Receiver
) -> None:
    tries = len(delivering.SCHEDULE) + 1
    receiver.answers = [503] * tries
    happen(project, 1, 2)
    at, waits = timezone.now(), []
    for _ in delivering.SCHEDULE:
        deliver(webhook, at=at)
        assert webhook.next_at is not None
        waits.append((webhook.next_at - at).total_seconds())
        at = webhook.next_at
    for wait, planned in zip(waits, delivering.SCHEDULE, strict=True):
        assert 0.8 * planned <= wait <= 1.2 * planned
    assert len({round(wait / planned, 6) for wait, planned in zip(waits, delivering.SCHEDULE, strict=True)}) == len(
        waits
    )
    deliver(webhook, at=at)
    deliver(webhook, at=at)
    assert numbers(receiver) == [1] * tries + [2]
    assert [row.state for row in webhook.deliveries.order_by("pk")] == ["dead", "delivered"]
    assert sound(project) == []


def test_a_receiver_may_ask_for_more_time(project: Project, webhook: Webhook, receiver: Receiver) -> None:
    receiver.answers, receiver.headers = [429], {"Retry-After": "900"}
    happen(project, 1)
    at = timezone.now()
    deliver(webhook, at=at)
    assert webhook.next_at == at + timedelta(seconds=900)


def test_days_of_failure_disable_an_endpoint_and_its_owner_is_told(
    project: Project, webhook: Webhook, receiver: Receiver, owner: User
) -> None:
    receiver.answers = [500, 500]
    happen(project, 1, 2)
    deliver(webhook)
    deliver(webhook, at=timezone.now() + timedelta(days=5, minutes=1))
    assert (webhook.state, webhook.reason) == ("disabled", "Nothing was received for 5 days.")
    told = Event.objects.get(type="webhook.disabled")
    assert told.data == {"webhook": webhook.pk, "reason": webhook.reason}
    deliver(webhook, at=timezone.now() + timedelta(days=9))
    assert numbers(receiver) == [1, 1]
    webhooks.change(webhook=webhook, by=owner, now=timezone.now(), state="active")
    deliver(webhook)
    assert numbers(receiver) == [1, 1, 1, 2]
    assert (webhook.state, webhook.failing_since) == ("active", None)


def test_gone_disables_at_once(project: Project, webhook: Webhook, receiver: Receiver) -> None:
    receiver.answers = [410]
    happen(project, 1, 2)
    deliver(webhook)
    deliver(webhook)
    assert (webhook.state, numbers(receiver)) == ("disabled", [1])
    assert Event.objects.filter(type="webhook.disabled").count() == 1


def test_a_sender_that_dies_after_sending_is_followed_by_another_under_the_same_id(
    project: Project, webhook: Webhook, receiver: Receiver, now: datetime
) -> None:
    happen(project, 1)
    turn = delivering.begin(webhook_id=webhook.pk, now=now)
    assert turn is not None
    delivering.send(turn, now=now)  # and here it dies
    deliver(webhook, at=now + timedelta(seconds=30))
    assert len(receiver.ids) == 1
    assert queries.due(now=now + timedelta(seconds=30)) == []
    assert queries.due(now=now + timedelta(seconds=61)) == [webhook.pk]
    deliver(webhook, at=now + timedelta(seconds=61))
    assert receiver.ids == [turn.delivery.message] * 2
    row = webhook.deliveries.get()
    assert (row.state, row.attempts) == ("delivered", 2)
    late = delivering.finish(turn=turn, outcome=delivering.Outcome(500, 1), now=now, rng=random.Random(1))
    row.refresh_from_db()
    assert (late, row.state, row.status) == (False, "delivered", 204)


def test_two_senders_never_have_the_same_endpoint(project: Project, webhook: Webhook, now: datetime) -> None:
    happen(project, 1, 2)
    assert delivering.begin(webhook_id=webhook.pk, now=now) is not None
    assert delivering.begin(webhook_id=webhook.pk, now=now) is None


def test_nothing_is_sent_inside_a_transaction(
    project: Project, webhook: Webhook, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    inside = []

    def answer(seen: servers.Seen) -> tuple[int, dict[str, str], bytes]:
        with connection.cursor() as cursor:  # the receiver's thread has a connection of its own
            cursor.execute(
                "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
                " AND state LIKE 'idle in transaction%%' AND pid <> pg_backend_pid()"
            )
            inside.append(cursor.fetchone()[0])
        connection.close()
        return 204, {}, b""

    monkeypatch.setattr(receiver, "answer", answer)
    with servers.http(answer) as server:
        Webhook.objects.filter(pk=webhook.pk).update(url=server.url)
        happen(project, 1)
        deliver(webhook)
    assert inside == [0]


def test_the_sweep_finds_who_has_something_waiting_and_asks_once(
    project: Project, webhook: Webhook, now: datetime
) -> None:
    deliver(webhook)
    assert queries.due(now=now) == []
    happen(project, 1)
    assert queries.due(now=now) == [webhook.pk]
    delivering.send_due(now=now)
    assert queries.due(now=now) == []
    assert queries.due(now=now + timedelta(seconds=61)) == [webhook.pk]


def test_a_paused_endpoint_misses_nothing(
    project: Project, webhook: Webhook, receiver: Receiver, owner: User, now: datetime
) -> None:
    webhooks.change(webhook=webhook, by=owner, now=now, state="paused")
    happen(project, 1, 2)
    assert queries.due(now=now) == []
    deliver(webhook)
    assert receiver.told == []
    assert queries.waiting(webhook) == 2
    webhooks.change(webhook=webhook, by=owner, now=now, state="active")
    deliver(webhook)
    assert numbers(receiver) == [1, 2]


def test_what_was_given_up_or_received_is_sent_again_when_asked(
    project: Project, webhook: Webhook, receiver: Receiver, owner: User, now: datetime
) -> None:
    happen(project, 1, 2)
    deliver(webhook)
    first = webhook.deliveries.order_by("pk")[0]
    webhooks.redeliver(delivery=first, now=now)
    assert queries.due(now=now) == [webhook.pk]
    deliver(webhook)
    assert numbers(receiver) == [1, 2, 1]
    assert receiver.ids[0] == receiver.ids[2]
    first.refresh_from_db()
    assert (first.state, first.attempts, first.asked_at) == ("delivered", 2, None)
    webhooks.change(webhook=webhook, by=owner, now=now, state="paused")
    with pytest.raises(Contradiction):
        webhooks.redeliver(delivery=first, now=now)


def test_an_endpoint_of_all_types_is_told_first_that_it_was_made(
    project: Project, receiver: Receiver, owner: User, now: datetime
) -> None:
    happen(project, 1)
    made = webhooks.create(project=project, by=owner, now=now, url=receiver.server.url)
    happen(project, 2)
    deliver(made)
    assert [one["type"] for one in receiver.told] == ["webhook.created", "test.told"]
    assert sound(project) == []


def test_a_change_of_types_loses_nothing_that_is_wanted_before_and_after(
    project: Project, webhook: Webhook, receiver: Receiver, owner: User, now: datetime
) -> None:
    receiver.answers = [500]
    happen(project, 1)
    happen(project, 2, kind="test.other")
    deliver(webhook)
    webhooks.change(webhook=webhook, by=owner, now=now, types=["test.other", "test.told"])
    deliver(webhook)
    assert numbers(receiver) == [1, 1, 2]
    assert sound(project) == []


def test_the_check_finds_a_lost_event_and_a_wrong_order(project: Project, webhook: Webhook) -> None:
    happen(project, 1, 2)
    deliver(webhook)
    Delivery.objects.filter(webhook=webhook).order_by("pk")[0].delete()
    assert len(sound(project)) == 1
    webhook.deliveries.update(state="pending")
    assert len(sound(project)) == 3
    assert {one.check.find for one in integrity.run(project)} >= {one.find for one in checks.CHECKS}


@pytest.mark.parametrize(
    "url",
    ["http://93.184.216.34/", "https://10.0.0.1/", "https://localhost/", "ftp://a.example/", "https://u:p@8.8.8.8/"],
)
def test_only_public_https_is_taken_as_an_endpoint(project: Project, owner: User, now: datetime, url: str) -> None:
    with pytest.raises(Invalid) as refused:
        webhooks.create(project=project, by=owner, now=now, url=url)
    assert list(refused.value.errors) == ["url"]


def test_an_address_closed_since_is_not_called(
    project: Project, webhook: Webhook, receiver: Receiver, settings: object
) -> None:
    settings.CROWD_EGRESS_ALLOW = []  # type: ignore[attr-defined]
    happen(project, 1)
    deliver(webhook)
    assert receiver.told == []
    assert "CROWD_EGRESS_ALLOW" in webhook.deliveries.get().error


def test_old_deliveries_are_forgotten(project: Project, webhook: Webhook, now: datetime) -> None:
    happen(project, 1)
    deliver(webhook)
    retention.forget(now=now + timedelta(days=29))
    assert webhook.deliveries.count() == 1
    retention.forget(now=now + timedelta(days=31))
    assert webhook.deliveries.count() == 0


def test_a_deleted_projects_endpoints_are_told_nothing(
    project: Project, webhook: Webhook, receiver: Receiver, owner: User, now: datetime
) -> None:
    happen(project, 1)
    projects.delete(project=project, by=owner, now=now)
    assert queries.due(now=now) == []
    deliver(webhook)
    assert receiver.told == []


def test_a_project_has_twenty_endpoints_at_most(
    project: Project, owner: User, receiver: Receiver, now: datetime
) -> None:
    for _ in range(webhooks.MOST):
        webhooks.create(project=project, by=owner, now=now, url=receiver.server.url)
    with pytest.raises(Contradiction):
        webhooks.create(project=project, by=owner, now=now, url=receiver.server.url)


def test_another_projects_events_are_not_told(webhook: Webhook, receiver: Receiver) -> None:
    happen(make.project(make.user()), 1)
    deliver(webhook)
    assert receiver.told == []
