"""A project's settings, explained."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from crowd.consensus import METHODS
from crowd.models import Membership, Project
from crowd.web.access import Request, owners, though_archived
from crowd.web.forms import Form, attempt, dress
from crowd.web.frame import frame
from crowd.web.project_life import life
from crowd.workflow import projects
from crowd.workflow.projects.life import GRACE

GROUPS: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    ("Project", "", ("name", "paused")),
    (
        "Answers",
        "How many people look at each image before its label is believed.",
        ("overlap", "max_overlap", "confidence_target", "consensus", "iou_threshold"),
    ),
    (
        "Quality",
        "Images with a known answer are hidden among the others; whoever fails too many is paused.",
        ("gold_rate", "min_gold_checks", "min_gold_accuracy"),
    ),
    (
        "Review",
        "Reviewers look at a random sample of what the crowd settled, so that you know how much of it is wrong.",
        ("review_rate", "second_review_rate"),
    ),
    (
        "Qualification",
        "What a newcomer does before they are given work: training tells them the answers, the exam does not. Both are "
        "made of gold planted for them.",
        ("training_tasks", "exam_tasks", "exam_pass_mark", "exam_attempts"),
    ),
    (
        "Work",
        "How images are handed out.",
        (
            *("order", "lease_seconds", "max_leases", "max_share_per_worker", "answers_per_hour"),
            *("require_acknowledgement", "guideline_review", "skill", "skill_field"),
        ),
    ),
    ("Cost", "What labelling costs you. Workers do not see it.", ("pay_per_answer", "currency")),
    (
        "Machine proposals",
        "What a model proposed is shown for workers to accept, adjust or delete. A model that is sure may be believed "
        "sooner: with the score at 1 it never is. How often that is wrong is measured on the share that gets all "
        "answers all the same, and told on the page Models.",
        (
            *("blind_prelabels", "blind_share", "trusted_prelabel_score", "trusted_prelabel_overlap"),
            "checked_prelabel_share",
        ),
    ),
)
LABELS = {
    "name": "Name",
    "paused": "Paused",
    "overlap": "Answers per image",
    "max_overlap": "Answers per image at most",
    "confidence_target": "Confidence to reach",
    "consensus": "How answers are merged",
    "iou_threshold": "Overlap of the same object",
    "gold_rate": "Share of checked images",
    "min_gold_checks": "Checks before a pause",
    "min_gold_accuracy": "Accuracy asked for",
    "review_rate": "Share of settled images looked at",
    "second_review_rate": "Share of rulings given twice",
    "training_tasks": "Training images first",
    "exam_tasks": "Exam images",
    "exam_pass_mark": "Pass mark of the exam",
    "exam_attempts": "Attempts at the exam",
    "order": "Order",
    "lease_seconds": "Seconds an image is reserved",
    "max_leases": "Images reserved at once",
    "max_share_per_worker": "Share of one worker at most",
    "require_acknowledgement": "Guidelines must be confirmed",
    "guideline_review": "Guidelines need a second owner",
    "answers_per_hour": "Answers of one worker in an hour",
    "skill": "Skill that workers need",
    "skill_field": "Metadata that names an image’s skill",
    "pay_per_answer": "Pay per answer",
    "currency": "Currency",
    "blind_prelabels": "Hide them from some workers",
    "blind_share": "Share of workers they are hidden from",
    "trusted_prelabel_score": "Score above which fewer answers do",
    "trusted_prelabel_overlap": "Answers per image then",
    "checked_prelabel_share": "Share checked all the same",
}


class SettingsForm(Form):
    """Every setting that an owner may change, as the model describes it; the verb judges them together."""

    def __init__(self, *args: Any, project: Project, **kwargs: Any) -> None:
        super().__init__(*args, initial=forms.model_to_dict(project, LABELS), **kwargs)
        self.fields.update(forms.fields_for_model(Project, fields=list(LABELS), labels=LABELS))
        self.fields["consensus"] = forms.ChoiceField(
            label=LABELS["consensus"],
            help_text="“auto” weighs each worker by what is known of them; “majority” counts heads.",
            choices=[(name, name.replace("_", " ")) for name in ("auto", *sorted(set(METHODS) - {"auto"}))],
        )
        dress(self)

    def groups(self) -> list[tuple[str, str, list[forms.BoundField]]]:
        """Return the fields under their headings."""
        return [(title, text, [self[name] for name in names]) for title, text, names in GROUPS]


class DeleteForm(Form):
    """The project's own address, typed, so that nothing is deleted by a slip."""

    slug = forms.CharField(label="Address of the project")

    def __init__(self, *args: Any, project: Project, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.project = project
        self.fields["slug"].help_text = f"Type {project.slug} to show that you mean it."

    def clean_slug(self) -> str:
        """Return the address if it is the project's."""
        if self.cleaned_data["slug"] != self.project.slug:
            raise forms.ValidationError(f"This is not {self.project.slug}.")
        return self.project.slug


@require_http_methods(["GET", "HEAD", "POST"])
@owners
def change(request: Request, member: Membership) -> HttpResponse:
    """Show and change the settings."""
    project = member.project
    form = SettingsForm(request.POST or None, project=project)
    if request.method == "POST" and form.is_valid():
        arguments = {"project": project, "by": request.user, "changes": form.cleaned_data, "now": timezone.now()}
        if attempt(form, projects.update, **arguments) is not None:
            messages.success(request, "Saved.")
            return redirect("settings", project.slug)
    return _page(request, member, form, DeleteForm(project=project))


@require_POST
@owners
@though_archived
def delete(request: Request, member: Membership) -> HttpResponse:
    """Take the project out of everybody's sight."""
    form = DeleteForm(request.POST, project=member.project)
    if not form.is_valid():
        return _page(request, member, SettingsForm(project=member.project), form)
    projects.delete(project=member.project, by=request.user, now=timezone.now())
    messages.success(request, f"{member.project.name} is gone. For {GRACE.days} days you can bring it back.")
    return redirect("home")


def _page(request: Request, member: Membership, form: SettingsForm, deletion: DeleteForm) -> HttpResponse:
    return render(
        request,
        "settings/settings.html",
        {**frame(member, "settings"), "form": form, **life(member), "deletion": deletion},
    )
