"""Which language an answer is in."""

from django.conf import settings
from django.http import HttpRequest
from django.middleware.locale import LocaleMiddleware
from django.utils import translation

from api.problems import is_api


class LanguageMiddleware(LocaleMiddleware):
    """Programs get the language that they ask for; people get Vietnamese until they switch.

    Many an office's browser was never told that its reader is Vietnamese.
    """

    def process_request(self, request: HttpRequest) -> None:
        """Activate the language of the request."""
        if is_api(request):
            super().process_request(request)
            return
        chosen = request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME)
        language = chosen if chosen in dict(settings.LANGUAGES) else settings.LANGUAGE_CODE
        translation.activate(language)
        request.LANGUAGE_CODE = translation.get_language()
