"""What a submission may say: what its format allows and what does not contradict itself."""

import hashlib
import json
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from jsonschema import Draft202012Validator

from inspections.errors import InvalidInput
from inspections.filing import contents
from tests.inspections.services.filings import order

VISIT, FINDING = str(uuid4()), str(uuid4())
PHOTO = {"sha256": "ab" * 32, "size": 10, "media_type": "image/jpeg"}
VECTOR = Path(__file__).parents[3] / "docs/algorithms/vectors/signed.json"
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


def signature(**changes: Any) -> dict[str, Any]:
    return {
        "role": "unit",
        "person": {"name": "Lê Thị Bảy", "position": ""},
        "at": "2026-03-02T11:00:00+07:00",
        "refused": False,
        "reason": "",
        "stroke": None,
        "signed_sha256": "cd" * 32 if changes.get("stroke") else None,
    } | changes


def said(**changes: Any) -> dict[str, Any]:
    lists = "roll_calls answers findings praise suggestions measures explanations signatures attachments"
    return (
        {
            "format": "kycuong/submission/2",
            "directed": None,
            "visit": VISIT,
            "checklist": 1,
            "closes": False,
            "outcome": "made",
            "replaces": None,
            "from_paper": False,
            "original": [],
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
            signatures=[signature(stroke="ab" * 32)],
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
        (
            {
                "roll_calls": [
                    roll_call(
                        absent=[
                            {"name": name, "position": "", "reason": "none", "note": ""}
                            for name in "AB"
                        ]
                    )
                ]
            },
            ("roll_calls.0.absent", "more_named_than_counted"),
        ),
        ({"original": ["ab" * 32]}, ("attachments", "not_listed")),
        ({"directed": order(proof_sha256="ab" * 32)}, ("attachments", "not_listed")),
        ({"directed": order(proof="")}, ("directed", "order_incomplete")),
        ({"directed": order(written_order_due=None)}, ("directed", "order_incomplete")),
        ({"directed": order(channel="document")}, ("directed", "order_incomplete")),
        ({"from_paper": True}, ("original", "original_missing")),
        ({"from_paper": True, "closes": True}, ("original", "original_missing")),
        ({"signatures": [signature(stroke="ab" * 32)]}, ("attachments", "not_listed")),
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


@pytest.mark.parametrize(
    "drawn",
    [
        {"stroke": "ab" * 32, "signed_sha256": None},
        {"stroke": None, "signed_sha256": "cd" * 32},
        {"stroke": "ab" * 32, "refused": True},
    ],
    ids=["bound to nothing", "bound but not drawn", "refused and drawn"],
)
def test_a_drawn_signature_is_bound_to_what_was_signed(drawn: dict[str, Any]) -> None:
    body = said(signatures=[signature(**drawn)], attachments=[PHOTO])
    assert problems(body) == [("signatures.0", "unbound_stroke")]


def test_what_is_signed_is_what_the_vector_says() -> None:
    vector = json.loads(VECTOR.read_text("utf-8"))
    contents.check(contents.normalised(vector["body"]))
    assert hashlib.sha256(vector["canonical"].encode()).hexdigest() == vector["sha256"]
    assert contents.signed_sha256(vector["body"]) == vector["sha256"]
    assert contents.strangely_signed(vector["body"]) == []


@pytest.mark.parametrize(
    ("changes", "is_bound"),
    [
        ({"device": None, "original": ["ab" * 32]}, True),
        ({"opinion": None}, False),
        ({"signed_on": "2026-03-03"}, False),
        ({"closes": False}, False),
        ({"checklist": 1.0}, False),
    ],
    ids=["what comes after", "opinion", "day", "closing", "no canonical form"],
)
def test_a_signature_is_bound_to_all_that_stood_before_it(
    changes: dict[str, Any], is_bound: bool
) -> None:
    body = json.loads(VECTOR.read_text("utf-8"))["body"] | changes
    assert (contents.strangely_signed(body) == []) == is_bound


def test_the_format_before_bound_signatures_to_nothing() -> None:
    body = said(format="kycuong/submission/1", signatures=[signature(stroke="ab" * 32)])
    del body["original"], body["directed"]
    assert contents.strangely_signed(body) is None
    contents.check(body | {"attachments": [PHOTO]})
