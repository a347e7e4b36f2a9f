"""The department's list of forms of commendation. A form never changes: what was granted in it stays readable."""

from datetime import datetime
from typing import Any, Final
from uuid import UUID, uuid4

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from inspections import policies, reference, text
from inspections.errors import InvalidInput, VersionConflict, WrongState
from inspections.models import CommendationForm, Role, User
from inspections.services import audit
from inspections.services.creation import made_before
from inspections.services.proposals import needed

KEEPERS: Final = (Role.PLANNER,)


def enter_packaged(*, now: datetime) -> None:
    """Enter the packaged forms, so that a new department can propose at once."""
    CommendationForm.objects.bulk_create(
        CommendationForm(
            name=form.name,
            for_collective=form.for_collective,
            for_individual=form.for_individual,
            authority=form.authority,
            legal_basis=form.legal_basis,
            basis_verified=form.is_verified,
            created_at=now,
        ).fill_key()
        for form in reference.commendation_forms()
    )


def create_form(
    *,
    actor: User,
    name: str,
    for_collective: bool,
    for_individual: bool,
    now: datetime,
    id: UUID | None = None,  # noqa: A002  the client's name for the row
    authority: str = "",
    legal_basis: str = "",
    basis_verified: bool = False,
) -> CommendationForm:
    """Add a form to the list; the same call with the same id again returns the one that it made.

    Raises:
        InvalidInput: the name is empty or in use, or the form is for nobody.
        WrongState: the id is taken by another form.
    """
    policies.require(actor, *KEEPERS)
    if not (for_collective or for_individual):
        raise InvalidInput(
            _("A form is for collectives, for individuals, or for both."), field="for_individual"
        )
    facts: dict[str, Any] = {
        "name": needed(name, "name"),
        "for_collective": for_collective,
        "for_individual": for_individual,
        "authority": text.nfc(authority).strip(),
        "legal_basis": text.nfc(legal_basis).strip(),
        "basis_verified": basis_verified,
        "created_by": actor,
    }
    form = CommendationForm(id=id or uuid4(), created_at=now, **facts)
    try:
        with transaction.atomic():
            form.save(force_insert=True)
            audit.record(actor=actor, action="commendation_form.create", obj=form, now=now)
    except IntegrityError:
        before = made_before(CommendationForm.objects.all(), form.pk, facts)
        if before is None:
            raise InvalidInput(
                _("There is a form with this name in use."), code="name_taken", field="name"
            ) from None
        return before
    return form


def retire_form(
    *, actor: User, form: CommendationForm, version: int, now: datetime
) -> CommendationForm:
    """Take a form out of use; commendations in it stay as they are.

    Raises:
        WrongState: it is out of use already.
        VersionConflict: somebody was faster.
    """
    policies.require(actor, *KEEPERS)
    with transaction.atomic():
        changed = CommendationForm.objects.filter(
            pk=form.pk, version=version, retired_at=None
        ).update(version=version + 1, retired_at=now, retired_by=actor)
        form.refresh_from_db()
        if not changed:
            if form.version != version:
                raise VersionConflict
            raise WrongState(_("This form is out of use already."), code="form_retired")
        audit.record(actor=actor, action="commendation_form.retire", obj=form, now=now)
    return form
