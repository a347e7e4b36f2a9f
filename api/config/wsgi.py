"""The web process."""

import os

from django.conf import settings
from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "api.config.settings")
application = get_wsgi_application()

if settings.WORKER:
    from api.worker import Worker

    Worker().start()
