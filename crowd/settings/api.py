"""The API: how it reads, writes and refuses, and how its document is made."""

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "crowd.api.authentication.BearerAuthentication",
        "crowd.api.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["crowd.api.parsers.JSONParser"],
    "DEFAULT_PAGINATION_CLASS": "crowd.api.pagination.Pagination",
    "DEFAULT_SCHEMA_CLASS": "crowd.api.schema.Schema",
    "EXCEPTION_HANDLER": "crowd.api.errors.handle",
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
}
SPECTACULAR_SETTINGS = {
    "TITLE": "crowd",
    "DESCRIPTION": (
        "Crowd labelling: projects, versioned guidelines, assignments, consensus, review, releases.\n\n"
        "What people read (`detail`, `errors`, a worker's reasons) is English; with `Accept-Language: de` what workers "
        "meet is German. What programs read, `code` first, is the same in every language."
    ),
    "VERSION": "1",
    "OAS_VERSION": "3.1.0",  # 3.0 cannot say that a shape defined elsewhere may be null
    "SERVE_INCLUDE_SCHEMA": False,
    "ENUM_NAME_OVERRIDES": {
        "BulkState": "crowd.models.bulk.Bulk.State",
        "ConflictKind": "crowd.models.conflict.Conflict.Kind",
        "ConflictOutcome": "crowd.models.conflict.Conflict.Outcome",
        "DisputeOutcome": "crowd.models.dispute.Dispute.Outcome",
        "DirectUploadState": "crowd.models.direct_upload.DirectUpload.State",
        "ImportState": "crowd.models.imports.Import.State",
        "PilotState": "crowd.models.pilot.Pilot.State",
        "ReportKind": "crowd.models.report.Report.Kind",
        "TaskState": "crowd.models.task.Task.State",
        "WebhookState": "crowd.models.webhook.Webhook.State",
    },
    "SCHEMA_PATH_PREFIX": r"/api/v1",
    "ENFORCE_NON_BLANK_FIELDS": True,
    "POSTPROCESSING_HOOKS": ["drf_spectacular.hooks.postprocess_schema_enums", "crowd.api.schema.finish"],
    "COMPONENT_SPLIT_REQUEST": True,
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "SWAGGER_UI_SETTINGS": {"deepLinking": True, "displayRequestDuration": True},
}
