"""The web application."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "crowd.settings")

application = get_wsgi_application()

# after Django's settings, which both read
from crowd.telemetry import keeping, traces  # noqa: E402

keeping.begin("web")
traces.begin("web")
