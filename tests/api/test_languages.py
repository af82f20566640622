"""The API in the language that the request asks for: the words change, nothing that a program reads does."""

from datetime import timedelta

from django.utils import timezone

from crowd.models import Assignment, Standing
from crowd.workflow.workers import standing
from tests.api.world import V1, World
from tests.factories import make

GERMAN = {"HTTP_ACCEPT_LANGUAGE": "de-DE,de;q=0.9"}
SPEED = (
    "9 of the latest 20 answers took less than a quarter of the time that others need for the same images; "
    "typically 12% of it."
)
SCHNELL = (
    "9 der letzten 20 Antworten brauchten weniger als ein Viertel der Zeit, die andere für dieselben Bilder brauchen; "
    "üblich waren 12 % davon."
)


def test_a_refused_claim_tells_why_in_the_language_asked_for(world: World) -> None:
    told = {"status": "paused", "reason": SPEED, "by": world.users["owner"], "now": timezone.now()}
    standing.set_status(project=world.project, username="colleague", **told)
    worker = world.as_("colleague")
    plain, german = (worker.post(world.base + "assignments/", **header) for header in ({}, GERMAN))
    assert (plain.status_code, plain.json()["code"], plain.json()["detail"]) == (403, "paused", SPEED)
    assert (german.status_code, german.json()["code"], german.json()["detail"]) == (403, "paused", SCHNELL)
    assert "Accept-Language" in german["Vary"]
    assert worker.get(world.base + "me/").json()["reason"] == SPEED
    assert worker.get(world.base + "me/", **GERMAN).json()["reason"] == SCHNELL
    assert Standing.objects.get(project=world.project, worker=world.users["colleague"]).reason == SPEED


def test_what_a_person_wrote_stays_as_they_wrote_it(world: World) -> None:
    world.as_("owner").patch(world.base + "workers/colleague/", {"status": "paused", "reason": "Too fast."})
    refused = world.as_("colleague").post(world.base + "assignments/", **GERMAN)
    assert refused.json()["detail"] == "Too fast."


def test_the_faults_of_an_answer_stand_at_the_same_paths_in_german(world: World) -> None:
    wrong = {"annotation": {"classifications": {}, "objects": [{"label": "bus"}]}}
    path = f"{V1}assignments/{world.held.pk}/submit/"
    plain, german = (world.as_("worker").post(path, wrong, **header).json() for header in ({}, GERMAN))
    assert plain["code"] == german["code"] == "invalid_annotation"
    assert list(plain["errors"]) == list(german["errors"])
    assert plain["errors"]["classifications.scene"] == ["is required and has no answer"]
    assert german["errors"]["classifications.scene"] == ["ist Pflicht und noch ohne Antwort"]
    assert german["errors"]["objects[0].label"][0].startswith("„bus“ ist hier keine Klasse von Objekten; es gibt: ")
    assert german["detail"].endswith(" Fehler, der erste bei classifications.scene: ist Pflicht und noch ohne Antwort.")


def test_a_lease_that_is_gone_is_told_in_german(world: World) -> None:
    Assignment.objects.filter(pk=world.held.pk).update(state="expired", expires_at=timezone.now() - timedelta(hours=1))
    worker, path = world.as_("worker"), f"{V1}assignments/{world.held.pk}/"
    asked = worker.post(path + "propose/", {"label": "car", "box": [1, 1, 9, 9]}, **GERMAN)
    assert (asked.status_code, asked.json()["code"]) == (409, "closed")
    assert asked.json()["detail"].startswith("Dieses Bild ist nicht mehr für Sie reserviert; dafür gibt es keinen")
    Assignment.objects.filter(pk=world.held.pk).update(state="skipped", reason="Blurred.")
    kept = worker.patch(path, {"draft": {}}, **GERMAN)
    assert (kept.status_code, kept.json()["code"]) == (409, "closed")
    assert kept.json()["detail"] == "Dieses Bild ist übersprungen; der Entwurf lässt sich nicht mehr ändern."


def test_why_an_answer_does_not_count_is_told_in_german_and_kept_in_english(world: World) -> None:
    told = {"status": "banned", "reason": "Enough.", "by": world.users["owner"], "now": timezone.now()}
    standing.set_status(project=world.project, username="worker", **told)
    sent = {"annotation": make.CAT}
    answer = world.as_("worker").post(f"{V1}assignments/{world.held.pk}/submit/", sent, **GERMAN).json()
    assert (answer["state"], answer["reason"][:45]) == ("void", "Als die Antwort kam, war die Arbeit hier bere")
    kept = Assignment.objects.get(pk=world.held.pk).reason
    assert kept == "The answer came after the worker was banned; it is kept, but not counted."
