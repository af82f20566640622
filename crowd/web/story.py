"""One image's whole story on a page, and what an owner or a reviewer does about it."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from crowd.errors import CrowdError
from crowd.models import Assignment, Membership, Task
from crowd.queries import story, thumbnails, versions
from crowd.queries.desk import picture
from crowd.web.access import Request, overseers
from crowd.web.forms import Form, attempt
from crowd.web.frame import frame
from crowd.web.sketches import words_of
from crowd.workflow import tasks
from crowd.workflow.conflicts import adjudication
from crowd.workflow.tasks import actions


class ChangeForm(Form):
    """How soon an image is given out, and to how many."""

    priority = forms.IntegerField(
        label="Priority", min_value=-(2**31), max_value=2**31 - 1, help_text="Higher ones are given out first."
    )
    overlap = forms.IntegerField(label="Answers asked for", min_value=1, max_value=100)
    skill = forms.CharField(
        label="Skill asked for", max_length=40, required=False, help_text="Only workers with this tag are given it."
    )


@require_safe
@overseers
def image(request: Request, member: Membership, pk: int) -> HttpResponse:
    """Show the image with all that was said of it."""
    return _page(request, member, _task(member, pk), None)


@require_http_methods(["POST"])
@overseers
def change(request: Request, member: Membership, pk: int) -> HttpResponse:
    """Do one thing about the image; what is refused is said on its page."""
    task, action = _task(member, pk), request.POST.get("action", "")
    form = None
    if action == "set":
        form = ChangeForm(request.POST)
        if not form.is_valid() or attempt(form, _set, task=task, by=request.user, **form.cleaned_data) is None:
            return _page(request, member, task, form)
    else:
        try:
            _do(action, task, request, owner=member.role == Membership.Role.OWNER)
        except CrowdError as fault:
            messages.error(request, fault.detail)
            return redirect("image", member.project.slug, pk)
    messages.success(request, "Done.")
    return redirect("image", member.project.slug, pk)


def _set(*, task: Task, by: Any, priority: int, overlap: int, skill: str) -> Task:
    wanted = overlap if overlap != task.overlap else None
    return tasks.change(task=task, by=by, now=timezone.now(), priority=priority, overlap=wanted, skill=skill)


def _do(action: str, task: Task, request: Request, *, owner: bool) -> None:
    now, by = timezone.now(), request.user
    if action in {"exclude", "include"}:
        adjudication.exclude(task=task, by=by, now=now, excluded=action == "exclude")
    elif action == "reopen":
        adjudication.reopen(task=task, by=by, now=now, reason=request.POST.get("reason", ""))
    elif action == "gold" and owner:
        actions.make_gold(task=task, by=by, now=now)


def _task(member: Membership, pk: int) -> Task:
    rows = Task.objects.select_related(
        "image", "project", "consensus__guideline", "consensus__by", "prelabel_guideline"
    )
    return get_object_or_404(rows, project=member.project, pk=pk)


def _page(request: Request, member: Membership, task: Task, form: ChangeForm | None) -> HttpResponse:
    owner = member.role == Membership.Role.OWNER
    told = story.tell(task, by_name=owner, reader=request.user)
    task = told.task
    guideline = versions.current(member.project)
    context = {
        "task": task,
        "story": told,
        "thumbnail": thumbnails.url(task.image),
        "labels": [(label, words_of(label.annotation)) for label in told.labels],
        "reports": [(turn, report) for turn in told.turns for report in turn.reports],
        "form": form or ChangeForm(initial={"priority": task.priority, "overlap": task.overlap, "skill": task.skill}),
        "may_gold": owner and task.state == Task.State.RESOLVED and task.consensus is not None and told.gold is None,
        "may_reopen": task.state in {Task.State.RESOLVED, Task.State.CONFLICT} and told.gold is None,
        "data": {"image": picture(task), "layers": _layers(told), "schema": guideline.schema if guideline else {}},
    }
    return render(request, "images/image.html", {**frame(member, "images"), **context})


def _layers(told: story.Story) -> list[dict[str, Any]]:
    """Return what can be laid over the image: the label in force, each answer, what a model proposed."""
    task, layers = told.task, []
    if task.consensus is not None:
        made = task.consensus
        facts = [
            made.method.replace("_", " "),
            f"{made.confidence:.2f} confident",
            f"guideline {made.guideline.number}",
        ]
        facts += [f"by {made.by.username}"] if made.by else []
        layers.append(_layer("consensus", "Label in force", facts, made.annotation))
    if told.gold is not None and (task.consensus is None or told.gold.annotation != task.consensus.annotation):
        layers.append(_layer("gold", "Gold", [told.gold.get_use_display()], told.gold.annotation))
    if task.prelabel is not None:
        facts = _facts(task.prelabel_model, task.prelabel_score)
        layers.append(_layer("prelabel", "Model’s proposal", facts, task.prelabel))
    layers += [
        _layer(f"model-{one.pk}", "Another version’s", _facts(one.model.name, one.score), one.annotation)
        for one in task.predictions.select_related("model").order_by("pk")
    ]
    layers += [_turn(turn) for turn in told.turns]
    return layers


def _facts(model: str, score: float | None) -> list[str]:
    return [model, "" if score is None else f"score {score:.2f}"]


def _turn(turn: story.Turn) -> dict[str, Any]:
    one, facts = turn.assignment, [f"guideline {turn.assignment.guideline.number}"]
    if one.state != Assignment.State.SUBMITTED:
        facts.append(f"{one.get_state_display().lower()}{f': {one.reason}' if one.reason else ''}")
    facts += [] if one.seconds is None else [f"{one.seconds:.0f} s"]
    facts += [] if turn.weight is None else [f"weight {turn.weight:.2f}"]
    if turn.check is not None:
        facts.append(f"gold {'passed' if turn.check.passed else 'failed'}, {turn.check.score:.2f}")
    return _layer(str(one.pk), turn.name, facts, one.annotation)


def _layer(key: str, name: str, facts: list[str], annotation: dict[str, Any] | None) -> dict[str, Any]:
    return {"id": key, "name": name, "facts": [fact for fact in facts if fact], "annotation": annotation}
