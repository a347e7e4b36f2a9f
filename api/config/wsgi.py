"""The web process."""

import os

from django.conf import settings
from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "api.config.settings")
application = get_wsgi_application()

from inspections.services import keys  # noqa: E402  the apps are loaded only now

keys.say_at_start()

if settings.WORKER:
    from api.worker import Worker

    Worker().start()
