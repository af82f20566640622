"""What an owner may choose of a release, as a form."""

from typing import Any

from django import forms

from crowd.errors import CrowdError
from crowd.formats import WRITERS
from crowd.labels.types import Schema
from crowd.web.forms import Form, place

SETTLED_BY = [("consensus", "the crowd's consensus"), ("adjudication", "a reviewer"), ("gold", "gold")]
INCLUDE = [("answers", "every answer, its worker under a pseudonym"), ("soft_labels", "the weight behind each answer")]
