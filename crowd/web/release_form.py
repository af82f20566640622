"""What an owner may choose of a release, as a form."""

from typing import Any

from django import forms

from crowd.errors import CrowdError
from crowd.formats import BY_DEFAULT, WRITERS
from crowd.labels.types import Schema
from crowd.web.forms import Form, place

SETTLED_BY = [("consensus", "the crowd's consensus"), ("adjudication", "a reviewer"), ("gold", "gold")]
INCLUDE = [("answers", "every answer, its worker under a pseudonym"), ("soft_labels", "the weight behind each answer")]
IMAGES = [("", "by reference, linked when they are pulled"), ("packed", "packed into the release")]
MOST_CLASSES = 2000


class ReleaseForm(Form):
    """A release needs nothing but the wish; a note helps later, and everything else narrows it."""

    note = forms.CharField(
        max_length=2000, required=False, label="Note", widget=forms.TextInput(attrs={"placeholder": "What it is for"})
    )
    settled_by = forms.MultipleChoiceField(
        label="Labels settled by", required=False, choices=SETTLED_BY, widget=forms.CheckboxSelectMultiple
    )
    min_confidence = forms.FloatField(
        min_value=0, max_value=1, required=False, label="Confidence from", help_text="0 to 1; empty for all."
    )
    classes = forms.MultipleChoiceField(
        required=False, label="Only with", help_text="Nothing chosen is everything. Ctrl or ⌘ chooses several."
    )
    train = forms.FloatField(min_value=0, max_value=100, required=False, label="Train, %")
    val = forms.FloatField(min_value=0, max_value=100, required=False, label="Validation, %")
    test = forms.FloatField(
        min_value=0, max_value=100, required=False, label="Test, %", help_text="All empty: no splits."
    )
    group_by = forms.CharField(
        max_length=200,
        required=False,
        label="Keep together by",
        help_text="A metadata field, such as patient or camera. An image keeps its split in later releases.",
    )
    include = forms.MultipleChoiceField(
        label="Along with the labels", required=False, choices=INCLUDE, widget=forms.CheckboxSelectMultiple
    )
    images = forms.ChoiceField(
        label="Images", required=False, choices=IMAGES, help_text="Packed images are copied, and stay as they are."
    )
    formats = forms.MultipleChoiceField(
        label="Formats",
        required=False,
        choices=[(name, name.replace("_", " ")) for name in WRITERS],
        initial=BY_DEFAULT,
        widget=forms.CheckboxSelectMultiple,
    )

    def __init__(self, *args: Any, schema: Schema | None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        names = _names(schema) if schema else []
        self.fields["classes"].choices = [(name, name) for name in names]  # type: ignore[attr-defined]
        self.fields["classes"].widget.attrs["size"] = min(8, max(2, len(names)))

    @property
    def chosen(self) -> bool:
        """Tell whether more than a note was asked for, so that it is shown again."""
        nothing: tuple[object, ...] = (None, "", [], [*BY_DEFAULT])
        return self.is_bound and any(self[name].data not in nothing for name in self.fields if name != "note")

    def options(self) -> dict[str, Any]:
        """Return what was chosen, as the verb takes it."""
        given = self.cleaned_data
        filters = {name: given[name] for name in ("settled_by", "min_confidence", "classes") if given[name]}
        found: dict[str, Any] = {"filters": filters} if filters else {}
        shares = {name: given[name] / 100 for name in ("train", "val", "test") if given[name] is not None}
        if shares:
            found["splits"] = {"fractions": shares, "group_by": given["group_by"]}
        found |= {name: given[name] for name in ("include", "images") if given[name]}
        return found if given["formats"] in ([], [*BY_DEFAULT]) else found | {"formats": given["formats"]}

    def refuse(self, fault: CrowdError) -> None:
        """Show what the verb found wrong, beside the field."""
        shown = {"splits.fractions": "train", "filters.classes": "classes", "filters.min_confidence": "min_confidence"}
        errors = {shown.get(path, path): sentences for path, sentences in fault.errors.items()}
        place(self, type(fault)(fault.detail, errors=errors))


def _names(schema: Schema) -> list[str]:
    names = [each.name for each in schema.objects]
    for question in schema.classifications:
        names += [f"{question.name}/{path}" for path in question.paths()]
    return names[:MOST_CLASSES]
