"""The department's standing texts: edited as a draft by planners, published as a version by another person."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from django.db import IntegrityError, transaction
from django.db.models import F, Max
from django.utils.translation import gettext as _

from inspections import policies, reference, standing
from inspections.errors import VersionConflict, WrongState
from inspections.models import Department, PaperKind, Role, StandingTexts, User
from inspections.services import audit
from inspections.services.creation import made_before


@dataclass(frozen=True)
class InForce:
    """The texts that papers of a kind are drafted with now; version 0 is the package's."""

    number: int
    texts: Mapping[str, Any]


def in_force(kind: PaperKind) -> InForce:
    """Return the last version that was published, or the packaged texts."""
    last = StandingTexts.objects.published().filter(kind=kind).first()
    if last is None:
        return InForce(0, reference.standing_texts()[kind])
    return InForce(last.number, last.texts)


def of(kind: PaperKind) -> standing.Texts:
    """Return the texts in force, filled."""
    return fill(in_force(kind).texts)


def fill(texts: Mapping[str, Any]) -> standing.Texts:
    """Return stored texts with the department's names in them."""
    department = Department.objects.get()
    names = {"department": "name"}
    return standing.filled(
        texts, {name: getattr(department, names.get(name, name)) for name in standing.NAMES}
    )


def start_draft(
    *,
    actor: User,
    kind: PaperKind,
    now: datetime,
    id: UUID | None = None,  # noqa: A002  the API's name
) -> StandingTexts:
    """Copy the texts in force into a draft, of which a kind has one at a time.

    Raises:
        WrongState: there is a draft already.
    """
    policies.require(actor, Role.PLANNER)
    draft = StandingTexts(
        id=id or uuid4(),
        kind=kind,
        texts=dict(in_force(kind).texts),
        created_by=actor,
        changed_by=actor,
        created_at=now,
    )
    try:
        with transaction.atomic():
            versions = StandingTexts.objects.filter(kind=kind)
            draft.number = 1 + (versions.aggregate(highest=Max("number"))["highest"] or 0)
            draft.save(force_insert=True)
            _tell(draft, actor, "standing_texts.start", now)
    except IntegrityError:
        facts = {"created_by": actor, "kind": kind}
        before = made_before(StandingTexts.objects.all(), draft.pk, facts)
        if before is None:
            raise WrongState(
                _("There is a draft of these texts already."), code="draft_exists"
            ) from None
        return before
    return draft


def change(
    *, actor: User, draft: StandingTexts, version: int, texts: Mapping[str, Any], now: datetime
) -> StandingTexts:
    """Replace the texts of the draft.

    Raises:
        InvalidInput: see `standing.checked`.
        WrongState: this version is published.
        VersionConflict: the draft changed since ``version``.
    """
    policies.require(actor, Role.PLANNER)
    clean = standing.checked(draft.kind, texts)
    with transaction.atomic():
        _next_version(draft, version, texts=clean, changed_by=actor)
        _tell(draft, actor, "standing_texts.change", now)
    return draft


def publish(*, actor: User, draft: StandingTexts, version: int, now: datetime) -> StandingTexts:
    """Publish the draft: papers are drafted with it from now on, and those that exist keep theirs.

    Raises:
        SamePerson: the actor started or last changed the draft.
        WrongState, VersionConflict: as for `change`.
    """
    policies.require(actor, Role.APPROVER)
    policies.require_other(actor, draft.created_by, draft.changed_by)
    with transaction.atomic():
        _next_version(draft, version, published_by=actor, published_at=now)
        _tell(draft, actor, "standing_texts.publish", now)
    return draft


def discard(*, actor: User, draft: StandingTexts, version: int, now: datetime) -> None:
    """Throw the draft away; its number is used again.

    Raises:
        WrongState, VersionConflict: as for `change`.
    """
    policies.require(actor, Role.PLANNER)
    with transaction.atomic():
        _next_version(draft, version)
        _tell(draft, actor, "standing_texts.discard", now)
        draft.delete()


def _next_version(draft: StandingTexts, version: int, **values: Any) -> None:
    changed = StandingTexts.objects.filter(pk=draft.pk, version=version, published_at=None).update(
        version=F("version") + 1, **values
    )
    if changed:
        draft.refresh_from_db()
        return
    if StandingTexts.objects.published().filter(pk=draft.pk).exists():
        raise WrongState(_("These texts are published already."), code="texts_published")
    raise VersionConflict


def _tell(draft: StandingTexts, actor: User, action: str, now: datetime) -> None:
    details = {"kind": str(draft.kind), "number": draft.number}
    audit.record(actor=actor, action=action, obj=draft, now=now, details=details)
