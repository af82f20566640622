"""Guideline text on the page: all of CommonMark that helps, nothing that harms."""

from html.parser import HTMLParser

import pytest

from crowd.web.diffs import changes_of, lines_of
from crowd.web.forms import pretty
from crowd.web.prose import prose


class Tags(HTMLParser):
    """What a browser would make of it."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: list[tuple[str, dict[str, str]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append((tag, {name: value or "" for name, value in attrs}))


@pytest.mark.parametrize(
    "hostile",
    [
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "[x](javascript:alert(1))",
        "[x](data:text/html;base64,PHNjcmlwdD4=)",
        '<a href="javascript:alert(1)">x</a>',
        "<svg onload=alert(1)>",
        "<style>body{display:none}</style>",
        '<form action="https://evil.example">',
        '![x](x "\\" onerror=\\"alert(1)")',
        "<iframe src=//evil.example>",
    ],
)
def test_hostile_text_is_only_text(hostile: str) -> None:
    found = Tags()
    found.feed(str(prose(hostile)))
    assert {tag for tag, _ in found.seen} <= {"p", "a", "img", "em", "blockquote"}
    for _, attributes in found.seen:
        assert attributes.keys() <= {"href", "src", "alt", "title", "rel"}
        assert not attributes.get("href", "").lower().startswith(("javascript", "data"))


def test_what_helps_is_kept() -> None:
    html = str(
        prose(
            "# A\n\n**b** [c](https://example.org) ~~d~~\n\n|e|\n|---|\n|f|\n\n![g](g%201.png)",
            images={"g 1.png": "/objects/g?sig=1"},
        )
    )
    for part in (
        "<h1>A</h1>",
        "<strong>b</strong>",
        'href="https://example.org"',
        "<s>d</s>",
        "<td>f</td>",
        'src="/objects/g?sig=1"',
    ):
        assert part in html


def test_only_the_projects_own_images_are_shown() -> None:
    html = str(
        prose(
            "![far](https://example.org/a.png) ![mine](mine.png) ![](//example.org/b.png)", images={"mine.png": "/o/1"}
        )
    )
    found = Tags()
    found.feed(html)
    assert [attributes for tag, attributes in found.seen if tag == "img"] == [{"src": "/o/1", "alt": "mine"}]
    assert "<em>far</em>" in html
    assert "example.org" not in html


def test_short_json_stays_on_one_line_and_reads_back_the_same() -> None:
    import json

    value = {"a": [{"b": 1}, {"c": ["x" * 40, "y" * 40]}], "d": {}}
    text = pretty(value)
    assert json.loads(text) == value
    assert '  {"b": 1},' in text or '{"b": 1}' in text
    assert max(len(line) for line in text.splitlines()) <= 76


def test_changes_are_told_in_words() -> None:
    schema = {
        "added": [{"what": "class", "space": "objects", "address": "bus"}],
        "removed": [],
        "renamed": [{"what": "option", "space": "classifications", "old": ["scene/in"], "new": ["scene/inside"]}],
        "merged": [],
        "split": [],
        "changed": [
            {"what": "class", "space": "objects", "address": "car", "facet": "min_side", "before": 0, "after": 4}
        ],
    }
    assert [(change.kind, change.text) for change in changes_of(schema)] == [
        ("added", "class bus"),
        ("renamed", "option scene/in → scene/inside"),
        ("changed", "min side of class car: 0 → 4"),
    ]


def test_lines_of_a_difference_know_their_kind() -> None:
    unified = ["--- a", "+++ b", "@@ -1 +1 @@", "-old", "+new", " same"]
    assert [kind for kind, _ in lines_of(unified)] == ["gap", "del", "add", "same"]
