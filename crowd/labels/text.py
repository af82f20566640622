"""Which strings from outside can be kept, compared and shown."""

import unicodedata

from crowd.labels.faults import kind

MAX_NAME = 200


def is_clean(text: str, *, lines: bool = False) -> bool:
    """No control characters (line breaks and tabs only with `lines`) and no unpaired surrogates, as databases want it.

    Format characters stay: names in Persian, Hindi or emoji need joiners.
    """
    return not any(
        unicodedata.category(letter) in ("Cc", "Cs") and not (lines and letter in "\n\r\t") for letter in text
    )


def name_fault(value: object) -> str | None:
    """Why `value` cannot be the name of an option, a class or a keypoint; None where it can."""
    fault = identifier_fault(value)
    if fault is None and "/" in str(value):
        return "must not contain “/”, which joins the names of a path"
    return fault


def identifier_fault(value: object) -> str | None:
    """Why `value` cannot be a short, visible string on one line; None where it can."""
    if not isinstance(value, str):
        return "is missing" if value is None else f"must be a string, not {kind(value)}"
    if not value.strip():
        return "must not be empty"
    if value != value.strip():
        return "must not begin or end with a space"
    if len(value) > MAX_NAME:
        return f"has {len(value)} characters; at most {MAX_NAME} are allowed"
    return None if is_clean(value) else "must not contain control characters or unpaired surrogates"
