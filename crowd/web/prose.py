"""Guideline text: CommonMark, then only the HTML that cannot do harm."""

import re
from collections.abc import Iterator, Mapping
from html import unescape
from urllib.parse import unquote

import nh3
from django.utils.safestring import SafeString, mark_safe
from markdown_it import MarkdownIt

TAGS = {
    *(
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "p",
        "br",
        "hr",
        "ul",
        "ol",
        "li",
        "blockquote",
        "pre",
        "code",
        "em",
        "strong",
    ),
    *("s", "a", "img", "table", "thead", "tbody", "tr", "th", "td"),
}
ATTRIBUTES = {"a": {"href", "title"}, "img": {"src", "alt", "title"}, "ol": {"start"}}
_markdown = MarkdownIt("commonmark", {"html": False}).enable(["table", "strikethrough"])


Sources = Mapping[str, str]


def prose(text: str, *, images: Sources | None = None) -> SafeString:
    """Return Markdown as HTML that is safe on our own pages: no script, no style, no form, no foreign scheme.

    Of images only those in `images` are shown, name to address; any other is its alternative text alone. The address
    of a page that nobody vouches for would tell somebody else who reads this, and when.
    """
    known = images or {}

    def own(tag: str, attribute: str, value: str) -> str | None:
        return known.get(unquote(value)) if (tag, attribute) == ("img", "src") else value

    html = nh3.clean(
        _without_foreign(_markdown.render(text), known),
        tags=TAGS,
        attributes=ATTRIBUTES,
        attribute_filter=own,
        url_schemes={"http", "https", "mailto"},
        link_rel="noopener noreferrer nofollow",
    )
    return mark_safe(html)  # noqa: S308 -- cleaned in the line above  # nosec B308 B703


_IMAGE = re.compile(r'<img src="([^"]*)" alt="([^"]*)"[^>]*>')  # as the renderer writes it


def image_names(text: str) -> Iterator[str]:
    """Yield the names of the images that a text shows."""
    yield from (unquote(unescape(found[1])) for found in _IMAGE.finditer(_markdown.render(text)))


def _without_foreign(html: str, known: Sources) -> str:
    return _IMAGE.sub(lambda found: found[0] if unquote(unescape(found[1])) in known else f"<em>{found[2]}</em>", html)
