"""Creating a row under an id that the client chose, so that a lost answer can be asked for again."""

from collections.abc import Mapping
from typing import Any, TypeVar
from uuid import UUID

from django.db.models import Model, QuerySet
from django.utils.translation import gettext as _

from inspections.errors import WrongState

M = TypeVar("M", bound=Model)


def made_before(rows: QuerySet[M], row_id: UUID | None, facts: Mapping[str, Any]) -> M | None:
    """Return the row that the same request made before, or None when the id is free or none was chosen.

    Raises:
        WrongState: the id belongs to a row with other content.
    """
    row = None if row_id is None else rows.filter(pk=row_id).first()
    if row is not None and any(getattr(row, name) != value for name, value in facts.items()):
        raise WrongState(_("Something else was made under this id."), code="id_taken")
    return row
