"""Leaks as they happen, to be planted: each tells through one more side door what is sealed, released or scored."""

# ruff: noqa: ARG002, ARG005  a planted function has the arguments of the one that it stands in for

import hashlib
import logging
from collections.abc import Callable
from datetime import date, datetime
from typing import Any

import pytest
from django.contrib.admin import ModelAdmin
from django.core.cache import cache
from django.db.models import OuterRef, Subquery
from django.db.models.functions import Coalesce
from django.http import HttpResponse
from django.utils.http import http_date
from rest_framework.exceptions import ValidationError
from rest_framework.renderers import JSONRenderer

from api.admin.base import ReferenceAdmin
from api.v1 import base
from api.v1.filters import SearchFilter
from api.v1.findings import Findings
from api.v1.inspectors import RelationIn
from api.v1.pagination import KeysetPagination
from api.v1.plans import PlanFilter, Plans
from api.v1.roster import Roster
from api.v1.submissions import Attachments
from api.v1.units import Units
from api.v1.visits import Visits
from inspections.errors import InvalidInput
from inspections.models import (
    Inspector,
    Job,
    JobState,
    Plan,
    Session,
    SetAside,
    Submission,
    UnitScore,
    Visit,
    VisitTag,
    visits,
)
from inspections.models.jobs import JobQuerySet
from inspections.models.plans import PlanQuerySet
from inspections.sealing import keyring
from inspections.services import (
    audit,
    commitment,
    filing,
    people,
    plan_papers,
    rosters,
    schedule,
)
from inspections.services.rosters import RosterEntry, open_roster
from inspections.states import PlanState
from tests.builders import NOW

Plant = Callable[[pytest.MonkeyPatch], None]
logger = logging.getLogger("kycuong.leak")


def sealed() -> list[RosterEntry]:
    """Everything that is on a roster now."""
    plans = Plan.objects.filter(state__in=[PlanState.DRAWN, PlanState.APPROVED, PlanState.ACTIVE])
    return [entry for plan in plans for entry in open_roster(plan)]


def drawn_codes() -> list[str]:
    return sorted({entry.unit.code for entry in sealed()})


def digest(value: object) -> str:
    return hashlib.sha256(repr(value).encode()).hexdigest()


def after(patch: pytest.MonkeyPatch, owner: Any, name: str, then: Callable[..., Any]) -> None:
    """Let a function hand what it returns, and what it was given, to another one."""
    before = getattr(owner, name)
    patch.setattr(owner, name, lambda *args, **given: then(before(*args, **given), *args, **given))


# --- In how lists are asked --------------------------------------------------------------------


def any_lookup(patch: pytest.MonkeyPatch) -> None:
    """A list takes every lookup, also one through a relation: ``?visits__date__startswith=``."""
    patch.setattr(base, "check_parameters", lambda request, allowed: None)

    def looked_up(rows: Any, view: Any, _rows: Any) -> Any:
        given = view.request.query_params.items()
        lookups = {name: value for name, value in given if name.startswith("visits__date")}
        return rows.filter(**lookups).distinct()

    after(patch, Units, "visible", looked_up)


def any_ordering(patch: pytest.MonkeyPatch) -> None:
    """A list is ordered by whatever there is: ``ordering_fields = '__all__'``."""
    score = UnitScore.objects.filter(unit=OuterRef("pk")).values("score")[:1]
    # Units without a score stand last: databases differ on where null stands.
    risk = Coalesce(Subquery(score), 0.0)
    patch.setattr(Units, "queryset", Units.queryset.annotate(risk=risk))
    patch.setattr(Units, "orderings", {**Units.orderings, "risk": ("risk",)})


def unknown_filter_ignored(patch: pytest.MonkeyPatch) -> None:
    """A filter that is not known returns all rows."""
    patch.setattr(base, "check_parameters", lambda request, allowed: None)
    visible = Visits.visible

    def all_rows(view: Any, rows: Any) -> Any:
        strange = set(view.request.query_params) - view.known_parameters()
        return rows if strange else visible(view, rows)

    patch.setattr(Visits, "visible", all_rows)


def search_of_rosters(patch: pytest.MonkeyPatch) -> None:
    """A new filter finds plans by the names of their units."""

    class RosterSearch(SearchFilter):
        def filter(self, queryset: Any, value: str | None) -> Any:
            found = [plan.pk for plan in queryset if value in _codes(plan)]
            return queryset.filter(pk__in=found) if value else queryset

    patch.setitem(PlanFilter.base_filters, "q", RosterSearch())


def _codes(plan: Plan) -> set[str]:
    return {entry.unit.code for entry in open_roster(plan)}


def count_of_all(patch: pytest.MonkeyPatch) -> None:
    """A page tells how many rows the filter met, hidden ones too."""

    def counted(response: Any, page: Any, _data: Any) -> Any:
        unit = page._request.query_params.get("unit")
        response.data["count"] = sum(str(entry.unit.pk) == unit for entry in sealed())
        return response

    after(patch, KeysetPagination, "get_paginated_response", counted)


def lookups_of_django(patch: pytest.MonkeyPatch) -> None:
    """The administration looks through relations, as Django's own does."""
    patch.setattr(ReferenceAdmin, "lookup_allowed", ModelAdmin.lookup_allowed)


# --- In what is answered -----------------------------------------------------------------------


def etag_of_the_roster(patch: pytest.MonkeyPatch) -> None:
    """A validator is worked out from everything that belongs to the plan."""

    def tagged(response: Any, _view: Any, plan: Any, *_more: Any) -> Any:
        response["ETag"] = f'"{digest(_codes(plan))}"'
        return response

    after(patch, Plans, "answer", tagged)


def last_modified_of_a_visit(patch: pytest.MonkeyPatch) -> None:
    """A plan was last modified when its next visit opens."""

    def dated(response: Any, _view: Any, plan: Any, *_more: Any) -> Any:
        for entry in open_roster(plan)[:1]:
            response["Last-Modified"] = http_date(entry.release_at.timestamp())
        return response

    after(patch, Plans, "answer", dated)


def forms_with_choices(patch: pytest.MonkeyPatch) -> None:
    """The browsable API's forms list what a foreign key can be."""

    class Forms(JSONRenderer):
        media_type = "text/html"

        def render(self, data: Any, *args: Any, **kwargs: Any) -> bytes:
            options = "".join(f"<option>{code}</option>" for code in drawn_codes())
            return f"<select name=unit>{options}</select>".encode()

    patch.setattr(Visits, "renderer_classes", [Forms])


def unique_validator(patch: pytest.MonkeyPatch) -> None:
    """A check of what is entered confirms a hidden row."""

    def unvisited(serializer: Any, unit: Any) -> Any:
        if any(entry.unit.pk == unit for entry in sealed()):
            raise ValidationError("This unit has a visit already.", code="unique")
        return unit

    patch.setattr(RelationIn, "validate_unit", unvisited, raising=False)


def leave_of_somebody_on_duty(patch: pytest.MonkeyPatch) -> None:
    """Leave is refused on a day on which the inspector has a sealed visit."""
    enter = people.enter_leave

    def refused(*, inspector: Inspector, first_day: date, **given: Any) -> Any:
        tags = [
            rosters.duty_tag(keyring(), inspector.pk, first_day, session) for session in Session
        ]
        if VisitTag.objects.filter(tag__in=tags).exists():
            raise InvalidInput("On duty.", code="on_duty")
        return enter(inspector=inspector, first_day=first_day, **given)

    patch.setattr(people, "enter_leave", refused)


def record_before_the_reveal(patch: pytest.MonkeyPatch) -> None:
    """A plan's record is handed out before its day."""

    def record(view: Any, request: Any, pk: Any) -> HttpResponse:
        return HttpResponse(commitment.full_record(view.get_object()))

    patch.setattr(Plans, "record", record)


def duties_by_unit(patch: pytest.MonkeyPatch) -> None:
    """Duties stand in the order of the units that they lead to."""

    def in_order(found: Any, **given: Any) -> Any:
        units = {(entry.date, entry.session): entry.unit.code for entry in sealed()}
        return sorted(found, key=lambda duty: units[duty])

    after(patch, rosters, "duties", in_order)


def early_opening(patch: pytest.MonkeyPatch) -> None:
    """A visit is shown to its team before its hour."""
    due = visits._due
    never = datetime.max.replace(tzinfo=NOW.tzinfo)
    patch.setattr(visits, "_due", lambda rows, ring, now: due(rows, ring, never))


def log_of_a_request(patch: pytest.MonkeyPatch) -> None:
    """The server's log says what was looked through."""
    after(patch, rosters, "duties", lambda found, **given: (logger.info(drawn_codes()), found)[1])


def cache_before_the_door(patch: pytest.MonkeyPatch) -> None:
    """What one was answered is kept for the next who asks for the same address."""
    dispatch = Roster.dispatch

    def kept(view: Any, request: Any, *args: Any, **kwargs: Any) -> Any:
        if content := cache.get(request.path):
            return HttpResponse(content)
        response = dispatch(view, request, *args, **kwargs)
        if response.status_code == 200:
            cache.set(request.path, response.render().content)
        return response

    patch.setattr(Roster, "dispatch", kept)


def one_more_query(patch: pytest.MonkeyPatch) -> None:
    """The database is asked once for each day on which a visit opens."""

    def asked(rows: Any, *_given: Any) -> Any:
        days = {entry.date for entry in sealed()}
        return rows if all(Visit.objects.filter(date=day).count() < 99 for day in days) else None

    after(patch, PlanQuerySet, "visible_to", asked)


# --- Through what was filed ---------------------------------------------------------------------


def findings_with_visits_to_come(patch: pytest.MonkeyPatch) -> None:
    """Findings are listed with the digest of the units that will be visited, those that are sealed too."""

    def told(response: Any, view: Any, request: Any) -> Any:
        response.data["visits"] = digest(drawn_codes())
        return response

    after(patch, Findings, "list", told)


def picture_named_after_a_sealed_unit(patch: pytest.MonkeyPatch) -> None:
    """A photograph that was sent too early is named after the unit to which the visit will go."""

    def named(response: HttpResponse, view: Any, _request: Any, pk: Any, **_more: Any) -> Any:
        visit = Visit.objects.filter(submissions__pk=pk).first() or Visit.objects.get(
            pk=Submission.objects.get(pk=pk).visit_ref
        )
        unit = visit.open_payload(keyring())["unit"]
        response["Content-Disposition"] = f'inline; filename="{unit}.jpg"'
        return response

    after(patch, Attachments, "retrieve", named)


def set_aside_for_what_is_sealed(patch: pytest.MonkeyPatch) -> None:
    """What the office enters too early is set aside for a reason that depends on the roster."""
    doubt = filing._doubt

    def doubted(came: Any, visit: Any, replaced: Any) -> Any:
        named = Visit.objects.filter(pk=came.content["visit"], state="sealed").first()
        if named is None:
            return doubt(came, visit, replaced)
        return list(SetAside)[mornings(named.plan)]

    patch.setattr(filing, "_doubt", doubted)


def schedule_that_tells(patch: pytest.MonkeyPatch) -> None:
    """Who hands the roster in, as he may, is told how many mornings it has."""

    def told(response: Any, _view: Any, plan: Any, *_more: Any) -> Any:
        response["Mornings"] = str(mornings(plan))
        return response

    after(patch, Plans, "answer", told)


# --- In what is stored -------------------------------------------------------------------------


def mornings(plan: Plan) -> int:
    return sum(entry.session == Session.MORNING for entry in open_roster(plan))


def number_on_a_paper(patch: pytest.MonkeyPatch) -> None:
    """A paper's number counts on with the mornings of the roster."""
    letterhead = plan_papers._letterhead
    patch.setattr(
        plan_papers,
        "_letterhead",
        lambda department, plan, code, *more, **given: letterhead(
            department, plan, f"{mornings(plan)}/{code}", *more, **given
        ),
    )


def log_of_a_draw(patch: pytest.MonkeyPatch) -> None:
    """The server's log tells what was drawn."""
    after(
        patch,
        commitment,
        "_seal_visits",
        lambda _none, plan, drawn: logger.info("drew %s", drawn.sample),
    )


def event_for_each_morning(patch: pytest.MonkeyPatch) -> None:
    """The numbers of the audit log have one step more for each morning."""

    def noted(visit: Visit, /, *, actor: Any, **given: Any) -> Visit:
        if visit.open_payload(keyring())["session"] == Session.MORNING:
            audit.record(actor=actor, action="plan.team", obj=given["plan"], now=given["now"])
        return visit

    after(patch, schedule, "_seal_team", noted)


def job_that_tells(patch: pytest.MonkeyPatch) -> None:
    """A job's result tells of a roster, and everybody sees every job."""

    def reported(_none: None, plan: Plan, drawn: Any) -> None:
        Job.objects.create(
            kind="draw",
            state=JobState.DONE,
            requested_by=plan.created_by,
            queued_at=NOW,
            finished_at=NOW,
            result={"sample": list(drawn.sample)},
        )

    after(patch, commitment, "_seal_visits", reported)
    patch.setattr(JobQuerySet, "visible_to", lambda rows, actor: rows)
