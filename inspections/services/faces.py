"""The faces that all papers are set in."""

from functools import cache

from django.conf import settings

from inspections.documents.fonts import Fonts, load


@cache
def fonts() -> Fonts:
    """Return the faces for papers, chosen once a process."""
    return load(folder=settings.FONT_DIR, cache=settings.VAR_DIR / "fonts")
