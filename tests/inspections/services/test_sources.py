"""Sources say how their files are read; names that a person has settled are remembered."""

from datetime import date, datetime
from typing import Any

import pytest

from inspections.errors import InvalidInput, NotAllowed, VersionConflict
from inspections.models import AbsentMeans, AuditEvent, Role, SourceKind, UnitAlias
from inspections.services import sources
from tests.builders import HANOI, make_unit, make_user

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 22, 9, 0, tzinfo=HANOI)


@pytest.fixture
def make() -> dict[str, Any]:
    lan = make_user("Lan", Role.PLANNER)
    return {"actor": lan, "code": "qlnv", "name": "Theo dõi nhiệm vụ", "now": NOW}


@pytest.mark.parametrize("kind", SourceKind)
def test_a_unit_absent_from_tasks_or_complaints_has_none(
    make: dict[str, Any], kind: SourceKind
) -> None:
    source = sources.create_source(**make, kind=kind)
    complete = kind in {SourceKind.TASK, SourceKind.COMPLAINT}
    assert source.absent_means == (AbsentMeans.ZERO if complete else AbsentMeans.NO_DATA)


def test_what_an_absent_unit_means_can_be_said(make: dict[str, Any]) -> None:
    source = sources.create_source(**make, kind=SourceKind.TASK, absent_means=AbsentMeans.NO_DATA)
    assert source.absent_means == AbsentMeans.NO_DATA


def test_a_code_is_given_once(make: dict[str, Any]) -> None:
    sources.create_source(**make, kind=SourceKind.TASK)
    with pytest.raises(InvalidInput) as refused:
        sources.create_source(**make, kind=SourceKind.DOSSIER)
    assert refused.value.code == "code_taken"


def test_overrides_are_checked_when_they_are_made(make: dict[str, Any]) -> None:
    with pytest.raises(InvalidInput):
        sources.create_source(**make, kind=SourceKind.TASK, overrides={"headers": {"x": ["y"]}})
    source = sources.create_source(**make, kind=SourceKind.TASK)
    with pytest.raises(InvalidInput):
        sources.update_source(
            actor=make["actor"],
            source=source,
            version=source.version,
            changes={"overrides": {"date_order": "x"}},
            now=NOW,
        )


def test_a_source_learns_a_header(make: dict[str, Any]) -> None:
    source = sources.create_source(**make, kind=SourceKind.TASK)
    sources.update_source(
        actor=make["actor"],
        source=source,
        version=1,
        changes={"overrides": {"headers": {"due": ["Phải xong"]}}, "name": "QLNV"},
        now=NOW,
    )
    assert sources.profile_of(source).field_of(("Phải xong",)) == ("due", 0)
    assert (source.name, source.version) == ("QLNV", 2)
    assert AuditEvent.objects.filter(action="source.update").count() == 1


def test_a_source_that_changed_meanwhile_is_left_alone(make: dict[str, Any]) -> None:
    source = sources.create_source(**make, kind=SourceKind.TASK)
    with pytest.raises(VersionConflict):
        sources.update_source(
            actor=make["actor"], source=source, version=7, changes={"name": "x"}, now=NOW
        )


@pytest.mark.parametrize("field", ["kind", "code", "id"])
def test_what_a_source_is_does_not_change(make: dict[str, Any], field: str) -> None:
    source = sources.create_source(**make, kind=SourceKind.TASK)
    with pytest.raises(InvalidInput):
        sources.update_source(
            actor=make["actor"], source=source, version=1, changes={field: "x"}, now=NOW
        )


def test_a_settled_name_is_remembered_once_and_as_it_was_written(make: dict[str, Any]) -> None:
    source = sources.create_source(**make, kind=SourceKind.TASK)
    unit = make_unit("SYT", "Sở Y tế")
    facts: dict[str, Any] = {
        "actor": make["actor"],
        "source": source,
        "name": "S. Y te\u0302\u0301 <b>",
        "unit": unit,
        "now": NOW,
        "valid_from": date(2026, 1, 1),
    }
    first = sources.resolve_unit_name(**facts)
    assert sources.resolve_unit_name(**facts) == first
    (alias,) = UnitAlias.objects.all()
    assert (alias.name, alias.source) == ("S. Y tế <b>", "Theo dõi nhiệm vụ")
    assert AuditEvent.objects.filter(action="source.resolve_name").count() == 1


@pytest.mark.parametrize(
    "facts",
    [
        {"name": "..."},
        {"name": "Sở", "valid_from": date(2026, 2, 1), "valid_to": date(2026, 1, 1)},
    ],
)
def test_a_name_that_means_nothing_is_refused(make: dict[str, Any], facts: dict[str, Any]) -> None:
    source = sources.create_source(**make, kind=SourceKind.TASK)
    with pytest.raises(InvalidInput):
        sources.resolve_unit_name(
            actor=make["actor"], source=source, unit=make_unit("SYT"), now=NOW, **facts
        )


def test_only_a_planner_makes_sources_and_settles_names(make: dict[str, Any]) -> None:
    source = sources.create_source(**make, kind=SourceKind.TASK)
    minh = make_user("Minh", *set(Role) - {Role.PLANNER})
    with pytest.raises(NotAllowed):
        sources.create_source(**(make | {"actor": minh, "code": "x"}), kind=SourceKind.TASK)
    with pytest.raises(NotAllowed):
        sources.update_source(actor=minh, source=source, version=1, changes={}, now=NOW)
    with pytest.raises(NotAllowed):
        sources.resolve_unit_name(
            actor=minh, source=source, name="x", unit=make_unit("SYT"), now=NOW
        )
