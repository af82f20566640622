"""Forms of guideline versions."""

from collections.abc import Mapping
from typing import Any

from django import forms

from crowd.errors import CrowdError
from crowd.labels.renames import Key, same_kind
from crowd.labels.schema import Classification, ObjectClass, Schema
from crowd.models import Guideline
from crowd.queries.impact import names
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


GONE, ASK, BY = "", "ask", "by:"


class PublishForm(Form):
    """What publishing does to the labels there are: what became of each that is gone, and what is asked again."""

    impact = forms.ChoiceField(
        label="What happens to labels given so far",
        choices=[
            (Guideline.Impact.CLARIFICATION, "They stay: only the wording became clearer"),
            (Guideline.Impact.RELABEL, "Some are asked again: what counts as one of these has changed"),
        ],
        initial=Guideline.Impact.CLARIFICATION,
        widget=forms.RadioSelect,
    )
    labels = forms.MultipleChoiceField(label="Labels to ask again", required=False, widget=forms.CheckboxSelectMultiple)

    def __init__(self, *args: Any, old: Schema | None, new: Schema, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.old, self.new = old or Schema(), new
        choices = self.fields["labels"]
        assert isinstance(choices, forms.MultipleChoiceField)
        choices.choices = [(name, name) for name in dict.fromkeys([*names(self.old), *names(new)])]
        self.gone: dict[str, Key] = {}
        for number, key in enumerate(_gone(self.old, new)):
            self.gone[f"gone_{number}"] = key
            self._ask(f"gone_{number}", key)

    def _ask(self, field: str, key: Key) -> None:
        """Ask what became of a label that is no longer there; where a question divides it, what each answer means."""
        space, address = key
        targets = [(other, other) for (where, other) in _of_kind(self.old, self.new, key) if where == space]
        questions = _beside(self.old, key)
        choices: list[tuple[str, Any]] = [(GONE, "gone for good")]
        if targets:
            choices.append(("it has a new name, or was joined with another", targets))
        if targets and not isinstance(self.old.nodes[key], Classification):
            by = [(f"{BY}{name}", f"divided by the answers to “{name}”") for name in questions]
            choices.append(("it was divided", [(ASK, "divided: ask people again"), *by]))
        self.fields[field] = forms.ChoiceField(
            label=address, required=False, choices=choices, widget=forms.Select(attrs={"class": "input"})
        )
        chosen = self.data.get(field, "") if self.is_bound else ""
        if chosen.startswith(BY) and chosen.removeprefix(BY) in questions:
            for place, answer in enumerate(_answers(questions[chosen.removeprefix(BY)])):
                self.fields[f"{field}_{place}"] = forms.ChoiceField(
                    label=f"{chosen.removeprefix(BY)}: {answer}",
                    required=False,
                    choices=[("", "ask people again"), *targets],
                    widget=forms.Select(attrs={"class": "input"}),
                )

    def gone_fields(self) -> list[tuple[forms.BoundField, list[forms.BoundField]]]:
        """Return the questions what became of labels, each with those about its division."""
        return [
            (self[field], [self[name] for name in self.fields if name.startswith(f"{field}_")]) for field in self.gone
        ]

    def affected(self) -> list[str]:
        """Return the labels that are asked again."""
        relabel = self.cleaned_data.get("impact") == Guideline.Impact.RELABEL
        return list(self.cleaned_data.get("labels", [])) if relabel else []

    def changes(self) -> dict[str, dict[str, Any]]:
        """Return what was renamed, joined and divided, as publishing takes it."""
        targets: dict[str, list[str]] = {}
        split: dict[str, Any] = {}
        for field, (_, address) in self.gone.items():
            chosen = self.cleaned_data.get(field) or GONE
            if chosen == ASK:
                split[address] = ASK
            elif chosen.startswith(BY):
                split[address] = self._rule(field, address, chosen.removeprefix(BY))
            elif chosen:
                targets.setdefault(chosen, []).append(address)
        there = {address for (_, address) in self.old.nodes}
        joined = {new: old for new, old in targets.items() if len(old) > 1 or new in there}
        rename = {old[0]: new for new, old in targets.items() if new not in joined}
        return {"rename": rename, "merge": joined, "split": split}

    def _rule(self, field: str, address: str, question: str) -> dict[str, Any]:
        key = self.gone[field]
        assert key[1] == address
        answers = _answers(_beside(self.old, key)[question])
        into = {answer: self.cleaned_data.get(f"{field}_{place}") for place, answer in enumerate(answers)}
        return {"by": question, "into": {answer: went for answer, went in into.items() if went}}

    def chosen(self) -> dict[str, Any]:
        """Return what was chosen so far, finished or not."""
        if self.is_bound:
            self.is_valid()
        else:
            self.cleaned_data = {}
        return {"affected": self.affected(), **self.changes()}

    def place(self, fault: CrowdError) -> None:
        """Show a fault beside what it is about."""
        by_label: Mapping[str, str] = {address: field for field, (_, address) in self.gone.items()}
        for path, sentences in fault.errors.items():
            label = path.partition(".")[2]
            field = next((by_label[one] for one in by_label if label == one or label.startswith(f"{one}.")), "")
            field = field or {"affected": "labels"}.get(path.partition("[")[0], path)
            self.add_error(field if field in self.fields else None, list(sentences))
        if not fault.errors:
            self.add_error(None, fault.detail)


def _gone(old: Schema, new: Schema) -> list[Key]:
    """Return what the new schema no longer has; not what only went with something above it."""
    missing = [key for key in old.nodes if key not in new.nodes]
    return [key for key in missing if not any((key[0], above) in missing for above in _above(key[1]))]


def _above(address: str) -> list[str]:
    parts = address.split("/")
    return ["/".join(parts[:depth]) for depth in range(1, len(parts))]


def _of_kind(old: Schema, new: Schema, key: Key) -> list[Key]:
    """Return what a label may have become: something of its kind, an option one of the same question."""
    node, address = old.nodes[key], key[1]
    root = address.split("/")[0]
    found = [(space, other) for (space, other), there in new.nodes.items() if same_kind(node, there)]
    return (
        found
        if isinstance(node, ObjectClass)
        else [(space, other) for space, other in found if "/" not in address or other.split("/")[0] == root]
    )


def _beside(old: Schema, key: Key) -> dict[str, Classification]:
    """Return the questions whose answers can divide a label: of the same object, or of the image."""
    space, address = key
    root = address.split("/")[0]
    if space == "objects":
        item = old.object_class(root)
        return {question.name: question for question in item.attributes} if item else {}
    return {question.name: question for question in old.classifications if question.name != root}


def _answers(question: Classification) -> list[str]:
    return ["true", "false"] if question.kind == "binary" else list(question.leaves())
