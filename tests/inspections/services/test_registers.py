"""Lists of units and inspectors change those themselves, and an undo puts back what stood there."""

from datetime import date

import pytest

from inspections.errors import WrongState
from inspections.models import Inspector, Load, LoadState, Source, SourceKind, Unit
from tests.inspections.importers.files import csv_bytes
from tests.inspections.services.loading import Loading

pytestmark = pytest.mark.django_db
UNIT_HEADERS = ["Mã đơn vị", "Tên đơn vị", "Loại", "Đơn vị cấp trên", "Biên chế", "Tên khác"]
STAFF_HEADERS = [
    "Mã cán bộ",
    "Họ và tên",
    "Cơ quan công tác",
    "Đơn vị công tác cũ",
    "Kỹ năng",
    "Trưởng đoàn",
]


@pytest.fixture
def loading() -> Loading:
    return Loading()


def load(loading: Loading, source: Source, *rows: list[str], headers: list[str]) -> Load:
    return loading.loaded(source, csv_bytes([headers, *rows]), cutoff=None)


def units() -> dict[str, tuple[object, ...]]:
    return {
        unit.code: (
            unit.name,
            unit.parent.code if unit.parent else None,
            unit.staff_count,
            sorted(alias.name for alias in unit.aliases.all()),
            unit.is_active,
        )
        for unit in Unit.objects.select_related("parent").prefetch_related("aliases")
    }


def test_a_list_of_units_adds_changes_and_leaves(loading: Loading) -> None:
    source = loading.source(SourceKind.UNIT)
    before = units()
    content = csv_bytes(
        [
            UNIT_HEADERS,
            ["SYT", "Sở Y tế tỉnh", "", "", "120", "SYT; Sở Y"],
            ["TH", "Xã Tân Thạnh", "", "", "", ""],
            ["P1", "Phòng Kinh tế", "Phòng", "P2", "9", ""],
            ["P2", "Phường Sa Đéc", "Phường", "", "", ""],
        ]
    )
    checked = loading.checked(source, content, cutoff=None)
    counts = {name: checked.counts[name] for name in ("added", "changed", "left")}
    assert counts == {"added": 2, "changed": 1, "left": 1}
    assert checked.cutoff is None
    assert units() == before

    loading.apply(checked)
    loading.work()
    after = units()
    assert after["SYT"] == ("Sở Y tế tỉnh", None, 120, ["SYT", "Sở Y"], True)
    assert after["P1"] == ("Phòng Kinh tế", "P2", 9, [], True)
    assert Unit.objects.get(code="SYT").match_key == "sở y tế tỉnh"

    checked.refresh_from_db()
    loading.undo(checked)
    assert units() == before


def test_a_unit_that_is_new_must_say_what_it_is(loading: Loading) -> None:
    content = csv_bytes(
        [UNIT_HEADERS, ["P1", "Phòng", "", "", "", ""], ["SYT", "Sở Y", "", "", "", ""]]
    )
    checked = loading.checked(loading.source(SourceKind.UNIT), content, cutoff=None)
    (problem,) = checked.problems.all()
    assert (problem.code, problem.row) == ("kind_missing", 2)
    assert (checked.counts["stored"], checked.counts["left_out"]) == (1, 1)


def test_what_somebody_changed_since_is_not_put_back(loading: Loading) -> None:
    done = load(
        loading,
        loading.source(SourceKind.UNIT),
        ["SYT", "Sở Y tế tỉnh", "", "", "120", ""],
        headers=UNIT_HEADERS,
    )
    Unit.objects.filter(code="SYT").update(staff_count=99)
    loading.undo(done)
    assert units()["SYT"][0] == "Sở Y tế"
    assert units()["SYT"][2] == 99


def test_a_unit_that_is_in_use_is_closed_and_not_deleted(loading: Loading) -> None:
    done = load(
        loading,
        loading.source(SourceKind.UNIT),
        ["P1", "Phường Sa Đéc", "Phường", "", "", ""],
        ["P2", "Phường Mỹ Trà", "Phường", "", "", ""],
        headers=UNIT_HEADERS,
    )
    Inspector.objects.create(code="CB1", full_name="An", home_unit=Unit.objects.get(code="P1"))
    loading.undo(done)
    left = units()
    assert left["P1"][4] is False
    assert "P2" not in left


def test_lists_are_undone_in_reverse_order(loading: Loading) -> None:
    source, other = loading.source(SourceKind.UNIT), loading.source(SourceKind.UNIT, code="x")
    first = load(loading, source, ["SYT", "Sở Y", "", "", "", ""], headers=UNIT_HEADERS)
    second = load(loading, other, ["SYT", "Sở Y tế tỉnh", "", "", "", ""], headers=UNIT_HEADERS)
    with pytest.raises(WrongState) as refused:
        loading.undo(first)
    assert refused.value.code == "undo_later_first"
    first.refresh_from_db()
    assert first.state == LoadState.IN_EFFECT
    loading.undo(second)
    loading.undo(first)
    assert units()["SYT"][0] == "Sở Y tế"


def test_a_list_of_inspectors_is_loaded_and_undone(loading: Loading) -> None:
    source = loading.source(SourceKind.INSPECTOR)
    known = Inspector.objects.create(code="CB1", full_name="Nguyễn Văn An")
    done = load(
        loading,
        source,
        ["CB1", "Nguyễn Văn An", "SYT", "Xã Tân Thạnh", "Đất đai", "x"],
        ["CB2", "Trần Thị Bình", "Sở Y tế", "", "Đất đai; Xây dựng", ""],
        headers=STAFF_HEADERS,
    )
    known.refresh_from_db()
    assert known.home_unit == loading.units["SYT"]
    assert list(known.former_units.all()) == [loading.units["TH"]]
    assert known.may_lead
    binh = Inspector.objects.get(code="CB2")
    assert sorted(binh.skills.values_list("code", flat=True)) == ["dat-dai", "xay-dung"]

    loading.undo(done)
    known.refresh_from_db()
    assert (known.home_unit, known.may_lead, known.former_units.count()) == (None, False, 0)
    assert not known.skills.exists()
    assert not Inspector.objects.filter(code="CB2").exists()


def test_an_empty_cell_leaves_what_stands_there(loading: Loading) -> None:
    Unit.objects.filter(code="SYT").update(staff_count=50)
    load(
        loading,
        loading.source(SourceKind.UNIT),
        ["SYT", "Sở Y tế", "", "", "", ""],
        headers=UNIT_HEADERS,
    )
    assert units()["SYT"][2] == 50


def test_the_same_list_in_a_new_file_changes_nothing(loading: Loading) -> None:
    source = loading.source(SourceKind.UNIT)
    load(loading, source, ["SYT", "Sở Y", "", "", "7", "Y tế"], headers=UNIT_HEADERS)
    versions = list(Unit.objects.order_by("code").values_list("version", flat=True))
    again = load(loading, source, ["SYT", "Sở Y", "", "", "7", "y  tế"], [], headers=UNIT_HEADERS)
    assert (again.counts["changed"], again.counts["left"]) == (0, 1)
    assert list(Unit.objects.order_by("code").values_list("version", flat=True)) == versions


def test_old_names_in_a_list_are_matched_on_the_day_of_the_load(loading: Loading) -> None:
    loading.units["TH"].aliases.create(name="Xã Cũ", valid_to=date(2025, 6, 30))
    checked = loading.checked(
        loading.source(SourceKind.INSPECTOR),
        csv_bytes([STAFF_HEADERS, ["CB1", "An", "Xã Cũ", "", "", ""]]),
        cutoff=None,
    )
    (problem,) = checked.problems.all()
    assert (problem.code, problem.value) == ("unit_ambiguous", "Xã Cũ")
    assert checked.counts["unmatched"][0]["candidates"] == ["TH"]
