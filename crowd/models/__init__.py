"""One noun per file: fields, constraints, querysets. What must always hold is said here first, to the database."""

from crowd.models.appeal import Appeal
from crowd.models.assignment import Assignment
from crowd.models.attempt import Attempt
from crowd.models.bulk import Bulk
from crowd.models.conflict import Conflict, ConflictComment
from crowd.models.consensus import Consensus, Lineage
from crowd.models.delivery import Delivery
from crowd.models.derivation import Derivation
from crowd.models.direct_upload import DirectUpload
from crowd.models.dispute import Dispute
from crowd.models.epoch import Epoch
from crowd.models.event import Event
from crowd.models.facet import Facet, FacetLabel
from crowd.models.failed_job import FailedJob
from crowd.models.fit import Fit
from crowd.models.fit_run import FitRun, FitShard
from crowd.models.gold import Gold, GoldCheck
from crowd.models.guideline import Acknowledgement, Guideline
from crowd.models.guideline_example import GuidelineExample
from crowd.models.idempotency import IdempotencyKey
from crowd.models.image import Image
from crowd.models.image_quality import ImageQuality
from crowd.models.imports import Import, Refusal, SourceObject
from crowd.models.invitation import Invitation
from crowd.models.measure import Measure
from crowd.models.membership import Membership
from crowd.models.model_server import ModelRun, ModelServer
from crowd.models.model_version import Mistake, ModelVersion, Prediction
from crowd.models.note import Note
from crowd.models.pilot import Pilot, PilotTask
from crowd.models.process import Process
from crowd.models.project import Project
from crowd.models.proposal import GoldProposal
from crowd.models.qualification import ExamAnswer, Qualification
from crowd.models.refit import Recheck, RefitRequest
from crowd.models.release import Release, ReleaseFile, Split
from crowd.models.report import Report
from crowd.models.saved_filter import SavedFilter
from crowd.models.standing import Standing, StandingVersion
from crowd.models.summary import Digest, Figure, Summary
from crowd.models.task import Task
from crowd.models.token import ApiToken
from crowd.models.tombstone import Tombstone
from crowd.models.user import User
from crowd.models.webhook import Webhook

__all__ = [
    "Acknowledgement",
    "ApiToken",
    "Appeal",
    "Assignment",
    "Attempt",
    "Bulk",
    "Conflict",
    "ConflictComment",
    "Consensus",
    "Delivery",
    "Derivation",
    "Digest",
    "DirectUpload",
    "Dispute",
    "Epoch",
    "Event",
    "ExamAnswer",
    "Facet",
    "FacetLabel",
    "FailedJob",
    "Figure",
    "Fit",
    "FitRun",
    "FitShard",
    "Gold",
    "GoldCheck",
    "GoldProposal",
    "Guideline",
    "GuidelineExample",
    "IdempotencyKey",
    "Image",
    "ImageQuality",
    "Import",
    "Invitation",
    "Lineage",
    "Measure",
    "Membership",
    "Mistake",
    "ModelRun",
    "ModelServer",
    "ModelVersion",
    "Note",
    "Pilot",
    "PilotTask",
    "Prediction",
    "Process",
    "Project",
    "Qualification",
    "Recheck",
    "RefitRequest",
    "Refusal",
    "Release",
    "ReleaseFile",
    "Report",
    "SavedFilter",
    "SourceObject",
    "Split",
    "Standing",
    "StandingVersion",
    "Summary",
    "Task",
    "Tombstone",
    "User",
    "Webhook",
]
