"""Right and wrong examples: what a label looks like, and what it does not, drawn on an image."""

import pgtrigger
from django.db import models

from crowd.models.guideline import Guideline
from crowd.models.image import Image
from crowd.models.user import User


class GuidelineExample(models.Model):
    """One example of a label in a guideline version; as much a part of it as the text, and as lasting."""

    class Verdict(models.TextChoices):
        """Whether it shows how to do it, or how not to."""

        RIGHT = "right", "Right"
        WRONG = "wrong", "Wrong"

    guideline = models.ForeignKey(Guideline, on_delete=models.CASCADE, related_name="examples")
    label = models.CharField(max_length=500, help_text="A class, a question or an option's path.")
    verdict = models.CharField(max_length=5, choices=Verdict)
    image = models.ForeignKey(Image, on_delete=models.PROTECT, related_name="+")
    annotation = models.JSONField(help_text="Drawn on the image; valid against the version's schema.")
    note = models.CharField(max_length=500, blank=True, default="", help_text="Why it is right or wrong.")
    created_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(verdict__in=["right", "wrong"]), name="guideline_example_right_or_wrong"
            )
        ]
        triggers = [
            pgtrigger.Trigger(
                name="guideline_example_of_a_draft",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert | pgtrigger.Update | pgtrigger.Delete,
                func="""
                    IF (SELECT state FROM crowd_guideline WHERE id = OLD.guideline_id) <> 'draft'
                       OR (SELECT state FROM crowd_guideline WHERE id = NEW.guideline_id) <> 'draft' THEN
                        RAISE EXCEPTION 'examples of a published guideline never change'
                            USING ERRCODE = 'check_violation';
                    END IF;
                    IF TG_OP <> 'DELETE' AND (SELECT project_id FROM crowd_image WHERE id = NEW.image_id)
                       <> (SELECT project_id FROM crowd_guideline WHERE id = NEW.guideline_id) THEN
                        RAISE EXCEPTION 'an example shows an image of its project' USING ERRCODE = 'check_violation';
                    END IF;
                    RETURN COALESCE(NEW, OLD);
                """,
            )
        ]

    def __str__(self) -> str:
        return f"example of {self.label}"
