"""What a submission may say: what its format allows and what does not contradict itself."""

from typing import Any
from uuid import uuid4

import pytest
from jsonschema import Draft202012Validator

from inspections.errors import InvalidInput
from inspections.filing import contents

VISIT, FINDING = str(uuid4()), str(uuid4())
PHOTO = {"sha256": "ab" * 32, "size": 10, "media_type": "image/jpeg"}
SHOWN = {"sha256": "ab" * 32, "caption": "Phòng Một cửa"}


def roll_call(**changes: Any) -> dict[str, Any]:
    reasons = ("leave", "mission", "meeting", "sick", "day_in_lieu", "other")
    return {
        "office": "Phòng Kinh tế",
        "at": "2026-03-02T09:05:00+07:00",
        "stage": "on_the_spot",
        "required": 4,
        "present": 3,
        "excused": dict.fromkeys(reasons, 0),
        "unexcused": 1,
        "absent": [],
    } | changes


def finding(**changes: Any) -> dict[str, Any]:
    return {
        "id": FINDING,
        "item": "D04",
        "facts": "12 hồ sơ quá hạn chưa có phiếu xin lỗi.",
        "severity": "major",
        "legal_basis": "",
        "responsible": {"name": "Lê Thị Bảy", "position": "Trưởng phòng"},
        "remedy": {
            "who": "Văn phòng",
            "what": "Gửi phiếu xin lỗi",
            "responsibility": "",
            "procedure": "",
            "result": "",
            "deadline": {"days": 10, "unit": "working"},
        },
        "evidence": [],
    } | changes


def said(**changes: Any) -> dict[str, Any]:
    lists = "roll_calls answers findings praise suggestions measures explanations signatures attachments"
    return (
        {
            "format": "kycuong/submission/1",
            "visit": VISIT,
            "checklist": 1,
            "closes": False,
            "outcome": "made",
            "replaces": None,
            "from_paper": False,
            "device": None,
            "signed_on": None,
            "arrival": None,
            "opinion": None,
        }
        | {name: [] for name in lists.split()}
        | changes
    )


def problems(content: Any) -> list[tuple[str, str]]:
    with pytest.raises(InvalidInput) as refused:
        contents.check(content)
    return [(one["field"], one["code"]) for one in refused.value.params["problems"]]


def test_the_schema_is_one() -> None:
    for name in contents.FORMATS:
        Draft202012Validator.check_schema(contents.schema(name))


def test_a_full_submission_is_taken() -> None:
    contents.check(
        said(
            signed_on="2026-03-02",
            arrival={"at": "2026-03-02T08:00:00Z", "place": "", "received_by": None},
            roll_calls=[roll_call()],
            answers=[{"item": "D04", "answer": "issue", "note": "", "evidence": [SHOWN]}],
            findings=[finding(evidence=[SHOWN])],
            praise=[
                {
                    "id": str(uuid4()),
                    "facts": "Giải quyết sớm",
                    "collective": True,
                    "person": None,
                    "evidence": [],
                }
            ],
            suggestions=[{"id": str(uuid4()), "text": "Thêm quầy", "person": None}],
            measures=[{"id": str(uuid4()), "text": "Kiểm điểm", "findings": [FINDING]}],
            opinion={
                "text": "Nhất trí",
                "reservations": [{"finding": FINDING, "text": "Đã gửi phiếu"}],
            },
            explanations=[{"finding": FINDING, "text": "Máy hỏng", "outcome": "rejected"}],
            signatures=[
                {
                    "role": "unit",
                    "person": {"name": "Lê Thị Bảy", "position": ""},
                    "at": "2026-03-02T11:00:00+07:00",
                    "refused": False,
                    "reason": "",
                    "stroke": "ab" * 32,
                    "signed_sha256": "cd" * 32,
                }
            ],
            attachments=[PHOTO],
        )
    )


@pytest.mark.parametrize(
    "content", [None, [], {}, {"format": "kycuong/submission/0"}, {"format": 1}]
)
def test_an_unknown_format_is_named_with_those_that_are_taken(content: Any) -> None:
    with pytest.raises(InvalidInput) as refused:
        contents.check(content)
    assert refused.value.code == "unknown_format"
    assert refused.value.params["formats"] == list(contents.FORMATS)


@pytest.mark.parametrize(
    ("changes", "place"),
    [
        ({"more": 1}, ""),
        ({"visit": "x"}, "visit"),
        ({"closes": "yes"}, "closes"),
        ({"signed_on": "2026-02-30"}, "signed_on"),
        ({"signed_on": "02/03/2026"}, "signed_on"),
        ({"roll_calls": [roll_call(at="2026-02-30T09:00:00Z")]}, "roll_calls.0.at"),
        ({"roll_calls": [roll_call(at="2026-03-02T09:00:00")]}, "roll_calls.0.at"),
        ({"roll_calls": [roll_call(present=-1)]}, "roll_calls.0.present"),
        ({"findings": [finding(facts=" ")]}, "findings.0.facts"),
        ({"findings": [finding(severity="serious")]}, "findings.0.severity"),
        ({"findings": [finding(facts="x" * 10_001)]}, "findings.0.facts"),
    ],
)
def test_each_place_that_does_not_follow_the_format_is_named(
    changes: dict[str, Any], place: str
) -> None:
    assert place in [field for field, _ in problems(said(**changes))]


def test_a_refusal_does_not_repeat_what_was_said() -> None:
    with pytest.raises(InvalidInput) as refused:
        contents.check(said(findings=[finding(severity="Lê Thị Bảy")]))
    assert "Bảy" not in str(refused.value.params)


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"roll_calls": [roll_call(required=5)]}, ("roll_calls.0", "wrong_sum")),
        (
            {
                "roll_calls": [
                    roll_call(absent=[{"name": "A", "position": "", "reason": "sick", "note": ""}])
                ]
            },
            ("roll_calls.0.absent", "more_named_than_counted"),
        ),
        ({"findings": [finding(), finding()]}, ("findings", "twice")),
        ({"attachments": [PHOTO, PHOTO]}, ("attachments", "twice")),
        ({"findings": [finding(evidence=[SHOWN])]}, ("attachments", "not_listed")),
        (
            {"explanations": [{"finding": FINDING, "text": "x", "outcome": "accepted"}]},
            ("findings", "not_listed"),
        ),
        (
            {"measures": [{"id": FINDING, "text": "x", "findings": [FINDING]}]},
            ("findings", "not_listed"),
        ),
    ],
)
def test_what_contradicts_itself_is_refused(
    changes: dict[str, Any], problem: tuple[str, str]
) -> None:
    assert problems(said(**changes)) == [problem]


def test_the_same_photograph_may_stand_in_two_places() -> None:
    twice = [finding(evidence=[SHOWN]), finding(id=str(uuid4()), evidence=[SHOWN])]
    contents.check(said(findings=twice, attachments=[PHOTO]))


def test_one_answer_names_at_most_fifty_problems() -> None:
    bad = [roll_call(present="x") for _ in range(80)]
    assert len(problems(said(roll_calls=bad))) == 50
