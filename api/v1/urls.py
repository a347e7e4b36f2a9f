"""The routes of the API, version 1."""

from django.urls import URLPattern, URLResolver, path
from rest_framework.routers import SimpleRouter

from api.desk.views import docs
from api.v1 import (
    blank_forms,
    calendar_days,
    checklists,
    commendations,
    demands,
    department,
    devices,
    documents,
    endorsements,
    evaluation,
    events,
    findings,
    handling,
    inspectors,
    jobs,
    letters,
    loads,
    officials,
    papers,
    plans,
    policies,
    rates,
    risk,
    roster,
    session,
    signed_copies,
    sources,
    standing_texts,
    submissions,
    tablet,
    tokens,
    units,
    users,
    visits,
    word_drafts,
)
from api.v1.description import description

app_name = "v1"

router = SimpleRouter(use_regex_path=False)
router.register("audit/events", events.Events, "audit-event")
router.register("audit/verifications", events.Verifications, "audit-verification")
router.register("checklists", checklists.Checklists, "checklist")
router.register("commendation-forms", commendations.CommendationForms, "commendation-form")
router.register("commendations", commendations.Commendations, "commendation")
router.register("compounds", units.Compounds, "compound")
router.register("demands", demands.Demands, "demand")
router.register("devices", devices.Devices, "device")
router.register("documents", documents.Documents, "document")
router.register("fields-of-work", units.FieldsOfWork, "field-of-work")
router.register("findings", findings.Findings, "finding")
router.register("handling-recommendations", handling.Recommendations, "handling-recommendation")
router.register("inspectors", inspectors.Inspectors, "inspector")
router.register("jobs", jobs.Jobs, "job")
router.register("letters", letters.Letters, "letter")
router.register("loads", loads.Loads, "load")
router.register("official-lists", officials.OfficialLists, "official-load")
router.register("officials", officials.Officials, "official")
router.register("papers", papers.Papers, "paper")
router.register("plans", plans.Plans, "plan")
router.register("policies", policies.Policies, "policy")
router.register("risk-runs", risk.RiskRuns, "risk-run")
router.register("signed-copies", signed_copies.SignedCopies, "signed-copy")
router.register("skills", inspectors.Skills, "skill")
router.register("sources", sources.Sources, "source")
router.register("standing-texts", standing_texts.StandingTextsVersions, "standing-texts")
router.register("submissions", submissions.Submissions, "submission")
router.register("tokens", tokens.Tokens, "token")
router.register("units", units.Units, "unit")
router.register("users", users.Users, "user")
router.register("visits", visits.Visits, "visit")

urlpatterns: list[URLPattern | URLResolver] = [
    path("docs/", docs, name="docs"),
    path("schema/", description, name="schema"),
    path(
        "session/",
        session.CurrentSession.as_view({"get": "retrieve", "post": "create", "delete": "destroy"}),
        name="session",
    ),
    path("session/password/", session.Password.as_view({"post": "create"}), name="password"),
    path(
        "department/",
        department.TheDepartment.as_view({"get": "retrieve", "patch": "partial_update"}),
        name="department",
    ),
    path(
        "calendar-days/",
        calendar_days.CalendarDays.as_view({"get": "list"}),
        name="calendar-day-list",
    ),
    path(
        "calendar-days/<day:day>/",
        calendar_days.CalendarDays.as_view(
            {"get": "retrieve", "put": "update", "delete": "destroy"}
        ),
        name="calendar-day-detail",
    ),
    path("audit/head/", events.Chain.as_view({"get": "head"}), name="audit-head"),
    path(
        "blank-forms/minutes/",
        blank_forms.BlankForms.as_view({"get": "minutes"}),
        name="blank-form-minutes",
    ),
    path(
        "blank-forms/roll-call/",
        blank_forms.BlankForms.as_view({"get": "roll_call"}),
        name="blank-form-roll-call",
    ),
    path("duties/", roster.Duties.as_view({"get": "retrieve"}), name="duties"),
    path(
        "evaluation-extracts/",
        evaluation.EvaluationExtracts.as_view({"get": "extract"}),
        name="evaluation-extract",
    ),
    path(
        "letters/<uuid:pk>/scans/<sha256:sha256>/",
        letters.Scans.as_view({"get": "retrieve", "put": "update"}),
        name="letter-scan",
    ),
    path(
        "loads/<uuid:pk>/problems/",
        loads.Problems.as_view({"get": "list"}),
        name="load-problems",
    ),
    path(
        "papers/<uuid:pk>/docx/",
        word_drafts.WordDrafts.as_view({"get": "retrieve", "post": "create"}),
        name="paper-docx",
    ),
    path(
        "papers/<uuid:pk>/docx/<sha256:sha256>/acceptance/",
        word_drafts.WordChanges.as_view({"post": "accept"}),
        name="paper-docx-acceptance",
    ),
    path(
        "papers/<uuid:pk>/signed-copies/<sha256:sha256>/",
        signed_copies.PaperCopies.as_view({"put": "update"}),
        name="paper-signed-copy",
    ),
    path(
        "plans/<uuid:pk>/endorsement-view/",
        endorsements.EndorsementViews.as_view({"get": "retrieve"}),
        name="plan-endorsement-view",
    ),
    path(
        "plans/<uuid:pk>/endorsement-view/units/",
        endorsements.UnitChances.as_view({"get": "list"}),
        name="plan-endorsement-view-units",
    ),
    path(
        "plans/<uuid:pk>/rates/",
        rates.PlanRates.as_view({"get": "retrieve"}),
        name="plan-rates",
    ),
    path(
        "plans/<uuid:pk>/roster/",
        roster.Roster.as_view({"get": "retrieve"}),
        name="plan-roster",
    ),
    path(
        "plans/<uuid:pk>/roster-readers/",
        roster.RosterReaders.as_view({"get": "retrieve"}),
        name="plan-roster-readers",
    ),
    path(
        "risk-runs/<uuid:pk>/scores/",
        risk.Scores.as_view({"get": "list"}),
        name="risk-run-scores",
    ),
    path(
        "submissions/<uuid:pk>/attachments/<sha256:sha256>/",
        submissions.Attachments.as_view({"get": "retrieve", "put": "update"}),
        name="submission-attachment",
    ),
    path("tablet/", tablet.Tablet.as_view({"get": "retrieve"}), name="tablet"),
    path(
        "visits/<uuid:pk>/blank-minutes/",
        blank_forms.BlankForms.as_view({"get": "of_visit"}),
        name="visit-blank-minutes",
    ),
    path(
        "visits/<uuid:pk>/record/",
        findings.Record.as_view({"get": "retrieve"}),
        name="visit-record",
    ),
    path(
        "visits/<uuid:pk>/minutes/",
        findings.Record.as_view({"get": "minutes"}),
        name="visit-minutes",
    ),
    *router.urls,
]
