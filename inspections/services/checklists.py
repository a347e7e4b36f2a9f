"""The department's checklist: edited as a draft by planners, published as a version by another person."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from django.db import IntegrityError, transaction
from django.db.models import F, Max
from django.utils.translation import gettext as _

from inspections import policies, reference
from inspections.errors import InvalidInput, VersionConflict, WrongState
from inspections.models import Checklist, ChecklistItem, Role, User
from inspections.models.checklists import MOST_CORE_ITEMS
from inspections.services import audit
from inspections.services.creation import made_before

_COPIED = (
    "code",
    "section",
    "text",
    "text_en",
    "legal_basis",
    "basis_verified",
    "severity",
    "evidence",
    "kinds",
    "is_core",
)


def publish_packaged(*, now: datetime) -> Checklist:
    """Publish the packaged checklist as version 1, so that a new department can file at once."""
    checklist = Checklist.objects.create(number=1, created_at=now, published_at=now)
    _write_items(checklist, [_fields(item) for item in reference.checklist()])
    return checklist


def _fields(item: reference.PackagedItem) -> dict[str, Any]:
    """Return what an item of the package holds, under the names of a checklist's fields."""
    return {name: getattr(item, name) for name in _COPIED} | {"kinds": list(item.kinds)}


def start_draft(*, actor: User, now: datetime, id: UUID | None = None) -> Checklist:  # noqa: A002  the API's name
    """Copy the version in force into a draft, of which there is one at a time.

    Raises:
        WrongState: there is a draft already.
    """
    policies.require(actor, Role.PLANNER)
    last = Checklist.objects.published().first()
    items = [] if last is None else list(last.items.values(*_COPIED))
    draft = Checklist(id=id or uuid4(), created_by=actor, changed_by=actor, created_at=now)
    try:
        with transaction.atomic():
            highest = Checklist.objects.aggregate(highest=Max("number"))["highest"] or 0
            draft.number = highest + 1
            draft.save(force_insert=True)
            _write_items(draft, items)
            audit.record(actor=actor, action="checklist.start", obj=draft, now=now)
    except IntegrityError:
        before = made_before(Checklist.objects.all(), draft.pk, {"created_by": actor})
        if before is None:
            raise WrongState(
                _("There is a draft of the checklist already."), code="draft_exists"
            ) from None
        return before
    return draft


def replace_items(
    *,
    actor: User,
    checklist: Checklist,
    version: int,
    items: Sequence[Mapping[str, Any]],
    now: datetime,
) -> Checklist:
    """Replace the items of the draft, in the order given.

    Raises:
        InvalidInput: no item, one code twice, or too many core items.
        WrongState: this version is published.
        VersionConflict: the draft changed since ``version``.
    """
    policies.require(actor, Role.PLANNER)
    _check(items)
    with transaction.atomic():
        _next_version(checklist, version, changed_by=actor)
        checklist.items.all().delete()
        _write_items(checklist, items)
        audit.record(
            actor=actor,
            action="checklist.change",
            obj=checklist,
            now=now,
            details={"items": len(items)},
        )
    return checklist


def publish(*, actor: User, checklist: Checklist, version: int, now: datetime) -> Checklist:
    """Publish the draft as the version in force. Whoever wrote in it does not publish it.

    Raises:
        SamePerson: the actor started or last changed the draft.
        InvalidInput, WrongState, VersionConflict: as for `replace_items`.
    """
    policies.require(actor, Role.APPROVER)
    policies.require_other(actor, checklist.created_by, checklist.changed_by)
    with transaction.atomic():
        _next_version(checklist, version, published_by=actor, published_at=now)
        _check(list(checklist.items.values("code", "is_core")))
        audit.record(actor=actor, action="checklist.publish", obj=checklist, now=now)
    return checklist


def discard_draft(*, actor: User, checklist: Checklist, version: int, now: datetime) -> None:
    """Throw the draft away; its number is used again.

    Raises:
        WrongState: this version is published.
        VersionConflict: the draft changed since ``version``.
    """
    policies.require(actor, Role.PLANNER)
    with transaction.atomic():
        _next_version(checklist, version)
        audit.record(actor=actor, action="checklist.discard", obj=checklist, now=now)
        checklist.delete()


def _check(items: Sequence[Mapping[str, Any]]) -> None:
    if not items:
        raise InvalidInput(_("A checklist needs at least one item."), field="items")
    codes = Counter(item["code"] for item in items)
    if twice := sorted(code for code, count in codes.items() if count > 1):
        raise InvalidInput(
            _("One code stands for one item: %(codes)s.") % {"codes": ", ".join(twice)},
            code="code_taken",
            field="items",
        )
    if sum(bool(item["is_core"]) for item in items) > MOST_CORE_ITEMS:
        raise InvalidInput(
            _("At most %(most)s items can be core items.") % {"most": MOST_CORE_ITEMS},
            code="too_many_core_items",
            field="items",
        )


def _next_version(checklist: Checklist, version: int, **values: Any) -> None:
    changed = Checklist.objects.filter(pk=checklist.pk, version=version, published_at=None).update(
        version=F("version") + 1, **values
    )
    if changed:
        checklist.refresh_from_db()
        return
    if Checklist.objects.published().filter(pk=checklist.pk).exists():
        raise WrongState(
            _("This version of the checklist is published already."), code="checklist_published"
        )
    raise VersionConflict


def _write_items(checklist: Checklist, items: Sequence[Mapping[str, Any]]) -> None:
    ChecklistItem.objects.bulk_create(
        ChecklistItem(checklist=checklist, position=position, **item)
        for position, item in enumerate(items, start=1)
    )
