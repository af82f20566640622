"""Tasks: one image to be labelled in one project."""

from typing import Self

import pgtrigger
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Random

from crowd.models.guideline import Guideline
from crowd.models.image import Image
from crowd.models.membership import Membership
from crowd.models.project import Project
from crowd.models.triggers import changed
from crowd.models.user import User


class TaskQuerySet(models.QuerySet["Task"]):
    """Tasks, scoped to who asks."""

    def overseen_by(self, user: User) -> Self:
        """Keep the tasks of projects that `user` owns or reviews."""
        return self.filter(
            project__deleted_at__isnull=True,
            project__memberships__user=user,
            project__memberships__role__in=[Membership.Role.OWNER, Membership.Role.REVIEWER],
        )

    def ordinary(self) -> Self:
        """Leave out those whose answer is known; what was gold once is ordinary again."""
        return self.filter(Q(gold__isnull=True) | Q(gold__withdrawn_at__isnull=False))


_QUEUED = Q(state="open", open_slots__gt=0)

# what `Facet` and `FacetLabel` hold of a task, brought up to date
FACETS_KEPT = """
    IF TG_OP = 'INSERT' OR NEW.consensus_id IS DISTINCT FROM OLD.consensus_id THEN
        SELECT crowd_labels_of(annotation) INTO labels FROM crowd_consensus WHERE id = NEW.consensus_id;
        DELETE FROM crowd_facetlabel WHERE task_id = NEW.id AND label <> ALL (COALESCE(labels, '{}'));
        INSERT INTO crowd_facetlabel (task_id, project_id, label)
            SELECT NEW.id, NEW.project_id, each FROM unnest(labels) AS each
            ON CONFLICT (task_id, label) DO NOTHING;
    END IF;
    INSERT INTO crowd_facet (task_id, project_id, confidence, agreement, guideline_id, score, uncertainty)
        SELECT NEW.id, NEW.project_id, made.confidence, made.agreement, made.guideline_id, NEW.prelabel_score,
               NEW.uncertainty
        FROM (SELECT NEW.consensus_id AS id) AS named LEFT JOIN crowd_consensus AS made ON made.id = named.id
        ON CONFLICT (task_id) DO UPDATE SET (confidence, agreement, guideline_id, score, uncertainty)
            = (excluded.confidence, excluded.agreement, excluded.guideline_id, excluded.score, excluded.uncertainty);
    RETURN NULL;
"""


class Task(models.Model):
    """One image to be labelled.

    `open_slots` is `overlap` less the live assignments (leased, or submitted and valid), kept on this row and changed
    in the same transaction as the assignment: counting children and then locking the parent over-assigns under READ
    COMMITTED. A gold task is served to as many workers as meet it: each serving raises its overlap by one, so that the
    same rule holds for it too.

    A worker who comes back for more reads the queue from where they left off (`Standing.frontier`), not from its head,
    which may be full of what they did. That is exact because whatever makes a task available (again) moves it to the
    end of the tasks begun: `entered` is set by a trigger, so that no verb can forget it.
    """

    class State(models.TextChoices):
        """Open, then resolved, perhaps by way of a conflict; excluded by the owner."""

        OPEN = "open"
        CONFLICT = "conflict"
        RESOLVED = "resolved"
        EXCLUDED = "excluded"

    class Route(models.TextChoices):
        """Trusted: fewer answers do. Checked: it could be trusted, and gets all answers to see whether that is so."""

        TRUSTED = "trusted"
        CHECKED = "checked"

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="tasks", db_index=False)
    image = models.OneToOneField(Image, on_delete=models.PROTECT, related_name="task")
    state = models.CharField(max_length=10, choices=State, default=State.OPEN)
    priority = models.IntegerField(default=0)
    skill = models.CharField(
        max_length=40,
        blank=True,
        default="",
        db_default="",
        db_collation="C",
        help_text="Only workers with it are given the task.",
    )
    base_overlap = models.PositiveSmallIntegerField(help_text="Answers it needs at least.")
    overlap = models.PositiveSmallIntegerField(help_text="Answers it may have by now.")
    open_slots = models.PositiveSmallIntegerField()
    labels = models.PositiveSmallIntegerField(default=0)
    consensus = models.ForeignKey(
        "crowd.Consensus", null=True, blank=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    prelabel = models.JSONField(null=True, blank=True)
    prelabel_guideline = models.ForeignKey(
        Guideline, null=True, blank=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    prelabel_model = models.CharField(max_length=200, blank=True, default="")
    prelabel_score = models.FloatField(null=True, blank=True)
    route = models.CharField(
        max_length=8,
        choices=Route,
        blank=True,
        default="",
        db_default="",
        help_text="What the score of its pre-label made of it.",
    )
    taken_back = models.PositiveSmallIntegerField(
        default=0, help_text="How often newer worker models have put its computed answer in doubt."
    )
    uncertainty = models.FloatField(default=0.5)
    model_uncertainty = models.FloatField(
        null=True, blank=True, help_text="0 to 1, as the client's own model has it; part of the uncertainty."
    )
    shuffle = models.FloatField(db_default=Random())
    # the place in the queue, kept by the trigger below whatever changes the row
    begun = models.BooleanField(default=False, help_text="Somebody has been given it.")
    entered = models.BigIntegerField(default=0, help_text="Number of the transaction that last put it into its queue.")
    band = models.PositiveSmallIntegerField(default=5, help_text="Tenth of the uncertainty.")
    stale_at = models.DateTimeField(null=True, blank=True, help_text="It is to be looked at; when that was last sent.")
    asked_at = models.DateTimeField(null=True, blank=True, editable=False, help_text="Since when it is.")  # the trigger
    created_at = models.DateTimeField()
    resolved_at = models.DateTimeField(null=True, blank=True)

    objects = TaskQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(open_slots__gte=0), name="task_never_over_assigned"),
            models.CheckConstraint(condition=Q(open_slots__lte=F("overlap")), name="task_slots_within_overlap"),
            models.CheckConstraint(
                condition=Q(labels__gte=0) & Q(labels__lte=F("overlap") - F("open_slots")),
                name="task_labels_within_live",
            ),
            models.CheckConstraint(
                condition=~Q(state="resolved") | Q(consensus__isnull=False, resolved_at__isnull=False),
                name="task_resolved_has_an_answer",
            ),
            models.CheckConstraint(
                condition=Q(model_uncertainty__isnull=True) | Q(model_uncertainty__gte=0.0, model_uncertainty__lte=1.0),
                name="task_model_uncertainty_is_a_share",
            ),
        ]
        indexes = [
            # the queue: what was begun, in the order in which it was, then what was not
            models.Index(
                F("project"),
                F("priority").desc(),
                F("skill").desc(),
                F("begun").desc(),
                F("entered"),
                F("id"),
                name="task_queue",
                condition=_QUEUED,
            ),
            models.Index(
                F("project"),
                F("priority").desc(),
                F("band").desc(),
                F("skill").desc(),
                F("begun").desc(),
                F("entered"),
                F("id"),
                name="task_queue_by_band",
                condition=_QUEUED,
            ),
            # what was not begun in another order than the one in which it came
            models.Index(
                F("project"),
                F("priority").desc(),
                F("skill").desc(),
                F("shuffle"),
                F("id"),
                name="task_fresh_shuffled",
                condition=_QUEUED & Q(begun=False),
            ),
            models.Index(
                F("project"),
                F("priority").desc(),
                F("band").desc(),
                F("skill").desc(),
                F("uncertainty").desc(),
                F("id"),
                name="task_fresh_by_band",
                condition=_QUEUED & Q(begun=False),
            ),
            models.Index(fields=["project", "state", "id"], name="task_by_state"),
            models.Index(fields=["stale_at"], name="task_stale", condition=Q(stale_at__isnull=False)),
            models.Index(fields=["asked_at"], name="task_asked", condition=Q(asked_at__isnull=False)),
        ]
        triggers = [
            pgtrigger.Trigger(
                name="task_keeps_its_place",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert | pgtrigger.Update,
                func="""
                    NEW.band := LEAST(FLOOR(GREATEST(NEW.uncertainty, 0) * 10), 9);
                    NEW.begun := NEW.begun OR NEW.overlap > NEW.open_slots;
                    NEW.asked_at := CASE
                        WHEN NEW.stale_at IS NULL THEN NULL
                        WHEN TG_OP = 'INSERT' THEN NEW.stale_at
                        ELSE COALESCE(OLD.asked_at, OLD.stale_at, NEW.stale_at) END;
                    IF NEW.state = 'open' AND NEW.open_slots > 0 AND (
                        TG_OP = 'INSERT' OR OLD.state <> 'open' OR OLD.open_slots = 0 OR OLD.begun <> NEW.begun
                        OR OLD.priority <> NEW.priority OR OLD.skill <> NEW.skill OR OLD.band <> NEW.band
                    ) THEN
                        NEW.entered := pg_current_xact_id()::text::bigint;
                    END IF;
                    RETURN NEW;
                """,
            ),
            pgtrigger.Trigger(
                name="task_begins_its_facets",
                when=pgtrigger.After,
                operation=pgtrigger.Insert,
                condition=pgtrigger.Q(new__consensus__isnull=False) | pgtrigger.Q(new__prelabel_score__isnull=False),
                declare=[("labels", "text[]")],
                func=FACETS_KEPT,
            ),
            pgtrigger.Trigger(
                name="task_keeps_its_facets",
                when=pgtrigger.After,
                operation=pgtrigger.Update,
                condition=changed("consensus", "prelabel_score", "uncertainty"),
                declare=[("labels", "text[]")],
                func=FACETS_KEPT,
            ),
            pgtrigger.Trigger(
                name="task_adjudication_outranks",
                when=pgtrigger.Before,
                operation=pgtrigger.UpdateOf("consensus_id"),  # type: ignore[no-untyped-call]
                condition=pgtrigger.Q(old__consensus__isnull=False, new__consensus__isnull=False)
                & changed("consensus"),
                func="""
                    IF (SELECT by_id FROM crowd_consensus WHERE id = OLD.consensus_id) IS NOT NULL
                       AND (SELECT by_id FROM crowd_consensus WHERE id = NEW.consensus_id) IS NULL THEN
                        RAISE EXCEPTION 'an adjudication is never overwritten by a computed consensus (task %)', OLD.id
                            USING ERRCODE = 'check_violation';
                    END IF;
                    RETURN NEW;
                """,
            ),
        ]

    def __str__(self) -> str:
        return f"task {self.pk}"
