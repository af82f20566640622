"""The pages' addresses."""

from django.urls import URLPattern, path

from crowd.web import (
    appeals,
    gold,
    guidelines,
    home,
    images,
    label,
    members,
    objects,
    projects,
    proposals,
    releases,
    reports,
    review,
    settings,
    workers,
)


def page(address: str, view: object, name: str) -> URLPattern:
    """Return the address of one of a project's pages."""
    return path(f"projects/<slug:slug>/{address}", view, name=name)  # type: ignore[call-overload, no-any-return]


urlpatterns = [
    path("", home.home, name="home"),
    path("new-project/", home.new_project, name="new_project"),
    path("objects/<path:key>", objects.serve, name="object"),
    page("", projects.overview, "project"),
    page("progress/", projects.progress, "progress"),
    page("appeal/", appeals.appeal, "appeal"),
    page("label/", label.workbench, "label"),
    page("label/changes/<int:before>/<int:after>/", label.changes, "label_changes"),
    page("guidelines/", guidelines.versions_list, "guidelines"),
    page("guidelines/new/", guidelines.new, "guideline_new"),
    page("guidelines/preview/", guidelines.preview, "guideline_preview"),
    page("guidelines/<int:number>/", guidelines.read, "guideline"),
    page("guidelines/<int:number>/text/", guidelines.text, "guideline_text"),
    page("guidelines/<int:number>/edit/", guidelines.edit, "guideline_edit"),
    page("guidelines/<int:number>/publish/", guidelines.publish, "guideline_publish"),
    page("guidelines/<int:number>/impact/", guidelines.publish_impact, "guideline_impact"),
    page("guidelines/<int:number>/acknowledge/", guidelines.acknowledge, "guideline_acknowledge"),
    page("guidelines/<int:number>/diff/<int:other>/", guidelines.diff, "guideline_diff"),
    page("images/", images.grid, "images"),
    page("gold/", gold.gold_list, "gold"),
    page("gold/new/", gold.choose, "gold_new"),
    page("gold/<int:pk>/", gold.edit, "gold_edit"),
    page("gold/<int:pk>/withdraw/", gold.withdraw, "gold_withdraw"),
    page("gold/<int:pk>/confirm/", gold.confirm, "gold_confirm"),
    page("gold/proposals/", proposals.proposals, "gold_proposals"),
    page("gold/disputes/<int:pk>/reject/", proposals.reject_dispute, "dispute_reject"),
    page("workers/", workers.workers_list, "workers"),
    page("workers/<str:username>/", workers.worker, "worker"),
    page("review/", review.conflicts, "review"),
    page("review/<int:pk>/", review.desk, "desk"),
    page("review/<int:pk>/reopen/", review.reopen, "reopen"),
    page("reports/", reports.reports_list, "reports"),
    page("reports/<int:pk>/answer/", reports.answer, "report_answer"),
    page("releases/", releases.releases_list, "releases"),
    page("releases/rows/", releases.rows, "release_rows"),
    page("releases/cut/", releases.cut, "release_cut"),
    page("releases/<int:number>/", releases.release, "release"),
    page("members/", members.members_list, "members"),
    page("members/<str:username>/remove/", members.remove, "member_remove"),
    page("settings/", settings.change, "settings"),
    page("settings/delete/", settings.delete, "project_delete"),
]
