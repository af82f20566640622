"""How each rule about tombstones and epochs would be broken."""

from collections.abc import Callable

from crowd.models import Epoch, Tombstone
from tests.factories import scene

NAME = "0123456789ab"


def epoch(found: scene.Scene, name: str = NAME) -> Epoch:
    return Epoch.objects.create(name=name, began_at=found.release.created_at)


def unexplained(found: scene.Scene) -> None:
    Tombstone.objects.create(image=found.agreed.image, reason="", at=found.release.created_at)


CASES: dict[str, Callable[[scene.Scene], object]] = {
    "epoch.name": lambda found: (epoch(found), epoch(found)),
    "epoch_name": lambda found: epoch(found, "later"),
    "tombstone_says_why": unexplained,
}
