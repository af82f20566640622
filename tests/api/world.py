"""One project with everything in it, the people around it, and a stranger who has the like."""

import copy
from dataclasses import dataclass, field
from datetime import timedelta

from django.utils import timezone
from rest_framework.test import APIClient

from crowd.models import (
    ApiToken,
    Appeal,
    Assignment,
    Bulk,
    Conflict,
    Delivery,
    Derivation,
    DirectUpload,
    Dispute,
    Gold,
    GoldProposal,
    GuidelineExample,
    Import,
    Invitation,
    ModelRun,
    ModelServer,
    Project,
    Release,
    Report,
    Task,
    User,
    Webhook,
)
from crowd.workflow import accounts, conflicts, webhooks
from crowd.workflow.guidelines import examples, publishing
from crowd.workflow.predictions import predicting
from crowd.workflow.projects import inviting
from crowd.workflow.tasks import bulk
from crowd.workflow.workers import disputing, reporting
from tests.factories import make, scene

V1 = "/api/v1/"
PEOPLE = ("anonymous", "stranger", "worker", "colleague", "reviewer", "owner")


def client(user: User | None = None, **headers: str) -> APIClient:
    """A client that calls as a user, by a real token; without a user as nobody."""
    made = APIClient(raise_request_exception=False)
    if user is not None:
        headers["HTTP_AUTHORIZATION"] = f"Bearer {make.token(user)}"
    made.credentials(**headers)
    return made


@dataclass
class World:
    """Who and what is in it; `held` is a lease of `worker`."""

    project: Project
    agreed: Task
    ruled: Task
    gold: Gold
    release: Release
    held: Assignment
    appeal: Appeal
    dispute: Dispute
    proposal: GoldProposal
    brought: Import
    upload: DirectUpload
    bulk: Bulk
    model_run: ModelRun
    conflict: Conflict
    invitation: Invitation
    report: Report
    example: GuidelineExample
    webhook: Webhook
    delivery: Delivery
    token: ApiToken
    secret: str
    users: dict[str, User]
    foreign: Project
    foreign_gold: Gold
    foreign_task: Task
    clients: dict[str, APIClient] = field(default_factory=dict)

    @property
    def base(self) -> str:
        """The project's address."""
        return f"{V1}projects/{self.project.slug}/"

    def afresh(self) -> "World":
        """Return the same with every row read again and no client made yet."""
        made = copy.copy(self)
        made.clients, made.users = {}, {who: User.objects.get(pk=user.pk) for who, user in self.users.items()}
        for name in (
            "project",
            "agreed",
            "ruled",
            "gold",
            "release",
            "held",
            "appeal",
            "dispute",
            "proposal",
            "brought",
            "upload",
            "bulk",
            "model_run",
            "conflict",
            "invitation",
            "example",
            "report",
            "webhook",
            "delivery",
            "token",
            "foreign",
            "foreign_gold",
        ):
            row = getattr(self, name)
            setattr(made, name, type(row)._default_manager.get(pk=row.pk))
        return made

    def as_(self, who: str) -> APIClient:
        """A client of one of the people."""
        if who not in self.clients:
            self.clients[who] = client(self.users.get(who))
        return self.clients[who]


def world() -> World:
    """Make it."""
    made = scene.everything()
    publishing.draft(project=made.project, by=made.owner, body="# Next", schema=make.SCHEMA, now=timezone.now())
    worker, colleague = make.member(made.project, username="worker"), make.member(made.project, username="colleague")
    make.task(made.project)
    scene.piloted(made)
    [held] = make.claim(made.project, worker)
    secret = accounts.issue_token(
        user=made.owner,
        project=made.project,
        scopes=(ApiToken.Scope.READ_RELEASES,),
        lifetime=timedelta(days=1),
        now=timezone.now(),
    )
    stranger = make.user("stranger")
    foreign = make.project(stranger)
    webhook = webhooks.create(project=made.project, by=made.owner, url="https://8.8.8.8/", now=timezone.now())
    ModelServer.objects.create(  # where nobody is called
        project=made.project, url="http://127.0.0.1:9/", name="net", version="2", changed_by=made.owner,
        changed_at=timezone.now(),
    )  # fmt: skip
    Derivation.objects.create(
        project=made.project, release=made.release, by=made.owner, state=Derivation.State.DONE,
        created_at=timezone.now(), moved_at=timezone.now(), finished_at=timezone.now(),
    )  # fmt: skip
    return World(
        project=made.project,
        agreed=made.agreed,
        ruled=made.ruled,
        gold=made.gold,
        release=made.release,
        held=held,
        appeal=Appeal.objects.get(standing__project=made.project),
        dispute=disputing.dispute(
            assignment=Assignment.objects.valid().get(task=made.gold.task_id), text="It barks.", now=timezone.now()
        ),
        proposal=GoldProposal.objects.create(
            project=made.project,
            task=made.agreed,
            consensus=made.agreed.consensus,
            category="cat",
            answers=3,
            created_at=timezone.now(),
        ),
        report=reporting.report(assignment=held, kind="question", comment="Is it a dog?", now=timezone.now()),
        example=examples.add(
            project=made.project,
            number=2,
            image=str(made.agreed.image_id),
            label="car",
            verdict="right",
            annotation={},
            by=made.owner,
            now=timezone.now(),
        ),
        brought=Import.objects.create(
            project=made.project,
            source="manifest",
            created_by=made.owner,
            created_at=timezone.now(),
            moved_at=timezone.now(),
        ),
        upload=DirectUpload.objects.create(
            project=made.project, created_by=made.owner, name="a.png", bytes=1, created_at=timezone.now()
        ),
        bulk=bulk.begin(project=made.project, action="include", by=made.owner, query={}, now=timezone.now()),
        model_run=ModelRun.objects.create(
            project=made.project,
            model=predicting.version(project=made.project, name="net 1", now=timezone.now()),
            by=made.owner,
            upto=0,
            state=ModelRun.State.DONE,
            created_at=timezone.now(),
            moved_at=timezone.now(),
            finished_at=timezone.now(),
        ),
        conflict=conflicts.set_aside(
            task=held.task, kind=Conflict.Kind.REPORTED, now=timezone.now(), reason="It is blurred."
        ),
        invitation=inviting.invite(project=made.project, role="worker", by=made.owner, now=timezone.now()),
        webhook=webhook,
        delivery=Delivery.objects.create(
            webhook=webhook,
            event=made.project.events.order_by("pk")[0],
            state=Delivery.State.DEAD,
            created_at=timezone.now(),
        ),
        token=ApiToken.objects.get(project=made.project),
        secret=secret,
        users={
            "owner": made.owner,
            "reviewer": User.objects.get(memberships__project=made.project, memberships__role="reviewer"),
            "worker": worker,
            "colleague": colleague,
            "stranger": stranger,
        },
        foreign=foreign,
        foreign_gold=make.golden(foreign),
        foreign_task=make.task(foreign),
    )
