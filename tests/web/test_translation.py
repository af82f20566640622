"""Pages for workers speak German as well as English, wholly; the API speaks English to whoever asks for nothing."""

import gettext
import re
from html.parser import HTMLParser
from types import ModuleType
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from django.utils.translation.trans_real import DjangoTranslation

from crowd.models import Project, Standing, User
from crowd.workflow.assignments import submission
from crowd.workflow.guidelines import publishing
from crowd.workflow.workers import reporting, standing
from tests.catalogues import tool
from tests.factories import make

DOMAINS = ["django", "djangojs", "sentences"]
GERMAN = {"HTTP_ACCEPT_LANGUAGE": "de-AT,de;q=0.9,en;q=0.5"}
PLACE = re.compile(r"%\(\w+\)s|\{\w+\}")
# neither is any language's: names, and what people of this test wrote in Greek
NAMES = {
    "crowd",
    "Deutsch",
    "English",
    "scene",
    "cat",
    "dog",
    "fox",
    "project",
    "wanda",
    "paula",
    "owner",
    "box",
    "car",
    "Look",
}


@pytest.fixture(scope="module")
def words() -> ModuleType:
    return tool()


def strings(value: Any) -> list[str]:
    return [value] if isinstance(value, str) else list(value)


@pytest.mark.parametrize("domain", DOMAINS)
def test_every_marked_text_has_a_german_one_with_the_same_places_in_it(words: ModuleType, domain: str) -> None:
    catalogue = words.catalogue(words.LOCALES / "de" / "LC_MESSAGES" / f"{domain}.po")
    wrong = {}
    for message, files in words.marked(domain).items():
        known = catalogue.get(strings(message)[0])
        told = strings(known.string) if known else [""]
        places = [set(PLACE.findall(text)) for text in strings(message)]
        if domain == "sentences":  # may leave out what German says without
            places += [set(PLACE.findall(one)) for one in told if set(PLACE.findall(one)) < places[0]]
        if known is None or known.fuzzy or not all(told) or not all(set(PLACE.findall(one)) in places for one in told):
            wrong[message] = files
    assert wrong == {}, "run `python deploy/words.py`, then fill in crowd/locale/"


@pytest.mark.parametrize("domain", DOMAINS)
def test_no_catalogue_keeps_what_no_source_marks_any_more(words: ModuleType, domain: str) -> None:
    catalogue = words.catalogue(words.LOCALES / "de" / "LC_MESSAGES" / f"{domain}.po")
    assert {strings(one.id)[0] for one in catalogue if one.id} == {strings(one)[0] for one in words.marked(domain)}


@pytest.mark.parametrize("domain", DOMAINS)
def test_the_build_has_compiled_what_the_catalogues_say(words: ModuleType, domain: str) -> None:
    source = words.LOCALES / "de" / "LC_MESSAGES" / f"{domain}.po"
    with source.with_suffix(".mo").open("rb") as file:
        compiled = gettext.GNUTranslations(file)
    found = {one.id: compiled.gettext(one.id) for one in words.catalogue(source) if isinstance(one.id, str) and one.id}
    wanted = {one.id: one.string for one in words.catalogue(source) if isinstance(one.id, str) and one.id}
    assert found == wanted, "run `python deploy/vendor/hook.py`"


@pytest.fixture
def place(db: None) -> tuple[Project, dict[str, User]]:
    """A project with a worker who did and asked something, and one who is paused; what people wrote is Greek."""
    owner, now = make.user("owner"), timezone.now()
    project = make.project(owner, training_tasks=0)
    project.name = "Πλοία"
    project.save()
    make.images(project, 3)
    worker, paused = make.member(project, username="wanda"), make.member(project, username="paula")
    mine = make.answer(project, worker)
    asked = reporting.report(assignment=mine, kind="question", comment="Τι;", now=now)
    reporting.answer(report=asked, answer="Ναι.", by=owner, now=now)
    publishing.draft(project=project, by=owner, body="# Ορίστε", schema=make.SCHEMA, now=now)
    publishing.publish(project=project, number=2, by=owner, now=now, impact="clarification")
    told = {"status": "paused", "reason": "Γρήγορα.", "by": owner, "now": now}
    standing.set_status(project=project, username="paula", **told)
    return project, {"wanda": worker, "paula": paused, "owner": owner, "": owner}


def pages(project: Project, worker: User) -> list[tuple[str, str]]:
    """Who looks at what."""
    base = f"/projects/{project.slug}/"
    answer = worker.assignments.filter(submitted_at__isnull=False)[0].pk
    mine = ["", "history/", f"history/{answer}/", "label/", "guidelines/", "guidelines/2/", "guidelines/1/diff/2/"]
    entrances = ["login", "signup", "password/reset", "password/reset/done"]
    return [
        ("wanda", "/"),
        *(("wanda", base + path) for path in mine),
        ("wanda", base + "label/changes/1/2/"),
        ("wanda", "/no-such-page/"),
        ("wanda", "/accounts/password/change/"),
        ("wanda", "/accounts/logout/"),
        ("paula", "/"),
        ("paula", base),
        ("paula", base + "appeal/"),
        ("owner", "/"),
        *(("", f"/accounts/{path}/") for path in entrances),
    ]


class Reader(HTMLParser):
    """What people see or hear of a page."""

    SAID = {"aria-label", "title", "placeholder", "alt"}

    def __init__(self) -> None:
        super().__init__()
        self.said: list[str] = []
        self.silent = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.silent += tag in {"script", "style"}
        self.said += [value for name, value in attrs if name in self.SAID and value]

    def handle_endtag(self, tag: str) -> None:
        self.silent -= tag in {"script", "style"}

    def handle_data(self, data: str) -> None:
        if not self.silent:
            self.said.append(data)


def english(html: str) -> set[str]:
    """What is left of a page whose marked words are in brackets: words that nobody marked."""
    while (less := re.sub(r"⟦[^⟦⟧]*⟧", " ", html)) != html:
        html = less
    reader = Reader()
    reader.feed(html)
    return {said.strip() for said in reader.said if set(re.findall(r"[A-Za-z]{3,}", said)) - NAMES}


def test_no_page_for_workers_says_a_word_that_is_not_marked(
    client: Client, place: tuple[Project, dict[str, User]], monkeypatch: pytest.MonkeyPatch
) -> None:
    single, several = DjangoTranslation.gettext, DjangoTranslation.ngettext
    monkeypatch.setattr(DjangoTranslation, "gettext", lambda self, text: f"⟦{single(self, text)}⟧")
    monkeypatch.setattr(DjangoTranslation, "ngettext", lambda self, *these: f"⟦{several(self, *these)}⟧")
    project, people = place
    found = {}
    for who, path in pages(project, people["wanda"]):
        client.logout()
        if who:
            client.force_login(people[who])
        answer = client.get(path, **GERMAN)
        assert answer.status_code in {200, 404}, path
        if left := english(answer.content.decode()):
            found[who, path] = left
    assert found == {}


def test_the_browser_says_the_language_and_the_reader_outdoes_it(
    client: Client, place: tuple[Project, dict[str, User]]
) -> None:
    client.force_login(place[1]["wanda"])
    german = client.get("/", **GERMAN)
    assert (german["Content-Language"], '<html lang="de">' in german.content.decode()) == ("de", True)
    assert "Ihre Projekte" in german.content.decode()
    assert "Accept-Language" in german["Vary"]
    assert client.post("/language/", {"language": "en", "next": "/"}, **GERMAN)["Location"] == "/"
    chosen = client.get("/", **GERMAN)
    assert (chosen["Content-Language"], "Your projects" in chosen.content.decode()) == ("en", True)


def test_what_is_not_translated_yet_stays_wholly_english(
    client: Client, place: tuple[Project, dict[str, User]]
) -> None:
    project, people = place
    client.force_login(people["owner"])
    for path in ("", "settings/", "members/"):
        page = client.get(f"/projects/{project.slug}/{path}", **GERMAN)
        assert (page["Content-Language"], '<html lang="en">' in page.content.decode()) == ("en", True)


def test_the_api_speaks_english_unless_the_request_itself_asks_for_another(
    client: Client, place: tuple[Project, dict[str, User]]
) -> None:
    client.force_login(place[1]["wanda"])
    client.post("/language/", {"language": "de", "next": "/"})
    client.get("/", **GERMAN)  # which leaves nothing behind in the thread
    for header in ({}, {"HTTP_ACCEPT_LANGUAGE": "en,de;q=0.5"}, {"HTTP_ACCEPT_LANGUAGE": "fr, xx"}):
        told = client.get("/api/v1/projects/none/", **header)
        assert told.json()["detail"] == "There is no such thing here, or it is not yours to see."
        refused = client.post("/api/v1/projects/", {}, content_type="application/json", **header)
        assert "required" in str(refused.json()["errors"])
        assert "Content-Language" not in told.headers
    told = client.get("/api/v1/projects/none/", **GERMAN)
    assert told.json()["detail"] == "Das gibt es hier nicht, oder es ist nicht für Sie bestimmt."
    refused = client.post("/api/v1/projects/", {}, content_type="application/json", **GERMAN)
    assert "erforderlich" in str(refused.json()["errors"])
    assert (told["Content-Language"], "Accept-Language" in told["Vary"]) == ("de", True)


def test_a_page_in_english_refuses_in_english(client: Client, place: tuple[Project, dict[str, User]]) -> None:
    project, people = place
    Project.objects.filter(pk=project.pk).update(archived_at=timezone.now())
    client.force_login(people["owner"])
    told = client.post(f"/projects/{project.slug}/members/", {}, **GERMAN)
    assert (told.status_code, "This project is archived" in told.content.decode()) == (409, True)
    client.force_login(people["paula"])
    told = client.post(f"/projects/{project.slug}/appeal/", {}, **GERMAN)
    assert (told.status_code, "Dieses Projekt ist beendet" in told.content.decode()) == (409, True)


def test_a_worker_reads_in_their_language_why_they_are_paused_and_why_an_answer_does_not_count(
    client: Client, place: tuple[Project, dict[str, User]]
) -> None:
    project, people = place
    paused = "7 of 20 answers to checked images were right. The true share is very likely between 18% and 57%, and "
    paused += "this project asks for 80%."
    Standing.objects.filter(project=project, worker=people["paula"]).update(reason=paused)
    told = "7 von 20 Antworten zu geprüften Bildern waren richtig."
    client.force_login(people["paula"])
    base = f"/projects/{project.slug}/"
    for path in ("/", base, base + "appeal/"):
        page = client.get(path, **GERMAN).content.decode()
        assert (told in page, "18 % und 57 %" in page, "of 20 answers" in page) == (True, True, False), path
    assert paused in client.get(base).content.decode()

    [answer] = people["wanda"].assignments.filter(submitted_at__isnull=False)
    type(answer).objects.filter(pk=answer.pk).update(state="void", reason=submission.LATE)
    client.force_login(people["wanda"])
    for path in (base + "history/", base + f"history/{answer.pk}/"):
        assert "Die Reservierung war abgelaufen" in client.get(path, **GERMAN).content.decode()
        assert submission.LATE in client.get(path).content.decode()


def test_the_scripts_words_are_one_file_for_each_language(client: Client) -> None:
    answer = client.get("/words/de.js")
    assert answer["Content-Type"].startswith("text/javascript")
    assert "Abgegeben" in answer.content.decode()
    assert "max-age" in answer["Cache-Control"]
    assert client.get("/words/xx.js").status_code == 404
