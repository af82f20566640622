"""Every address of the API as its URL map has it, so that none can be forgotten."""

from dataclasses import dataclass

from crowd.api.urls import urlpatterns
from tests.api.world import V1, World

VERBS = ("GET", "POST", "PUT", "PATCH", "DELETE")


@dataclass(frozen=True)
class Route:
    """An address with holes, and the verbs it serves."""

    path: str
    verbs: tuple[str, ...]

    @property
    def noun(self) -> str:
        """The address without the project before it."""
        return self.path.removeprefix("projects/<slug:slug>/")

    def fill(self, world: World, **others: object) -> str:
        """Return the address with real names and ids in it."""
        ids = {
            "assignments/": world.held.pk,
            "tasks/bulk/": world.bulk.pk,
            "model-server/runs/": world.model_run.pk,
            "models/": world.model_run.model_id,
            "tasks/": world.agreed.pk,
            "gold/proposals/": world.proposal.pk,
            "gold/": world.gold.pk,
            "disputes/": world.dispute.pk,
            "appeals/": world.appeal.pk,
            "imports/": world.brought.pk,
            "conflicts/": world.conflict.pk,
            "images/": world.agreed.image_id,
            "uploads/": world.upload.pk,
            "reports/": world.report.pk,
            "tokens/": world.token.pk,
            "invitations/": world.invitation.pk,
            "webhooks/": world.webhook.pk,
            "deliveries/": world.delivery.pk,
            "guidelines/": world.example.pk,
        }
        pk = next((key for noun, key in ids.items() if self.noun.startswith(noun)), "")
        path = self.path
        holes = {
            "<slug:slug>": world.project.slug,
            "<str:pk>": pk,
            "<int:pk>": pk,
            "<int:number>": 2 if "examples/<int:pk>" in path else 1,  # examples of drafts may be changed
            "<int:other>": 1,
            "<username:username>": world.users["colleague"].username,
            "<slug:format_name>": "jsonl",
        } | others
        for hole, value in holes.items():
            path = path.replace(hole, str(value))
        assert "<" not in path, f"say in tests/api/routes.py what stands in {self.path}"
        return V1 + path


ROUTES = [
    Route(str(one.pattern), tuple(verb for verb in VERBS if verb in one.callback.cls().allowed_methods))
    for one in urlpatterns
]
CALLS = [(route, verb) for route in ROUTES for verb in route.verbs]
