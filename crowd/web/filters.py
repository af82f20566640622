"""What every template can do besides Django's own."""

from django import template

from crowd.queries import sentences

register = template.Library()
register.filter("said", sentences.said)  # a sentence that was kept in English, in the reader's language
