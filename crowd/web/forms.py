"""Forms that ask; the verbs judge. What a verb refuses is shown beside its field, and nothing typed is lost."""

import json
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from django import forms

from crowd.errors import CrowdError
from crowd.queries.sentences import said

Result = TypeVar("Result")
LINE = 76


class Form(forms.Form):
    """A form in the house's style."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("label_suffix", "")
        super().__init__(*args, **kwargs)
        dress(self)


def dress(form: forms.BaseForm) -> None:
    """Give each widget the class that the style sheets know."""
    for field in form.fields.values():
        if not isinstance(field.widget, forms.CheckboxInput | forms.RadioSelect | forms.CheckboxSelectMultiple):
            field.widget.attrs["class"] = f"input {field.widget.attrs.get('class', '')}".strip()


def attempt(form: forms.BaseForm, verb: Callable[..., Result], **arguments: Any) -> Result | None:
    """Call a verb; what it refuses becomes errors of the form, and None is returned."""
    try:
        return verb(**arguments)
    except CrowdError as fault:
        place(form, fault)
        return None


def place(form: forms.BaseForm, fault: CrowdError, *, under: Mapping[str, str] | None = None) -> None:
    """Show a fault beside the fields it names; `under` says which field shows a path that is none itself."""
    placed = False
    for path, sentences in fault.errors.items():
        field = path if path in form.fields else (under or {}).get("*", "")
        if field in form.fields:
            for sentence in map(said, sentences):
                form.add_error(field, sentence if field == path else f"{path}: {sentence}")
            placed = True
    if not placed:
        form.add_error(None, said(fault.detail))


class JsonText(forms.CharField):
    """JSON as text: what was typed stays as it was typed, and a fault names its line."""

    widget = forms.Textarea

    def clean(self, value: Any) -> Any:
        """Return the parsed value."""
        text = super().clean(value)
        try:
            return json.loads(text)
        except json.JSONDecodeError as error:
            raise forms.ValidationError(f"Line {error.lineno}, column {error.colno}: {error.msg}.") from None
        except RecursionError:
            raise forms.ValidationError("It is nested too deeply.") from None
        except ValueError:  # a number of thousands of digits
            raise forms.ValidationError("It holds a number that is too long.") from None


def pretty(value: object, *, depth: int = 0) -> str:
    """Return JSON as people write it: indented by two, but whatever is short on one line."""
    flat = json.dumps(value, ensure_ascii=False)
    inner, outer = "  " * (depth + 1), "  " * depth
    if len(flat) + len(inner) <= LINE or not isinstance(value, dict | list) or not value:
        return flat
    if isinstance(value, dict):
        rows = [
            f"{json.dumps(key, ensure_ascii=False)}: {pretty(below, depth=depth + 1)}" for key, below in value.items()
        ]
        return "{\n" + ",\n".join(inner + row for row in rows) + f"\n{outer}}}"
    rows = [pretty(below, depth=depth + 1) for below in value]
    return "[\n" + ",\n".join(inner + row for row in rows) + f"\n{outer}]"
