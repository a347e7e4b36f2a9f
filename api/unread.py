"""Reading what a view left of a request's body.

A view that knows its answer beforehand does not read on: a file that is here already, a caller without the role. What
is left would be taken for the next request, and the connection would die under a tablet that sends again.
"""

from collections.abc import Callable
from typing import Final

from django.http import HttpRequest, HttpResponse
from django.http.request import UnreadablePostError

PIECE: Final = 64 * 1024
#: Twice the longest piece of a file. Whoever sends more than is taken loses his connection.
MOST: Final = 8 * 1024 * 1024


class ReadToTheEnd:
    """Drops the rest of a body, up to a bound."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        left = MOST
        try:
            while left > 0 and (piece := request.read(PIECE)):
                left -= len(piece)
        except UnreadablePostError:  # the sender is gone, and his connection with him
            pass
        return response
