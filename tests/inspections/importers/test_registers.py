"""Lists of units and inspectors hold what their rows state, and nothing else."""

from tests.inspections.importers.files import Reader, csv_bytes

UNIT_HEADERS = [
    "Mã đơn vị",
    "Tên đơn vị",
    "Loại đơn vị",
    "Đơn vị cấp trên",
    "Biên chế",
    "Tên khác",
    "Sáng thứ bảy",
]
STAFF_HEADERS = [
    "Mã cán bộ",
    "Họ và tên",
    "Chức vụ",
    "Cơ quan công tác",
    "Đơn vị công tác trước đây",
    "Chuyên môn",
    "Có thể làm trưởng đoàn",
    "Số điện thoại",
]


def test_units_are_read_with_their_parents(reader: Reader) -> None:
    rows = [
        ["P1", "Phòng Văn hóa", "Phòng", "Phường Sa Đéc", "12", "P.VHXH; Phòng VH-XH", "Có"],
        ["SD", "Phường Sa Đéc", "Phường", "", "", "", ""],
        ["P2", "Phòng Kinh tế", "Phòng", "SYT", "", "", "Không"],
    ]
    result = reader.read(csv_bytes([UNIT_HEADERS, *rows]), "unit", cutoff=None)
    assert result.codes() == []
    assert result.column("code") == ["P1", "SD", "P2"]
    assert result.column("data") == [
        {
            "name": "Phòng Văn hóa",
            "kind": "commune_office",
            "parent": "SD",
            "staff_count": 12,
            "aliases": ["P.VHXH", "Phòng VH-XH"],
            "works_saturday_morning": True,
        },
        {"name": "Phường Sa Đéc", "kind": "ward"},
        {
            "name": "Phòng Kinh tế",
            "kind": "commune_office",
            "parent": "SYT",
            "works_saturday_morning": False,
        },
    ]


def test_a_parent_that_nobody_knows_leaves_its_unit_out(reader: Reader) -> None:
    rows = [
        ["P1", "Phòng A", "Phòng", "Huyện Lạ", "", "", ""],
        ["P2", "Phòng B", "Vụ", "", "", "", ""],
    ]
    result = reader.read(csv_bytes([UNIT_HEADERS, *rows]), "unit", cutoff=None)
    assert result.rows == []
    assert result.codes() == ["choice_unknown", "unit_unknown"]
    assert result.log.unmatched == {"Huyện Lạ": 1}


def test_inspectors_are_read_without_their_telephones(reader: Reader) -> None:
    row = [
        "CB1",
        "Nguyễn Văn An",
        "Phó Trưởng phòng",
        "Sở Nội vụ",
        "Sở Y tế; Xã Tân Hồng",
        "Đất đai\nXây dựng",
        "x",
        "0912345678",
    ]
    result = reader.read(csv_bytes([STAFF_HEADERS, row]), "inspector", cutoff=None)
    assert result.column("data") == [
        {
            "full_name": "Nguyễn Văn An",
            "title": "Phó Trưởng phòng",
            "home_unit": "SNV",
            "former_units": ["SYT", "TH"],
            "skills": ["Đất đai", "Xây dựng"],
            "may_lead": True,
        }
    ]
    assert result.opened.columns()["personal"] == ["Số điện thoại"]


def test_two_rows_with_one_code_are_one_too_many(reader: Reader) -> None:
    rows = [["CB1", "Nguyễn Văn An"], ["CB1", "Trần Thị Bình"], ["", "Lê Văn Châu"]]
    result = reader.read(csv_bytes([STAFF_HEADERS[:2], *rows]), "inspector", cutoff=None)
    assert result.column("code") == ["CB1"]
    assert result.codes() == ["value_missing", "duplicate_code"]
