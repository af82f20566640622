"""What an owner may ask of a project that is made of a release, as a form."""

from django import forms
from django.utils import timezone

from crowd.labels.starters import STARTERS
from crowd.models import Derivation, Project, Release
from crowd.web.access import Request
from crowd.web.forms import Form, attempt
from crowd.workflow.projects import deriving

SHAPE_WORDS = {
    "": "As in the release",
    "mask": "Regions as masks",
    "polygon": "Regions as polygons",
    "box": "Regions as boxes",
    "rotated_box": "Regions as rotated boxes",
    "ellipse": "Regions as ellipses",
    "point": "Regions as points",
}


class DeriveForm(Form):
    """A project made of a release."""

    name = forms.CharField(max_length=200, label="Name of the new project")
    named = forms.CharField(
        max_length=500, required=False, label="Only where the label says", help_text="A class, or an answer."
    )
    has_objects = forms.CharField(max_length=500, required=False, label="Only with objects of class")
    confidence_above = forms.FloatField(
        min_value=0, max_value=1, required=False, label="Only from this confidence", help_text="0 to 1."
    )
    carry_labels = forms.ChoiceField(choices=Derivation.Carry.choices, label="The labels come along")
    schema_from = forms.ChoiceField(
        choices=[
            ("Labels", list(SHAPE_WORDS.items())),
            ("Begin with", [(f"starter:{key}", one.title) for key, one in STARTERS.items()]),
        ],
        required=False,
        label="Label schema",
        help_text="Boxes become where masks begin. The guideline can be changed like any other.",
    )


def derived(request: Request, found: Release, form: DeriveForm) -> Project | None:
    """Make the project that the form asks for; None where it asks for what cannot be, which the form then shows."""
    if not form.is_valid():
        return None
    given = form.cleaned_data
    kind, _, starter = given["schema_from"].partition(":")
    wanted = deriving.Wanted(given["named"], given["has_objects"], given["confidence_above"] or 0.0)
    return attempt(
        form,
        deriving.derive,
        release=found,
        by=request.user,
        name=given["name"],
        now=timezone.now(),
        wanted=wanted,
        carry_labels=given["carry_labels"],
        starter=starter,
        shape="" if starter else kind,
    )
