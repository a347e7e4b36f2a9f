"""The minutes of a visit, from what was filed there."""

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, Final

from django.utils import timezone

from inspections import evidence
from inspections.documents import layout
from inspections.documents import visit_minutes as paper
from inspections.documents.content import Document, Letterhead, Picture, Signature
from inspections.documents.wording import demanded
from inspections.errors import InvalidInput, NotFound
from inspections.models import (
    AbsenceReason,
    AnswerValue,
    Attachment,
    Checklist,
    Department,
    Origin,
    PaperKind,
    RollCall,
    Stage,
    User,
    Visit,
)
from inspections.queries.records import VisitRecord, visit_record
from inspections.services import audit, standing_texts
from inspections.services.faces import fonts
from inspections.standing import Texts

# Papers are Vietnamese, whatever language the screen shows.
KINDS: Final = {
    Origin.DRAWN: "đột xuất",
    Origin.DIRECTED: "theo chỉ đạo",
    Origin.PLANNED: "theo kế hoạch",
    Origin.FOLLOW_UP: "kiểm tra lại",
}
REASONS: Final = {
    AbsenceReason.LEAVE: "Nghỉ phép",
    AbsenceReason.MISSION: "Công tác",
    AbsenceReason.MEETING: "Họp",
    AbsenceReason.SICK: "Ốm",
    AbsenceReason.DAY_IN_LIEU: "Nghỉ bù",
    AbsenceReason.OTHER: "Lý do khác",
    AbsenceReason.NONE: "Không lý do",
}
EXPLAINED: Final = {
    "accepted": "đoàn chấp nhận",
    "rejected": "đoàn không chấp nhận",
    "proof_to_follow": "đơn vị bổ sung minh chứng sau",
}
_SIGNERS: Final = (
    ("unit", "ĐẠI DIỆN ĐƠN VỊ"),
    ("recorder", "NGƯỜI GHI BIÊN BẢN"),
    ("team_leader", "TRƯỞNG ĐOÀN"),
)


def print_minutes(*, actor: User, visit: Visit, now: datetime) -> bytes:
    """Return the minutes of a visit as a draft PDF, on record: they name persons.

    Raises:
        NotFound: nothing was filed yet.
        DocumentError: a text does not fit its place on the paper.
    """
    papers = compose_minutes(visit, standing_texts.of(PaperKind.VISIT_MINUTES), now)
    audit.record(actor=actor, action="visit.print_minutes", obj=visit, now=now)
    return layout.render(papers, fonts())


def compose_minutes(visit: Visit, texts: Texts, now: datetime) -> list[Document]:
    """Return the minutes of a visit and their appendices, from what counts of everything that was filed.

    Raises:
        NotFound: nothing was filed yet.
        DocumentError: a text does not fit its place on the paper.
    """
    record = visit_record(visit)
    if record is None or visit.unit is None:
        raise NotFound
    return paper.compose(_content(record, visit.unit.name, texts, now))


def _content(record: VisitRecord, unit: str, texts: Texts, now: datetime) -> paper.VisitMinutes:
    department = Department.objects.get()
    closing: Mapping[str, Any] = record.closing or {}
    arrival = closing.get("arrival") or {}
    signatures = closing.get("signatures", [])
    return paper.VisitMinutes(
        letterhead=letterhead(department, now, draft=True),
        unit=unit,
        kind=KINDS[Origin(record.visit.origin)],
        started=datetime.fromisoformat(arrival["at"]) if arrival else None,
        ended=max((datetime.fromisoformat(one["at"]) for one in signatures), default=None),
        printed=now,
        place=arrival.get("place", ""),
        team=_team(record.visit),
        received_by=tuple(
            paper.Person(person["name"], person["position"])
            for person in [arrival.get("received_by")]
            if person
        ),
        shut=closing.get("outcome") == "closed_at_arrival",
        roll_calls=_roll_calls(record),
        absent=_absent(record),
        checked=_checked(record, closing),
        praise=tuple(one["facts"] for one in record.said["praise"]),
        findings=_findings(record, closing),
        measures=tuple(one["text"] for one in record.said["measures"]),
        suggestions=tuple(one["text"] for one in record.said["suggestions"]),
        opinion=(closing.get("opinion") or {}).get("text", ""),
        signatures=places_to_sign(signatures),
        refusals=tuple(
            paper.Refusal(_person(one), one["reason"]) for one in signatures if one["refused"]
        ),
        witnesses=tuple(_person(one) for one in signatures if one["role"] == "witness"),
        strangely_signed=tuple(map(_person, record.strangely_signed or ())),
        pictures=tuple(_pictures(record, closing)),
        recipients=texts.recipients,
        closing=texts.closing,
        synthetic=department.is_synthetic,
    )


def letterhead(department: Department, now: datetime, *, draft: bool) -> Letterhead:
    """Return the head of minutes, which bear no place and date."""
    return Letterhead(
        superior=department.superior,
        agency=department.name,
        code=f"BB-{department.team_abbreviation}",
        year=timezone.localdate(now).year,
        draft=draft,
    )


def member(name: str, *, leads: bool) -> paper.Person:
    """Return somebody of the team as the minutes name him."""
    return paper.Person(name, part="Trưởng đoàn" if leads else "Thành viên")


def _team(visit: Visit) -> tuple[paper.Person, ...]:
    members = visit.members.select_related("inspector").order_by(
        "-is_leader", "inspector__name_sort_key"
    )
    return tuple(member(one.inspector.full_name, leads=one.is_leader) for one in members)


def _roll_calls(record: VisitRecord) -> tuple[paper.RollCall, ...]:
    return tuple(
        paper.RollCall(after_evidence=stage is Stage.AFTER_EVIDENCE, offices=offices)
        for stage in Stage
        if (offices := tuple(_office(one) for one in record.roll_calls if one.stage == stage))
    )


def _office(one: RollCall) -> paper.Office:
    return paper.Office(
        name=one.office,
        at=one.at,
        required=one.required,
        present=one.present,
        excused=(one.leave, one.mission, one.meeting, one.sick, one.day_in_lieu, one.other),
        unexcused=one.unexcused,
    )


def _absent(record: VisitRecord) -> tuple[paper.Absent, ...]:
    return tuple(
        paper.Absent(
            name=absence.name,
            post=absence.post,
            office=one.office,
            reason=REASONS[AbsenceReason(absence.reason)],
            note=absence.note,
        )
        for one in record.roll_calls
        for absence in one.absences.all()
    )


def _checked(record: VisitRecord, closing: Mapping[str, Any]) -> paper.Checked:
    values = Counter(answer.value for answer in record.answers)
    asked = Checklist.objects.filter(number=closing.get("checklist", 0)).values_list(
        "items__code", flat=True
    )
    silent = len(set(asked) - {answer.item for answer in record.answers})
    return paper.Checked(
        no_issue=values[AnswerValue.NO_ISSUE],
        issue=values[AnswerValue.ISSUE],
        praise=values[AnswerValue.PRAISE],
        not_applicable=values[AnswerValue.NOT_APPLICABLE],
        not_checked=values[AnswerValue.NOT_CHECKED] + silent,
    )


def _findings(record: VisitRecord, closing: Mapping[str, Any]) -> tuple[paper.Finding, ...]:
    reservations = {
        one["finding"]: one["text"]
        for one in (closing.get("opinion") or {}).get("reservations", [])
    }
    explanations = {
        one["finding"]: f"{one['text']} ({EXPLAINED[one['outcome']]})"
        for one in record.said["explanations"]
    }
    return tuple(
        paper.Finding(
            facts=finding.facts,
            basis=finding.filed_words["legal_basis"],
            responsible=", ".join(
                filter(None, (finding.responsible_name, finding.responsible_post))
            ),
            remedy=_remedy(finding.filed_words["remedy"]),
            reservation=reservations.get(str(finding.ref), ""),
            explanation=explanations.get(str(finding.ref), ""),
        )
        for finding in record.findings
    )


def _remedy(remedy: Mapping[str, Any] | None) -> paper.Remedy | None:
    if remedy is None:
        return None
    deadline = remedy["deadline"]
    return paper.Remedy(
        parts=demanded(remedy),
        days=deadline["days"] if deadline else None,
        working=bool(deadline) and deadline["unit"] == "working",
    )


def _person(signature: Mapping[str, Any]) -> paper.Person:
    return paper.Person(signature["person"]["name"], signature["person"]["position"])


def places_to_sign(signatures: Iterable[Mapping[str, Any]]) -> tuple[Signature, ...]:
    """Return the places to sign; who refused is named in the text, not there."""
    names = {one["role"]: one["person"]["name"] for one in signatures if not one["refused"]}
    return tuple(
        Signature((post,), names.get(role, ""), "(Ký, ghi rõ họ tên)") for role, post in _SIGNERS
    )


def _pictures(record: VisitRecord, closing: Mapping[str, Any]) -> Iterable[Picture]:
    """Yield the photographs of the closing that have arrived and can be shown, each once, in its order."""
    kept = {
        attachment.sha256: attachment
        for attachment in Attachment.objects.filter(
            submission__in=record.submissions, received_at__isnull=False
        )
        if evidence.is_picture(attachment.media_type)
    }
    shown: set[str] = set()
    for part in ("findings", "answers", "praise"):
        for one in closing.get(part, []):
            for piece in one["evidence"]:
                attachment = kept.get(piece["sha256"])
                if attachment is None or attachment.sha256 in shown:
                    continue
                shown.add(attachment.sha256)
                try:
                    data = evidence.printed(attachment.sha256, attachment.media_type)
                except InvalidInput:  # kept as evidence, and no picture
                    continue
                yield Picture(data, f"Ảnh {len(shown)}. {piece['caption']}".rstrip(". "))
