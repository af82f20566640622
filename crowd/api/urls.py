"""Addresses of the API. What has an id of its own is found by it, with or without its project before it."""

from django.urls import URLPattern, path, register_converter

from crowd.api import (
    account,
    appeals,
    assignments,
    bulk,
    conflicts,
    derivations,
    disputes,
    feeds,
    gold,
    guideline_drafts,
    guideline_examples,
    guidelines,
    image_quality,
    images,
    imports,
    members,
    model_server,
    models,
    pilots,
    prelabels,
    projects,
    proposals,
    releases,
    reports,
    scores,
    simulations,
    smart,
    tasks,
    uploads,
    webhooks,
    workers,
)


class Username:
    """A user's name in an address."""

    regex = r"[\w.@+-]{1,150}"

    def to_python(self, value: str) -> str:
        """Return it as it is."""
        return value

    def to_url(self, value: str) -> str:
        """Return it as it is."""
        return value


register_converter(Username, "username")


def by_id(*, in_project: bool = False) -> list[URLPattern]:
    """Return the addresses of what has an id of its own."""
    return [
        path("assignments/<str:pk>/", assignments.AssignmentDetail.as_view(in_project=in_project)),
        path("assignments/<str:pk>/submit/", assignments.AssignmentSubmit.as_view(in_project=in_project)),
        path("assignments/<str:pk>/propose/", smart.AssignmentPropose.as_view(in_project=in_project)),
        path("assignments/<str:pk>/skip/", assignments.AssignmentSkip.as_view(in_project=in_project)),
        path("tasks/<str:pk>/", tasks.TaskDetail.as_view(in_project=in_project)),
        path("tasks/<str:pk>/adjudicate/", tasks.TaskAdjudicate.as_view(in_project=in_project)),
        path("tasks/<str:pk>/reopen/", tasks.TaskReopen.as_view(in_project=in_project)),
        path("tasks/<str:pk>/ask/", tasks.TaskAsk.as_view(in_project=in_project)),
        path("conflicts/<str:pk>/", conflicts.ConflictDetail.as_view(in_project=in_project)),
        path("conflicts/<str:pk>/take/", conflicts.ConflictTake.as_view(in_project=in_project)),
        path("conflicts/<str:pk>/release/", conflicts.ConflictRelease.as_view(in_project=in_project)),
        path("conflicts/<str:pk>/escalate/", conflicts.ConflictEscalate.as_view(in_project=in_project)),
        path("conflicts/<str:pk>/comments/", conflicts.ConflictComments.as_view(in_project=in_project)),
        path("appeals/<str:pk>/decide/", appeals.AppealDecide.as_view(in_project=in_project)),
        path("assignments/<str:pk>/dispute/", disputes.AssignmentDispute.as_view(in_project=in_project)),
        path("assignments/<str:pk>/report/", reports.AssignmentReport.as_view(in_project=in_project)),
        path("reports/<str:pk>/", reports.ReportDetail.as_view(in_project=in_project)),
        path("gold/<str:pk>/", gold.GoldDetail.as_view(in_project=in_project)),
        path("gold/<str:pk>/confirm/", gold.GoldConfirm.as_view(in_project=in_project)),
        path("imports/<str:pk>/", imports.ImportDetail.as_view(in_project=in_project)),
        path("imports/<str:pk>/cancel/", imports.ImportCancel.as_view(in_project=in_project)),
        path("imports/<str:pk>/errors/", imports.ImportErrors.as_view(in_project=in_project)),
        path("uploads/<str:pk>/complete/", uploads.UploadComplete.as_view(in_project=in_project)),
        path("webhooks/<str:pk>/", webhooks.WebhookDetail.as_view(in_project=in_project)),
        path("webhooks/<str:pk>/rotate/", webhooks.WebhookRotate.as_view(in_project=in_project)),
        path("webhooks/<str:pk>/deliveries/", webhooks.WebhookDeliveries.as_view(in_project=in_project)),
        path("deliveries/<str:pk>/redeliver/", webhooks.DeliveryRedeliver.as_view(in_project=in_project)),
    ]


PROJECT = "projects/<slug:slug>/"
OF_PROJECT = [
    path("", projects.ProjectDetail.as_view()),
    path("members/", members.MemberList.as_view()),
    path("members/<username:username>/", members.MemberDetail.as_view()),
    path("invitations/", members.InvitationList.as_view()),
    path("invitations/<int:pk>/", members.InvitationDetail.as_view()),
    path("duplicate/", projects.ProjectDuplicate.as_view()),
    path("archive/", projects.ProjectArchive.as_view()),
    path("unarchive/", projects.ProjectUnarchive.as_view()),
    path("restore/", projects.ProjectRestore.as_view()),
    path("transfer/", projects.ProjectTransfer.as_view()),
    path("tokens/", members.TokenList.as_view()),
    path("tokens/<int:pk>/", members.TokenDetail.as_view()),
    path("guidelines/", guidelines.GuidelineList.as_view()),
    path("guidelines/<int:number>/", guidelines.GuidelineDetail.as_view()),
    path("guidelines/<int:number>/publish/", guidelines.GuidelinePublish.as_view()),
    path("guidelines/<int:number>/acknowledge/", guidelines.GuidelineAcknowledge.as_view()),
    path("guidelines/<int:number>/impact/", guidelines.GuidelineImpact.as_view()),
    path("guidelines/import/", guideline_drafts.GuidelineImport.as_view()),
    path("guidelines/<int:number>/begin/", guideline_drafts.GuidelineBegin.as_view()),
    path("guidelines/<int:number>/review/", guideline_drafts.GuidelineReview.as_view()),
    path("guidelines/<int:number>/approve/", guideline_drafts.GuidelineApprove.as_view()),
    path("guidelines/<int:number>/examples/", guideline_examples.ExampleList.as_view()),
    path("guidelines/<int:number>/examples/<int:pk>/", guideline_examples.ExampleDetail.as_view()),
    path("guidelines/<int:number>/diff/<int:other>/", guidelines.GuidelineDiff.as_view()),
    path("images/", images.ImageList.as_view()),
    path("images/<int:pk>/", images.ImageDetail.as_view()),
    path("images/quality/", image_quality.ImageQualityReport.as_view()),
    path("images/quality/images/", image_quality.ImageQualityFound.as_view()),
    path("imports/", imports.ImportList.as_view()),
    path("uploads/", uploads.UploadList.as_view()),
    path("tasks/", tasks.TaskList.as_view()),
    path("tasks/bulk/", bulk.BulkList.as_view()),
    path("tasks/bulk/<int:pk>/", bulk.BulkDetail.as_view()),
    path("tasks/bulk/<int:pk>/cancel/", bulk.BulkCancel.as_view()),
    path("conflicts/", conflicts.ConflictList.as_view()),
    path("conflicts/next/", conflicts.ConflictNext.as_view()),
    path("conflicts/accept/", conflicts.ConflictAccept.as_view()),
    path("gold/", gold.GoldList.as_view()),
    path("gold/proposals/", proposals.ProposalList.as_view()),
    path("gold/proposals/<int:pk>/approve/", proposals.ProposalApprove.as_view()),
    path("gold/proposals/<int:pk>/reject/", proposals.ProposalReject.as_view()),
    path("disputes/", disputes.DisputeList.as_view()),
    path("disputes/<int:pk>/reject/", disputes.DisputeReject.as_view()),
    path("pilots/", pilots.PilotList.as_view()),
    path("pilots/open-rest/", pilots.PilotOpenRest.as_view()),
    path("pilots/<int:number>/", pilots.PilotDetail.as_view()),
    path("pilots/<int:number>/finish/", pilots.PilotFinish.as_view()),
    path("pilots/<int:number>/cancel/", pilots.PilotCancel.as_view()),
    path("prelabels/", prelabels.Prelabels.as_view()),
    path("models/", models.ModelList.as_view()),
    path("models/<int:pk>/", models.ModelDetail.as_view()),
    path("models/<int:pk>/mistakes/", models.ModelMistakes.as_view()),
    path("scores/", scores.Scores.as_view()),
    path("model-server/", model_server.ModelServerDetail.as_view()),
    path("model-server/try/", model_server.ModelServerTry.as_view()),
    path("model-server/runs/", model_server.ModelRunList.as_view()),
    path("model-server/runs/<int:pk>/", model_server.ModelRunDetail.as_view()),
    path("model-server/runs/<int:pk>/cancel/", model_server.ModelRunCancel.as_view()),
    path("me/", assignments.Me.as_view()),
    path("me/appeal/", appeals.OwnAppeal.as_view()),
    path("me/reports/", reports.OwnReports.as_view()),
    path("reports/", reports.ReportList.as_view()),
    path("appeals/", appeals.AppealList.as_view()),
    path("stats/", workers.Stats.as_view()),
    path("simulate/", simulations.Simulate.as_view()),
    path("workers/", workers.WorkerList.as_view()),
    path("workers/<username:username>/", workers.WorkerDetail.as_view()),
    path("releases/", releases.ReleaseList.as_view()),
    path("releases/<int:number>/", releases.ReleaseDetail.as_view()),
    path("releases/<int:number>/diff/<int:other>/", releases.ReleaseDiff.as_view()),
    path("releases/<int:number>/cancel/", releases.ReleaseCancel.as_view()),
    path("releases/<int:number>/images/", releases.ReleaseImages.as_view()),
    path("releases/<int:number>/files/<slug:format_name>/", releases.ReleaseFileDetail.as_view()),
    path("releases/<int:number>/derive/", derivations.ReleaseDerive.as_view()),
    path("origin/", derivations.Origin.as_view()),
    path("labels/", feeds.Labels.as_view()),
    path("events/", feeds.Events.as_view()),
    path("webhooks/", webhooks.WebhookList.as_view()),
]

urlpatterns = [
    path(f"{PROJECT}assignments/", assignments.Claim.as_view()),  # first, as it is asked for most
    *by_id(),
    path("projects/", projects.ProjectList.as_view()),
    path("account/", account.Account.as_view()),
    *(path(PROJECT + str(one.pattern), one.callback) for one in OF_PROJECT),
    *(path(PROJECT + str(one.pattern), one.callback) for one in by_id(in_project=True)),
]
