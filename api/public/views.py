"""What anybody may ask about an issued paper, with nothing but the code that is printed on it.

Nobody signs in, and nothing is remembered of who asks: no session, no cookie. A code has 128 random bits, so
nobody finds one by trying, and no count of tries is kept that would have to remember addresses.
"""

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import translation
from django.views.decorators.http import require_safe

from inspections.queries import public_papers


@require_safe
def paper(request: HttpRequest, code: str) -> HttpResponse:
    """Show number, date, issuer and standing of an issued paper, and whether a file is it.

    Whatever was never issued, or is not yet, has one and the same page.
    """
    chosen = request.GET.get("language")
    language = chosen if chosen in dict(settings.LANGUAGES) else translation.get_language()
    with translation.override(language):
        response = _page(request, code)
        response.headers["Content-Language"] = language
    response.headers["Cache-Control"] = "no-store"
    return response


def _page(request: HttpRequest, code: str) -> HttpResponse:
    found = public_papers.issued_under(code)
    if found is None:
        return render(request, "public/unknown.html", status=404)
    asked = request.GET.get("sha256", "").strip().lower()
    is_digest = public_papers.is_digest(asked)
    context = {
        "paper": found,
        "asked": asked[:64],
        "matches": public_papers.is_file_of(found, asked) if is_digest else None,
        "is_malformed": bool(asked) and not is_digest,
    }
    return render(request, "public/paper.html", context)
