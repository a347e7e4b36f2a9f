"""Each route answers in its one format, whatever the client would rather have."""

from collections.abc import Iterable

from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request


class OneFormat(DefaultContentNegotiation):
    """Ignores Accept: the browsable API, forms and other formats do not exist here."""

    def select_renderer(
        self,
        request: Request,  # noqa: ARG002  DRF's signature
        renderers: Iterable[BaseRenderer],
        format_suffix: str | None = None,  # noqa: ARG002  DRF's signature
    ) -> tuple[BaseRenderer, str]:
        """Return the route's renderer and its media type."""
        renderer = next(iter(renderers))
        return renderer, str(renderer.media_type)
