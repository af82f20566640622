"""Projects and their settings."""

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from crowd.api.base import ApiView
from crowd.models import Membership, Project
from crowd.queries import scope
from crowd.workflow import projects


class ProjectSerializer(serializers.ModelSerializer):
    """A project with its settings; what is not sent keeps its value, or its default in a new one."""

    slug = serializers.SlugField(max_length=60, required=False)
    role = serializers.SerializerMethodField()
    guideline = serializers.SerializerMethodField()

    class Meta:
        model = Project
        fields = ["slug", "name", "role", "guideline", "created_at", *projects.SETTINGS]
        read_only_fields = ["created_at"]

    def get_role(self, project: Project) -> str | None:
        """The caller's own."""
        member = Membership.objects.filter(project=project, user=self.context["request"].user).first()
        return member.role if member else None

    def get_guideline(self, project: Project) -> int | None:
        """The number of the version in force."""
        return project.guidelines.filter(state="published").values_list("number", flat=True).first()


class ProjectList(ApiView):
    """The caller's projects; anybody may make one, and owns it."""

    @extend_schema(responses=ProjectSerializer(many=True), operation_id="projects_list")
    def get(self, request: Request) -> Response:
        """List the projects that you are a member of."""
        return self.page(Project.objects.of_member(self.user), ProjectSerializer)

    @extend_schema(request=ProjectSerializer, responses={201: ProjectSerializer}, operation_id="projects_create")
    def post(self, request: Request) -> Response:
        """Make a project, and be its owner."""
        sent = ProjectSerializer(data=request.data, context={"request": request})
        sent.is_valid(raise_exception=True)
        fields = dict(sent.validated_data)
        project = projects.create(
            by=self.user,
            name=fields.pop("name"),
            slug=fields.pop("slug", ""),
            settings=fields,
            now=timezone.now(),
        )
        return Response(ProjectSerializer(project, context={"request": request}).data, status=201)


class ProjectDetail(ApiView):
    """One project."""

    @extend_schema(responses=ProjectSerializer, operation_id="projects_read")
    def get(self, request: Request, slug: str) -> Response:
        """Read a project's settings."""
        return Response(ProjectSerializer(self.project(), context={"request": request}).data)

    @extend_schema(request=ProjectSerializer(partial=True), responses=ProjectSerializer, operation_id="projects_change")
    def patch(self, request: Request, slug: str) -> Response:
        """Change settings."""
        project = self.project(scope.OWNERS)
        sent = ProjectSerializer(project, data=request.data, partial=True, context={"request": request})
        sent.is_valid(raise_exception=True)
        changes = {name: value for name, value in sent.validated_data.items() if name != "slug"}
        project = projects.update(project=project, by=self.user, changes=changes, now=timezone.now())
        return Response(ProjectSerializer(project, context={"request": request}).data)

    @extend_schema(responses={204: None}, operation_id="projects_delete")
    def delete(self, request: Request, slug: str) -> Response:
        """Take a project out of everybody's sight."""
        projects.delete(project=self.project(scope.OWNERS), by=self.user, now=timezone.now())
        return Response(status=204)
