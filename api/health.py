"""What operators' probes ask: does the process answer, its database, and when was the last backup?"""

from django.db import connection
from django.http import HttpRequest, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from inspections.services.backups import last_backup


@require_GET
@never_cache
def healthz(request: HttpRequest) -> JsonResponse:  # noqa: ARG001  Django's signature
    """Answer 200 while the database answers; its silence is a 503 like everywhere.

    An old backup is told and no failure: whoever watches decides how old is too old.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    last = last_backup()
    backup = last and {
        "made_at": last.made_at,
        "size": last.size,
        "verified_at": last.verified_at,
    }
    return JsonResponse({"status": "ok", "last_backup": backup})
