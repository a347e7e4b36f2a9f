"""The domain's tables, one topic a file."""

from inspections.calendar import DayKind, Session
from inspections.models.audit import AuditEvent, AuditHead
from inspections.models.checklists import Checklist, ChecklistItem, FindingSeverity
from inspections.models.closure import FindingStep, StepKind
from inspections.models.commendations import Commendation, CommendationEvidence, CommendationForm
from inspections.models.demands import ConcernedUnit, Demand, DemandKind, DemandState
from inspections.models.department import CalendarDay, Department, Signatory
from inspections.models.documents import Document, DocumentKind
from inspections.models.facts import (
    Assigner,
    Complaint,
    Dossier,
    DossierSummary,
    FactState,
    PastResult,
    Task,
    Timeliness,
)
from inspections.models.filing import (
    Attachment,
    Device,
    SetAside,
    Submission,
    SubmissionConflict,
    SubmissionState,
)
from inspections.models.handling import (
    DisciplineForm,
    FormNamer,
    HandlingAct,
    HandlingKind,
    HandlingPause,
    HandlingRecommendation,
    HandlingResult,
    PauseReason,
)
from inspections.models.jobs import Job, JobState
from inspections.models.keys import KeyringMark
from inspections.models.letters import EvidenceResult, Letter, LetterKind, LetterScan
from inspections.models.officials import Official, OfficialCategory
from inspections.models.orders import OrderChannel, VisitOrder
from inspections.models.papers import (
    NAMING_UNITS,
    EditedDraft,
    Paper,
    PaperKind,
    PaperPicture,
    StandingTexts,
)
from inspections.models.people import (
    DeclaredRelation,
    FormerUnit,
    Inspector,
    Leave,
    RelationKind,
    Skill,
)
from inspections.models.plans import Plan, StratifyBy
from inspections.models.policies import Policy, RiskRun, UnitScore
from inspections.models.records import (
    Absence,
    AbsenceReason,
    Answer,
    AnswerValue,
    Finding,
    RollCall,
    Stage,
)
from inspections.models.signed_copies import CopyForm, CopyState, SignedCopy
from inspections.models.sources import (
    AbsentMeans,
    Load,
    LoadProblem,
    LoadState,
    Severity,
    Source,
    SourceKind,
    StagedRecord,
)
from inspections.models.units import Compound, FieldOfWork, Unit, UnitAlias, UnitKind
from inspections.models.users import ApiToken, Role, RoleGrant, TokenScope, User
from inspections.models.visits import Origin, TagKind, Visit, VisitMember, VisitTag

__all__ = [
    "NAMING_UNITS",
    "Absence",
    "AbsenceReason",
    "AbsentMeans",
    "Answer",
    "AnswerValue",
    "ApiToken",
    "Assigner",
    "Attachment",
    "AuditEvent",
    "AuditHead",
    "CalendarDay",
    "Checklist",
    "ChecklistItem",
    "Commendation",
    "CommendationEvidence",
    "CommendationForm",
    "Complaint",
    "Compound",
    "ConcernedUnit",
    "CopyForm",
    "CopyState",
    "DayKind",
    "DeclaredRelation",
    "Demand",
    "DemandKind",
    "DemandState",
    "Department",
    "Device",
    "DisciplineForm",
    "Document",
    "DocumentKind",
    "Dossier",
    "DossierSummary",
    "EditedDraft",
    "EvidenceResult",
    "FactState",
    "FieldOfWork",
    "Finding",
    "FindingSeverity",
    "FindingStep",
    "FormNamer",
    "FormerUnit",
    "HandlingAct",
    "HandlingKind",
    "HandlingPause",
    "HandlingRecommendation",
    "HandlingResult",
    "Inspector",
    "Job",
    "JobState",
    "KeyringMark",
    "Leave",
    "Letter",
    "LetterKind",
    "LetterScan",
    "Load",
    "LoadProblem",
    "LoadState",
    "Official",
    "OfficialCategory",
    "OrderChannel",
    "Origin",
    "Paper",
    "PaperKind",
    "PaperPicture",
    "PastResult",
    "PauseReason",
    "Plan",
    "Policy",
    "RelationKind",
    "RiskRun",
    "Role",
    "RoleGrant",
    "RollCall",
    "Session",
    "SetAside",
    "Severity",
    "Signatory",
    "SignedCopy",
    "Skill",
    "Source",
    "SourceKind",
    "Stage",
    "StagedRecord",
    "StandingTexts",
    "StepKind",
    "StratifyBy",
    "Submission",
    "SubmissionConflict",
    "SubmissionState",
    "TagKind",
    "Task",
    "Timeliness",
    "TokenScope",
    "Unit",
    "UnitAlias",
    "UnitKind",
    "UnitScore",
    "User",
    "Visit",
    "VisitMember",
    "VisitOrder",
    "VisitTag",
]
