"""What all resources share: who asks, what he may send, how he is answered."""

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any, ClassVar, TypeVar, cast
from uuid import UUID

from django.conf import settings
from django.db.models import Model, QuerySet
from django.utils.cache import patch_vary_headers
from django.utils.translation import gettext as _
from rest_framework import serializers
from rest_framework.exceptions import ErrorDetail, ValidationError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import BaseSerializer
from rest_framework.viewsets import GenericViewSet

from api.v1 import etags, pagination
from api.v1.filters import check_parameters
from api.v1.permissions import Access
from api.v1.problems import TooLarge
from inspections.errors import InvalidInput, NotFound
from inspections.models import User

M = TypeVar("M", bound=Model)


class Resource(GenericViewSet[M]):
    """A resource of the API. A view of it calls one service and holds no rule of its own.

    Attributes:
        access: who may call each action; what is missing here is open to nobody.
        orderings: what a list can be ordered by, see `pagination.Ordered`.
        changes: actions that change a version and so need If-Match.
        has_versions: whether the objects have versions, which travel as ETags.
        may_be_missing: whether the one object of a route without an id may not be there.
        restricted: actions whose denials go on record.
        passwords: actions that check a password, and let nobody guess on.
        max_body: bytes of a request that are read at most.
    """

    access: ClassVar[Mapping[str, Access]] = {}
    orderings: ClassVar[Mapping[str, tuple[str, ...]]] = {}
    changes: ClassVar[frozenset[str]] = frozenset()
    has_versions: ClassVar[bool] = False
    may_be_missing: ClassVar[bool] = False
    restricted: ClassVar[frozenset[str]] = frozenset()
    passwords: ClassVar[frozenset[str]] = frozenset()
    max_body: ClassVar[int] = settings.DATA_UPLOAD_MAX_MEMORY_SIZE

    lookup_value_converter = "uuid"
    http_method_names = ["get", "head", "post", "put", "patch", "delete"]

    @property
    def actor(self) -> User:
        """The person who asks, or in whose name a machine does."""
        return cast(User, self.request.user)

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Check size, caller and parameters, in this order, before anything is looked up."""
        if int(request.META.get("CONTENT_LENGTH") or 0) > self.max_body:
            raise TooLarge(self.max_body)
        super().initial(request, *args, **kwargs)
        if (
            self.action in self.access
        ):  # otherwise the method is not possible here, whatever it asks
            check_parameters(request, self.known_parameters())

    def known_parameters(self) -> frozenset[str]:
        """Return the names of the query parameters that the action reads."""
        if self.action != "list":
            return frozenset()
        filters = getattr(getattr(self, "filterset_class", None), "base_filters", {})
        return frozenset(filters) | frozenset(pagination.PARAMETERS)

    def finalize_response(
        self, request: Request, response: Any, *args: Any, **kwargs: Any
    ) -> Response:
        """Keep answers out of caches: they depend on who asks, and most change."""
        final = super().finalize_response(request, response, *args, **kwargs)
        if not final.has_header("Cache-Control"):
            final.headers["Cache-Control"] = "no-store"
        patch_vary_headers(final, ["Accept-Language", "Authorization", "Cookie"])
        return final

    def get_queryset(self) -> "QuerySet[M]":
        """Return the rows that the actor may see, and no others, whatever is asked of them."""
        rows = super().get_queryset()
        # The schema's generator asks for the model alone, in nobody's name.
        return rows if getattr(self, "swagger_fake_view", False) else self.visible(rows)

    def visible(self, rows: Any) -> "QuerySet[M]":
        """Narrow the rows to those that the actor may see."""
        return cast("QuerySet[M]", rows)

    def get_object(self) -> M:
        """Return the row that the path names, among those that the actor may see.

        Raises:
            NotFound: there is none, or it is hidden; the two are one answer.
        """
        found = self.get_queryset().filter(pk=self.kwargs["pk"]).first()
        if found is None:
            raise NotFound
        return found

    def read(self, serializer: type[BaseSerializer[Any]], *, partial: bool = False) -> Any:
        """Return what the request's body says, checked against the serializer."""
        given = serializer(data=self.request.data, partial=partial)
        given.is_valid(raise_exception=True)
        return given.validated_data

    def read_nothing(self) -> None:
        """Refuse a body where none is read."""
        if self.request.data:
            raise ValidationError(
                [ErrorDetail(_("This request does not know this field."), "unknown_field")]
            )

    def related(
        self, queryset: "QuerySet[Any]", value: UUID | str | None, field: str, *, by: str = "pk"
    ) -> Any:
        """Return the row with the id (or the code) that the body names, or None for None.

        Raises:
            InvalidInput: there is none that the actor may refer to.
        """
        if value is None:
            return None
        found = queryset.filter(**{by: value}).first()
        if found is None:
            raise InvalidInput(_("There is no such object."), code="unknown_object", field=field)
        return found

    def all_by(
        self,
        queryset: "QuerySet[Any]",
        values: Sequence[UUID | str],
        field: str,
        *,
        by: str = "pk",
    ) -> list[Any]:
        """Return the rows with the ids (or the codes) that the body names.

        Raises:
            InvalidInput: one of them names nothing that the actor may refer to.
        """
        found = list(queryset.filter(**{f"{by}__in": values}))
        missing = set(values) - {getattr(row, by) for row in found}
        if missing:
            raise InvalidInput(
                _("There is no such object."),
                code="unknown_object",
                field=field,
                missing=sorted(map(str, missing)),
            )
        return found

    def expected_version(self) -> int:
        """Return the version that the client means to change."""
        return etags.required_version(self.request)

    def answer(
        self,
        row: Any,
        status: HTTPStatus = HTTPStatus.OK,
        output: "type[BaseSerializer[Any]] | None" = None,
    ) -> Response:
        """Answer with one object, its version as ETag; 304 when the client has it already."""
        version: int | None = row.version if self.has_versions else None
        reading = self.request.method in {"GET", "HEAD"}
        headers = {} if version is None else {"ETag": etags.etag(version)}
        if version is not None and reading:
            headers["Cache-Control"] = "private, no-cache"
            if etags.is_current(self.request, version):
                return Response(status=HTTPStatus.NOT_MODIFIED, headers=headers)
        serializer = output or self.get_serializer_class()
        return Response(serializer(row).data, status=status, headers=headers)


class Who(serializers.Serializer[User]):
    """A person, where a step says who made it."""

    id = serializers.UUIDField()
    full_name = serializers.CharField()


class Readable(Resource[M]):
    """A resource whose objects can be read one by one."""

    def retrieve(self, request: Request, pk: UUID) -> Response:  # noqa: ARG002  get_object reads it
        return self.answer(self.get_object())
