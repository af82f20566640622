"""Forms of guideline versions."""

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms

from crowd.errors import CrowdError
from crowd.labels.schema import Schema
from crowd.models import Guideline
from crowd.web.forms import Form, JsonText

EXAMPLE_BODY = """# What to do

Say what the image shows, then draw a box around each object.

## Objects

Draw the box as tightly as you can. Leave out what is hidden by more than half.
"""
EXAMPLE_SCHEMA: dict[str, Any] = {
    "classifications": [
        {"name": "scene", "kind": "single", "required": True, "options": [{"name": "indoor"}, {"name": "outdoor"}]}
    ],
    "objects": [{"name": "object", "shape": "box", "min_side": 4}],
}


class GuidelineForm(Form):
    """The text and the schema of a draft, edited together."""

    body = forms.CharField(
        widget=forms.Textarea(attrs={"class": "input--code input--prose", "spellcheck": "true"}),
        required=False,
        label="Text",
        help_text="Markdown. Workers see it beside the image.",
    )
    schema = JsonText(
        widget=forms.Textarea(attrs={"class": "input--code", "spellcheck": "false", "autocapitalize": "off"}),
        label="Label schema",
        help_text="JSON: questions under “classifications”, things to draw under “objects”.",
    )
    note = forms.CharField(
        max_length=500, required=False, label="What is new", help_text="One line for the list of versions."
    )


class PublishForm(Form):
    """What publishing does to the labels there are."""

    impact = forms.ChoiceField(
        label="What happens to labels given so far",
        choices=[
            (Guideline.Impact.CLARIFICATION, "They stay: only the wording became clearer"),
            (Guideline.Impact.RELABEL, "Some are asked again: what counts as one of these has changed"),
        ],
        initial=Guideline.Impact.CLARIFICATION,
        widget=forms.RadioSelect,
    )
    affected = forms.MultipleChoiceField(
        label="Labels to ask again", required=False, widget=forms.CheckboxSelectMultiple
    )

    def __init__(self, *args: Any, old: Sequence[str], new: Sequence[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        both = list(dict.fromkeys([*old, *new]))
        affected = self.fields["affected"]
        assert isinstance(affected, forms.MultipleChoiceField)
        affected.choices = [(name, name) for name in both]
        fresh = [name for name in new if name not in old]
        self.renamed: dict[str, str] = {}
        for number, name in enumerate(gone for gone in old if gone not in new):
            field = f"rename_{number}"
            self.renamed[field] = name
            choices = [("", "gone"), *((target, f"now {target}") for target in fresh)]
            self.fields[field] = forms.ChoiceField(
                label=name, required=False, choices=choices, widget=forms.Select(attrs={"class": "input"})
            )

    def rename_fields(self) -> list[forms.BoundField]:
        """Return the questions what became of labels that this version no longer has."""
        return [self[field] for field in self.renamed]

    def rename(self) -> dict[str, str]:
        """Return what was renamed to what."""
        return {old: self.cleaned_data[field] for field, old in self.renamed.items() if self.cleaned_data.get(field)}

    def place(self, fault: CrowdError) -> None:
        """Show a fault beside what it is about."""
        by_label: Mapping[str, str] = {f"rename.{label}": field for field, label in self.renamed.items()}
        for path, sentences in fault.errors.items():
            field = by_label.get(path, path.partition("[")[0])
            self.add_error(field if field in self.fields else None, list(sentences))
        if not fault.errors:
            self.add_error(None, fault.detail)


def names(schema: Schema) -> list[str]:
    """Return every name that labels can bear: classes, questions and option paths, in the schema's order."""
    questions = [name for question in schema.classifications for name in (question.name, *question.paths())]
    return [*(item.name for item in schema.objects), *questions]
