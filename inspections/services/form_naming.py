"""Who may name a form of discipline: let by an approver, from a day on, until it is ended."""

from datetime import datetime

from django.db import IntegrityError, transaction

from inspections import policies
from inspections.models import FormNamer, Role, User
from inspections.services import audit


def let_name_forms(*, actor: User, user: User, now: datetime) -> None:
    """Let somebody else name forms; saying it again changes nothing.

    Raises:
        SamePerson: nobody gives it to himself.
    """
    policies.require(actor, Role.APPROVER)
    policies.require_other(actor, user)
    try:
        with transaction.atomic():
            FormNamer.objects.create(user=user, granted_by=actor, granted_at=now)
            audit.record(actor=actor, action="user.form_naming_granted", obj=user, now=now)
    except IntegrityError:  # it is in force
        return


def end_form_naming(*, actor: User, user: User, now: datetime) -> None:
    """Let somebody name forms no longer; what he named stays."""
    policies.require(actor, Role.APPROVER)
    with transaction.atomic():
        if FormNamer.objects.filter(user=user, ended_at=None).update(ended_at=now, ended_by=actor):
            audit.record(actor=actor, action="user.form_naming_ended", obj=user, now=now)
