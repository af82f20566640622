"""What rules say in English is known again, and said in the reader's language."""

import ast
import time
from types import ModuleType

import pytest
from django.utils import translation

from crowd.errors import Invalid
from crowd.labels.annotation import parse_annotation
from crowd.labels.schema import parse_schema
from crowd.queries.sentences import LONGEST, PLACE, Phrasebook, phrasebook, said
from tests.catalogues import tool
from tests.factories import make

# what these refuse is read by owners, reviewers, the operator and their programs: English
OWNERS = {
    *(
        f"api/{name}.py"
        for name in (
            "account",
            "image_quality",
            "images",
            "imports",
            "model_server",
            "models",
            "derivations",
            "releases",
            "tasks",
        )
    ),
    "labels/importing/__init__.py",
    *(f"queries/{name}.py" for name in ("browse_filter", "conflicts", "feeds", "releases", "simulation/asking")),
    *(f"workflow/{name}.py" for name in ("accounts", "thumbnails", "upkeep/operating", "workers/telling")),
    *(f"workflow/conflicts/{name}.py" for name in ("adjudication", "asking", "reviewing")),
    *(f"workflow/{name}.py" for name in ("gold/proposing", "guidelines/approving", "guidelines/examples")),
    *(
        f"workflow/{name}.py"
        for name in ("guidelines/piloting", "tasks/__init__", "tasks/actions", "tasks/bulk", "webhooks/__init__")
    ),
    *(
        f"workflow/predictions/{name}.py"
        for name in ("model_calls", "model_runs", "model_servers", "prelabels", "scores")
    ),
    *(f"workflow/projects/{name}.py" for name in ("__init__", "deriving", "filters", "life", "members")),
    "workflow/releasing/cutting.py",
    *(f"workflow/erasing/{name}.py" for name in ("images", "people")),
    *(f"workflow/importing/{name}.py" for name in ("buckets", "direct", "imports", "labels", "manifests", "sets")),
    *(f"workflow/importing/{name}.py" for name in ("uploads", "web")),
}


@pytest.fixture(scope="module")
def words() -> ModuleType:
    return tool()


@pytest.fixture(scope="module")
def german(words: ModuleType) -> dict[str, str]:
    """Every sentence and template of the sources with its German."""
    catalogue = words.catalogue(words.LOCALES / "de" / "LC_MESSAGES" / "sentences.po")
    return {text: catalogue.get(text).string for text in words.marked("sentences")}


def test_every_filled_template_is_known_again_with_all_that_it_was_filled_with(german: dict[str, str]) -> None:
    book, wrong = Phrasebook(german), {}
    for english, told in german.items():
        values = {name: f"{place}.5" for place, name in enumerate(PLACE.findall(english), 17)}
        filled, wanted = (PLACE.sub(lambda place: values[place[1]], text) for text in (english, told))  # noqa: B023
        if book.said(filled) != wanted:
            wrong[filled] = book.said(filled)
    assert wrong == {}


def test_nothing_stands_between_two_places_of_no_template(german: dict[str, str]) -> None:
    assert [text for text in german if "}{" in text] == []


def test_the_compiled_catalogue_is_what_readers_get(german: dict[str, str]) -> None:
    with translation.override("de"):
        assert {text: said(text) for text in german if not PLACE.search(text)} == {
            text: told for text, told in german.items() if not PLACE.search(text)
        }
    assert said("is missing") == "is missing"
    assert phrasebook("fr").said("is missing") == "is missing"


@pytest.mark.parametrize(
    ("english", "wanted"),
    [
        ("", ""),
        ("Zu schnell.", "Zu schnell."),
        ("Please slow down, and look at the edges.", "Please slow down, and look at the edges."),
        ("must be a list of points [x, y], not a number", "muss eine Liste von Punkten [x, y] sein, nicht eine Zahl"),
        ("has 2 of 9 points, first [3], out of the image: (70, -4) in 64 x 48 pixels",
         "hat 2 von 9 Punkten, zuerst [3], außerhalb des Bildes: (70, -4) bei 64 x 48 Pixeln"),
        ("points may be 20 at most.", "points dürfen höchstens 20 sein."),
        ("kind: It is one of unsafe, other.", "kind: Möglich sind: unsafe, other."),
        # what is quoted is somebody's own word, even where it is one of ours
        ("“is missing” is not an option; there are: a, b", "„is missing“ ist keine der Möglichkeiten; es gibt: a, b"),
        ("“%s {x} \\1” is not an option; there are: a", "„%s {x} \\1“ ist keine der Möglichkeiten; es gibt: a"),
        ("The answer came after the worker was banned; it is kept, but not counted.",
         "Als die Antwort kam, war die Arbeit hier bereits gesperrt; sie wird aufbewahrt, zählt aber nicht."),
        ("3 of 5 exam images were right, and 80% are asked for. There are not enough exam images for another attempt.",
         "3 von 5 Prüfungsbildern waren richtig, verlangt sind 80 %. "
         "Für einen weiteren Versuch gibt es nicht genug Prüfungsbilder."),
    ],
)  # fmt: skip
def test_sentences_within_sentences_are_told_and_other_peoples_words_are_left(english: str, wanted: str) -> None:
    with translation.override("de"):
        assert said(english) == wanted


def test_no_text_takes_long_however_it_is_made(german: dict[str, str]) -> None:
    book = Phrasebook(german)
    texts = [(PLACE.sub(" ", text) * LONGEST)[:LONGEST] for text in german]
    texts += [("x” is “(, ) in : [" * LONGEST)[:LONGEST], "x " * LONGEST]
    began = time.process_time()
    for text in texts:
        book.said(text)
    assert (time.process_time() - began) / len(texts) < 0.02


def test_every_fault_of_an_answer_is_told_in_german() -> None:
    document = {
        "classifications": {"scene": "owl", "sky": 1},
        "objects": [
            {"label": "car", "box": [1, 2, "3", 4]},
            {"label": "car", "box": [60, 40, 10, 0]},
            {"label": "car", "box": [60, 40, 10, 10], "score": 2, "id": ""},
            {"label": "bus", "polygon": [[[0, 0], [4, 4]]]},
            {"label": "car", "polygon": [[[0, 0], [4, 4], [4, 0], [0, 4]]]},
            {"box": 7},
            4,
        ],
    }
    with pytest.raises(Invalid) as caught:
        parse_annotation(document, schema=parse_schema(make.SCHEMA), width=64, height=48)
    faults = [fault for faults in caught.value.errors.values() for fault in faults]
    with translation.override("de"):
        assert [fault for fault in [caught.value.detail, *faults] if said(fault) == fault] == []
    assert len(faults) > 10


def test_sentences_are_found_wherever_a_module_says_them(words: ModuleType) -> None:
    code = '''
"""No sentence this."""
LATE = "It came {when}; it does not count."
def judge(a, b):
    """Nor is this."""
    logger.warning("Nobody reads %s", a)
    run("SELECT a FROM b WHERE c")
    names = " or ".join(b)
    reason = f"{a.low:.0%} of {len(b)} were right, " + f"{'one' if a else names} of {a.low:g}."
    raise Refused("Say why.", errors={a: ["Say it."]})
'''
    assert list(words.sentences(ast.parse(code))) == [
        "It came {when}; it does not count.",
        "{low}% of {b} were right, one of {low2}.",
        "{low}% of {b} were right, {names} of {low2}.",
        "Say why.",
        "Say it.",
    ]


def test_every_module_that_refuses_something_is_known_to_speak_to_workers_or_not_to(words: ModuleType) -> None:
    root = words.ROOT / "crowd"
    files = [file for room in ("api", "labels", "queries", "smart", "workflow") for file in (root / room).rglob("*.py")]
    refuse = {
        file.relative_to(root).as_posix() for file in files if next(words.raised(ast.parse(file.read_text())), "")
    }
    told = {name for name in (*words.SAID, *words.RAISED) if name.endswith(".py")}
    assert refuse - told - OWNERS == set(), "name it in SAID or RAISED of deploy/words.py, or here"
    assert refuse - told >= OWNERS


def test_nothing_is_kept_apart_that_nobody_says(words: ModuleType) -> None:
    texts = {
        text
        for name in words.SAID
        for file in (words.ROOT / "crowd").glob(name if name.endswith(".py") else f"{name}/**/*.py")
        for text in words.sentences(ast.parse(file.read_text()))
    }
    assert texts >= words.UNSAID
