"""Drawing open tasks by lot: each as likely as any other, however many there are."""

import random

from django.db import connection

from crowd.models import Project, Task

# Keys alone are read, from an index: of a million in about half a second, and only where a pilot begins.
_AT_PLACES = """
    SELECT id FROM (
        SELECT id, row_number() OVER (ORDER BY id) AS place FROM crowd_task
        WHERE project_id = %(project)s AND state = 'open' AND open_slots > 0 AND begun = %(begun)s
    ) numbered WHERE place = ANY(%(places)s)
"""


def open_tasks(project: Project, *, count: int, rng: random.Random) -> list[int]:
    """Return up to `count` open tasks, drawn without replacement: what nobody has been given yet, then other ones."""
    found: list[int] = []
    for begun in (False, True):
        total = project.tasks.filter(state=Task.State.OPEN, open_slots__gt=0, begun=begun).count()
        places = [place + 1 for place in rng.sample(range(total), min(count - len(found), total))]
        with connection.cursor() as cursor:
            cursor.execute(_AT_PLACES, {"project": project.pk, "begun": begun, "places": places})
            found += [key for (key,) in cursor.fetchall()]
    return found
