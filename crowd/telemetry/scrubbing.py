"""What no log may hold, cut out of texts that others wrote: errors of the database, of S3, of libraries."""

import re
from typing import Final

CUT: Final = "…"
# each with what remains of it
_RULES: Final = (
    (re.compile(r"(?i)\b(bearer|basic)\s+[^\s,;'\"]+"), rf"\1 {CUT}"),
    (re.compile(r"\bcrowd_[A-Za-z0-9_-]{43}(?![A-Za-z0-9_-])"), CUT),  # an API token
    (re.compile(r"\bwhsec_[A-Za-z0-9+/=]+"), CUT),
    (re.compile(r"(\w://)[^/@\s'\"]*@"), r"\1"),  # a password in an address
    (re.compile(r"(?<=[\w/%.)-])\?[\w.~%+\[\]-]+=[^\s'\"<>)]*"), f"?{CUT}"),  # a query: signatures, tokens, searches
    (re.compile(r"[\w.+-]+@[\w-]+(\.[\w-]+)+"), CUT),  # an e-mail address
    (re.compile(r"/(invitations|accounts/password/reset/key|objects)/[^\s'\"]+"), rf"/\1/{CUT}"),
    (re.compile(r"(Key \([^=\n]*\))=\(.*\)"), rf"\1=({CUT})"),
    (re.compile(r"(Failing row contains) \(.*\)"), rf"\1 ({CUT})"),
    (re.compile(r"(invalid input \w+ for \w+[^:]*): .*"), rf"\1: {CUT}"),
    (re.compile(r"(?i)\b(password|secret\w*|token|signature|authorization|access_key_id)=[^\s&'\"]+"), rf"\1={CUT}"),
)  # fmt: skip
_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")


def scrubbed(text: str) -> str:
    """Return the text without tokens, passwords, queries, e-mail addresses and values that a row refused."""
    for rule, rest in _RULES:
        text = rule.sub(rest, text)
    return text


def one_line(text: str) -> str:
    """Return the text with what would end a line or move a terminal's cursor written out."""
    return _CONTROL.sub(lambda found: found[0].encode("unicode_escape").decode(), text)
