"""What was erased is gone, and numbers of transactions are this server's."""

from crowd import storage
from crowd.models import Image, Project, Release, ReleaseFile, User
from crowd.queries import image_bytes, thumbnails
from crowd.queries.integrity.base import Check, Found, of, sql

_STONES = """
    SELECT i.id, i.project_id FROM crowd_image i
    LEFT JOIN crowd_tombstone s ON s.image_id = i.id LEFT JOIN crowd_task t ON t.image_id = i.id
    WHERE (i.project_id = %(project)s OR %(project)s IS NULL)
      AND ((i.erased_at IS NULL) <> (s.image_id IS NULL)
           OR i.erased_at IS NOT NULL AND (t.state <> 'excluded' OR i.location <> '' OR i.metadata <> '{}'))
    ORDER BY i.id
"""
_PEOPLE = """
    SELECT u.id FROM crowd_user u WHERE u.erased_at IS NOT NULL AND (
        u.username NOT LIKE 'erased-%%' OR u.email <> '' OR u.first_name <> '' OR u.last_name <> '' OR u.is_active
        OR EXISTS (SELECT FROM crowd_apitoken WHERE user_id = u.id)
        OR EXISTS (SELECT FROM crowd_membership WHERE user_id = u.id)
        OR EXISTS (SELECT FROM account_emailaddress WHERE user_id = u.id)
        OR EXISTS (SELECT FROM mfa_authenticator WHERE user_id = u.id))
    AND %(project)s::bigint IS NULL ORDER BY u.id
"""
_AHEAD = """
    SELECT e.id, e.project_id, e.transaction FROM crowd_event e
    WHERE (e.project_id = %(project)s OR %(project)s IS NULL)
      AND e.transaction >= GREATEST(pg_snapshot_xmax(pg_current_snapshot())::text::bigint,
                                    pg_current_xact_id_if_assigned()::text::bigint + 1)
      AND e.id = (SELECT max(id) FROM crowd_event WHERE project_id = e.project_id)
    ORDER BY e.id
"""


def erased_images(project: Project | None) -> Found:
    """Find images that are erased in part only: no tombstone, at work or told of, or bytes that came back."""
    images = of(Image.objects.all(), project)
    broken = [*sql(_STONES, project, "image {id} of project {project_id} is erased in part only")]
    store = storage.store()
    for image in images.filter(tombstone__swept_at__isnull=False).select_related("tombstone").order_by("pk"):
        release = Release(project_id=image.project_id)
        files = [ReleaseFile(release=release, sha256=sha256).key for sha256 in image.tombstone.packed]
        broken += [
            f"image {image.pk} is erased, and {key}, which held it, is there" for key in files if store.exists(key)
        ]
        if not image_bytes.is_shared(image):
            broken += [
                f"image {image.pk} is erased, and {key} is in the store"
                for key in (image.key, thumbnails.key_of(image))
                if store.exists(key)
            ]
    return images.count(), broken


def erased_people(project: Project | None) -> Found:
    """Find people of whom something is left; they belong to no project."""
    return 0 if project else User.objects.count(), sql(
        _PEOPLE, project, "user {id} was erased, and something of them is left"
    )


def numbered_here(project: Project | None) -> Found:
    """Find projects whose newest event bears a number that no transaction has had: feeds would withhold what comes."""
    line = "event {id} of project {project_id} is of another server: run `manage.py restart_feeds`"
    projects = 1 if project else Project.objects.count()
    return projects, sql(_AHEAD, project, line)


CHECKS = (
    Check(8, "an erased image is given to nobody, and its bytes are gone", erased_images),
    Check(8, "nothing is left of people who were erased but a pseudonym", erased_people),
    Check(7, "events bear numbers of this server's transactions", numbered_here),
)
