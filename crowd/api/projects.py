"""Projects and their settings."""

from typing import Any

from django.utils import timezone
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework.request import Request
from rest_framework.response import Response

from crowd.api import serializers
from crowd.api.base import ApiView
from crowd.api.conditional import KeptView
from crowd.consensus import METHODS
from crowd.errors import Missing
from crowd.models import Membership, Project
from crowd.queries import projects as read
from crowd.queries import scope
from crowd.workflow import projects
from crowd.workflow.projects import life


@extend_schema_field({"type": "string", "enum": sorted(METHODS)})
class Method(serializers.CharField):
    """How answers are merged."""


class ProjectSerializer(serializers.ModelSerializer):
    """A project, for owners with its settings; what is not sent keeps its value, or its default in a new one."""

    consensus = Method(required=False)
    slug = serializers.SlugField(max_length=60, required=False, help_text="Made from the name where none is given.")
    role = serializers.ChoiceField(choices=Membership.Role.choices, read_only=True, help_text="The caller's own.")
    guideline = serializers.IntegerField(read_only=True, allow_null=True, help_text="The version in force.")

    class Meta:
        model = Project
        fields = ["slug", "name", "role", "guideline", "created_at", "archived_at", *projects.SETTINGS]
        read_only_fields = ["created_at", "archived_at"]

    def validate_slug(self, slug: str) -> str:
        """Refuse another one: addresses are for good."""
        if isinstance(self.instance, Project) and slug != self.instance.slug:
            raise serializers.ValidationError("A project's slug never changes.")
        return slug

    def to_representation(self, project: Project) -> dict[str, Any]:
        """Return the project; how workers are checked is not told to those who do not own it."""
        shown = super().to_representation(project)
        if shown["role"] != Membership.Role.OWNER:
            shown = {name: value for name, value in shown.items() if name not in projects.SETTINGS}
        return shown


class ProjectView(ApiView):
    """What both addresses answer with."""

    def shown(self, project: Project) -> dict[str, Any]:
        """Return the project as the caller sees it."""
        return ProjectSerializer(read.of_member(self.user).get(pk=project.pk)).data


class ProjectList(ProjectView):
    """The caller's projects; anybody may make one, and owns it."""

    @extend_schema(responses=ProjectSerializer(many=True), operation_id="projects_list")
    def get(self, request: Request) -> Response:
        """List the projects that you are a member of."""
        return self.page(read.of_member(self.user), ProjectSerializer)

    @extend_schema(request=ProjectSerializer, responses={201: ProjectSerializer}, operation_id="projects_create")
    def post(self, request: Request) -> Response:
        """Make a project, and be its owner."""
        sent = ProjectSerializer(data=request.data)
        sent.is_valid(raise_exception=True)
        fields = dict(sent.validated_data)
        project = projects.create(
            by=self.user,
            name=fields.pop("name"),
            slug=fields.pop("slug", ""),
            settings=fields,
            now=timezone.now(),
        )
        return Response(self.shown(project), status=201)


class ProjectDetail(KeptView, ProjectView):
    """One project."""

    def hold(self) -> None:
        """Lock the project."""
        self.though_archived = self.request.method == "DELETE"
        Project.objects.select_for_update(no_key=True).filter(pk=self.project(scope.OWNERS).pk).first()

    @extend_schema(responses=ProjectSerializer, operation_id="projects_read")
    def get(self, request: Request, slug: str) -> Response:
        """Read a project's settings."""
        return Response(self.shown(self.project(scope.OWNERS)))

    @extend_schema(request=ProjectSerializer(partial=True), responses=ProjectSerializer, operation_id="projects_change")
    def patch(self, request: Request, slug: str) -> Response:
        """Change settings."""
        project = self.project(scope.OWNERS)
        sent = ProjectSerializer(project, data=request.data, partial=True)
        sent.is_valid(raise_exception=True)
        changes = {name: value for name, value in sent.validated_data.items() if name != "slug"}
        project = projects.update(project=project, by=self.user, changes=changes, now=timezone.now())
        return Response(self.shown(project))

    @extend_schema(responses={204: None}, operation_id="projects_delete")
    def delete(self, request: Request, slug: str) -> Response:
        """Take a project out of everybody's sight; for a month an owner can bring it back."""
        self.though_archived = True
        projects.delete(project=self.project(scope.OWNERS), by=self.user, now=timezone.now())
        return Response(status=204)


class DuplicateSerializer(serializers.Serializer):
    """The new project's name, and whether the members come along."""

    name = serializers.CharField(max_length=200)
    people = serializers.BooleanField(required=False, default=False)


class ProjectDuplicate(ProjectView):
    """Another project like this one."""

    though_archived = True

    @extend_schema(request=DuplicateSerializer, responses={201: ProjectSerializer}, operation_id="projects_duplicate")
    def post(self, request: Request, slug: str) -> Response:
        """Make a project with the same settings and the guideline as a draft; no images."""
        project = self.project(scope.OWNERS)
        sent = DuplicateSerializer(data=request.data)
        sent.is_valid(raise_exception=True)
        made = life.duplicate(project=project, by=self.user, now=timezone.now(), **sent.validated_data)
        return Response(self.shown(made), status=201)


class ProjectArchive(ProjectView):
    """A project that is read, and not changed."""

    @extend_schema(request=None, responses=ProjectSerializer, operation_id="projects_archive")
    def post(self, request: Request, slug: str) -> Response:
        """Make a project read-only: nobody is given work, nothing is changed."""
        return Response(self.shown(life.archive(project=self.found(), by=self.user, now=timezone.now())))

    def found(self) -> Project:
        """Return the project, archived or not."""
        self.though_archived = True
        return self.project(scope.OWNERS)


class ProjectUnarchive(ProjectArchive):
    """A project that is changed again."""

    @extend_schema(request=None, responses=ProjectSerializer, operation_id="projects_unarchive")
    def post(self, request: Request, slug: str) -> Response:
        """Open an archived project again; it stays paused until its settings say otherwise."""
        return Response(self.shown(life.unarchive(project=self.found(), by=self.user, now=timezone.now())))


class ProjectRestore(ProjectView):
    """A deleted project that is back."""

    though_archived = True

    @extend_schema(request=None, responses=ProjectSerializer, operation_id="projects_restore")
    def post(self, request: Request, slug: str) -> Response:
        """Bring a deleted project back, within its days of grace; one that was not deleted stays as it is."""
        try:
            project = self.project(scope.OWNERS)
        except Missing:
            project = life.restore(slug=slug, by=self.user, now=timezone.now())
        return Response(self.shown(project))


class TransferSerializer(serializers.Serializer):
    """Who owns the project from now on, and what becomes of the caller."""

    username = serializers.CharField(max_length=150)
    stays = serializers.ChoiceField(
        choices=["reviewer"], required=False, allow_blank=True, default="", help_text="Empty: you leave the project."
    )


class ProjectTransfer(ProjectView):
    """A project in other hands."""

    @extend_schema(request=TransferSerializer, responses={204: None}, operation_id="projects_transfer")
    def post(self, request: Request, slug: str) -> Response:
        """Make somebody else the owner in your place."""
        project = self.project(scope.OWNERS)
        sent = TransferSerializer(data=request.data)
        sent.is_valid(raise_exception=True)
        life.transfer(project=project, by=self.user, now=timezone.now(), **sent.validated_data)
        return Response(status=204)
