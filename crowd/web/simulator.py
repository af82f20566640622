"""Settings tried side by side: the project's own, and others."""

from dataclasses import asdict, replace
from typing import Any

from django import forms
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from crowd.errors import CrowdError
from crowd.models import Membership, Project
from crowd.queries import simulation
from crowd.queries.simulation import Expected, Settings
from crowd.web.access import Request, owners
from crowd.web.forms import Form, place
from crowd.web.frame import frame

ROWS: tuple[tuple[str, str], ...] = (
    ("accuracy", "Right, before review"),
    ("review", "Images for reviewers"),
    ("per_image", "Answers per image"),
    ("answers", "Answers in all"),
    ("spend", "Spending"),
    ("finish", "Done"),
)


class SettingsForm(Form):
    """Settings to try."""

    overlap = forms.IntegerField(min_value=1, max_value=100, label="Answers per image")
    max_overlap = forms.IntegerField(min_value=1, max_value=100, label="At most")
    confidence_target = forms.FloatField(min_value=0, max_value=1, label="Confidence to reach")
    gold_rate = forms.FloatField(min_value=0, max_value=0.9, label="Share of checked images")
    pay_per_answer = forms.DecimalField(min_value=0, max_digits=10, decimal_places=4, label="Pay per answer")
    answers_per_hour = forms.FloatField(min_value=0.1, max_value=1e9, label="Answers an hour, of all together")
    images = forms.IntegerField(min_value=1, max_value=10**9, label="Images")


@require_safe
@owners
def page(request: Request, member: Membership) -> HttpResponse:
    """Show two settings and what each may be expected to lead to."""
    project, now = member.project, timezone.now()
    own = simulation.defaults(project, now)
    other = replace(own, overlap=own.overlap + 2, max_overlap=max(own.max_overlap, own.overlap + 2))
    columns = [_column(request, project, "a", own), _column(request, project, "b", other)]
    context = {"columns": columns, "tried": bool(request.GET), **_compared(columns, project)}
    return render(request, "simulator/simulator.html", {**frame(member, "quality"), **context})


def _column(request: Request, project: Project, name: str, initial: Settings) -> dict[str, Any]:
    given = any(key.startswith(f"{name}-") for key in request.GET)
    form = SettingsForm(request.GET if given else None, prefix=name, initial=asdict(initial))
    settings: Settings | None = initial
    if given:
        settings = Settings(**form.cleaned_data) if form.is_valid() else None
    return {"name": name, "title": name.upper(), "form": form, "expected": _expected(project, settings, form)}


def _expected(project: Project, settings: Settings | None, form: SettingsForm) -> Expected | None:
    if settings is None:
        return None
    try:
        return simulation.expect(project=project, settings=settings, now=timezone.now())
    except CrowdError as fault:
        if form.is_bound:
            place(form, fault)
        else:
            form.fault = fault.detail  # type: ignore[attr-defined]
        return None


def _compared(columns: list[dict[str, Any]], project: Project) -> dict[str, Any]:
    found: list[Expected] = [one["expected"] for one in columns if one["expected"] is not None]
    if not found:
        return {"rows": []}
    most_answers = max(one.answers_interval[1] for one in found) or 1
    numbers = sorted({number for one in found for number, _ in one.overlaps})
    rows = [
        {"title": title, "cells": [_cell(name, one["expected"], project, most_answers) for one in columns]}
        for name, title in ROWS
        if name != "spend" or any(one.settings.pay_per_answer for one in found)
    ]
    return {
        "rows": rows,
        "models": found[0].models,
        "numbers": [
            {"number": number, "shares": [_share(one["expected"], number) for one in columns]} for number in numbers
        ],
    }


def _share(expected: Expected | None, number: int) -> float | None:
    return None if expected is None else round(100 * dict(expected.overlaps).get(number, 0.0), 1)


def _cell(name: str, one: Expected | None, project: Project, most: int) -> dict[str, Any] | None:
    """Return a figure in words, and its bar with the interval in percent of the widest."""
    if one is None:
        return None
    money = f" {project.currency}".rstrip()
    match name:
        case "accuracy":
            low, high = one.accuracy_interval
            text, note = f"{one.accuracy:.1%}", f"{low:.1%} to {high:.1%}"
            return _bar(text, note, 100 * one.accuracy, 100 * low, 100 * high)
        case "review":
            return _bar(f"{one.review_share:.1%}", "", 100 * one.review_share)
        case "per_image":
            return {"text": f"{one.answers_per_image:.2f}"}
        case "answers":
            least, worst = one.answers_interval
            scale = 100 / most
            note = f"{least:,} to {worst:,}, {one.gold_answers:,} to gold"
            return _bar(f"{one.answers:,}", note, scale * one.answers, scale * least, scale * worst)
        case "spend":
            low_pay, high_pay = one.spend_interval
            return {"text": f"{one.spend:,.2f}{money}", "note": f"{low_pay:,.2f} to {high_pay:,.2f}{money}"}
    return {"moment": one.finish}


def _bar(text: str, note: str, width: float, low: float | None = None, high: float | None = None) -> dict[str, Any]:
    cell: dict[str, Any] = {"text": text, "note": note, "width": round(width, 2)}
    if low is not None and high is not None:
        cell |= {"low": round(low, 2), "span": round(max(high - low, 0.4), 2)}
    return cell
