"""Profiles are data: each name means one thing, and a source may add its own."""

import json
import unicodedata

import pytest

from inspections.errors import InvalidInput
from inspections.importers.profiles import (
    FOLDER,
    Status,
    header_key,
    overridden,
    packaged,
    status_key,
)
from inspections.importers.reading import READERS
from inspections.models import (
    Assigner,
    Complaint,
    Dossier,
    DossierSummary,
    FactState,
    Inspector,
    PastResult,
    SourceKind,
    Task,
    Timeliness,
    Unit,
    UnitKind,
)

MODELS = {
    "task": Task,
    "dossier": Dossier,
    "dossier_summary": DossierSummary,
    "complaint": Complaint,
    "result": PastResult,
    "unit": Unit,
    "inspector": Inspector,
}
KINDS = sorted(SourceKind.values)


def test_every_kind_of_source_has_a_profile_and_a_reader() -> None:
    assert sorted(READERS) == sorted(path.stem for path in FOLDER.glob("*.json")) == KINDS


@pytest.mark.parametrize("kind", KINDS)
def test_a_name_means_one_field(kind: str) -> None:
    profile = packaged(kind)
    names = [
        (header_key(name), field) for field, names in profile.headers.items() for name in names
    ]
    assert len({name for name, _field in names}) == len(names)
    personal = {header_key(name) for name in profile.personal}
    assert not personal & {name for name, _field in names}


@pytest.mark.parametrize("kind", KINDS)
def test_every_packaged_name_is_recognised_under_a_parent_that_nobody_knows(kind: str) -> None:
    profile = packaged(kind)
    for field, names in profile.headers.items():
        for name in names:
            path = ("Biểu tổng hợp chung", *name.split(" / "))
            assert profile.field_of(path) == (field, names.index(name))


@pytest.mark.parametrize("kind", KINDS)
def test_a_profile_says_where_its_names_come_from_and_requires_known_fields(kind: str) -> None:
    profile = packaged(kind)
    assert profile.provenance
    assert set(profile.required) <= set(profile.headers)
    assert READERS[kind].anchor in profile.required


@pytest.mark.parametrize("kind", KINDS)
def test_statuses_stand_for_states_and_labels_of_the_model(kind: str) -> None:
    statuses = packaged(kind).statuses
    assert {status.state for status in statuses.values()} <= {"", *FactState.values}
    assert {status.label for status in statuses.values()} <= {"", *Timeliness.values}
    keys = [status_key(label) for label in statuses]
    assert len(set(keys)) == len(keys)


def test_choices_stand_for_values_of_the_model() -> None:
    assert set(packaged("task").choices["assigner"]) <= set(Assigner.values)
    assert set(packaged("unit").choices["kind"]) == set(UnitKind.values)


@pytest.mark.parametrize(
    "header",
    ["ĐƠN VỊ  CHỦ TRÌ", "Đơn vị chủ trì", "đơn vị\nchủ trì", "don vi chu tri", "Đơn vị, chủ trì:"],
)
def test_a_header_is_recognised_however_it_is_spelled(header: str) -> None:
    for form in ("NFC", "NFD"):
        spelled = unicodedata.normalize(form, header)
        assert packaged("task").field_of((spelled,)) == ("unit", 0)


def test_a_header_without_accents_that_could_be_two_fields_is_neither() -> None:
    profile = overridden(
        packaged("task"), {"headers": {"done": ["hạn"[:1] + "ân xong"], "due": ["hẫn xong"]}}
    )
    assert profile.field_of(("han xong",)) is None


def test_a_number_in_a_status_does_not_count() -> None:
    profile = packaged("dossier")
    assert profile.status_of("Quá 17 ngày") == Status("open", "overdue")
    assert profile.status_of("ĐANG XỬ LÝ - QUÁ HẠN") == Status("open", "overdue")
    assert profile.status_of("đang chờ ai đó") is None


def test_a_sources_own_names_go_before_the_packaged_ones() -> None:
    profile = overridden(
        packaged("dossier"),
        {
            "headers": {"due": ["Ngày phải xong"]},
            "statuses": {"Đã số hóa": {"state": "done", "label": "on_time"}},
            "date_order": "mdy",
        },
    )
    assert profile.field_of(("Ngày phải xong",)) == ("due", 0)
    assert profile.field_of(("Ngày hẹn trả",)) == ("due", 1)
    assert profile.status_of("đã số hóa") == Status("done", "on_time")
    assert profile.date_order == "mdy"
    assert packaged("dossier").field_of(("Ngày phải xong",)) is None


@pytest.mark.parametrize(
    "overrides",
    [
        {"colour": "red"},
        {"date_order": "ymd"},
        {"headers": []},
        {"headers": {"nothing": ["x"]}},
        {"headers": {"due": "x"}},
        {"headers": {"due": [""]}},
        {"headers": {"due": [7]}},
        {"headers": {"due": ["x"] * 501}},
        {"statuses": []},
        {"statuses": {"x": "done"}},
        {"statuses": {"x": {"state": "gone"}}},
        {"statuses": {"x": {"state": "done", "label": "soon"}}},
        {"statuses": {"x": {"state": "done", "colour": "red"}}},
    ],
)
def test_overrides_that_mean_nothing_are_refused(overrides: dict[str, object]) -> None:
    with pytest.raises(InvalidInput) as refused:
        overridden(packaged("dossier"), overrides)
    assert refused.value.code == "invalid_overrides"


def test_packaged_profiles_are_in_composed_form() -> None:
    for path in FOLDER.glob("*.json"):
        content = path.read_text(encoding="utf-8")
        assert unicodedata.is_normalized("NFC", content)
        json.loads(content)
