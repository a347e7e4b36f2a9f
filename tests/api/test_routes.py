"""Every route, every method, every kind of caller: the table that a new route must enter.

A caller for whom a route is not gets 401 (nobody signed in) or 403, without anything being looked up;
everybody else gets past the door, whatever is behind it.
"""

import re
from collections.abc import Iterator
from http import HTTPStatus
from typing import Any
from uuid import UUID

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from inspections.models import Role, TokenScope, User
from tests.api.conftest import machine, signed_in
from tests.builders import make_token, make_user

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
NOWHERE = UUID("11111111-2222-4333-8444-555555555555")
VALUES: dict[str, Any] = {"role": "clerk", "day": "2026-04-01", "sha256": "0" * 64}
REFUSED = {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}

P, A, I, C = Role.PLANNER, Role.APPROVER, Role.INSPECTOR, Role.CLERK  # noqa: E741  initials read best in a table
PUB, L, AUD, T = Role.PUBLISHER, Role.LEADER, Role.AUDITOR, Role.TECHNICAL_ADMIN
ALL = frozenset(Role)
READ, LOAD = TokenScope.READ, TokenScope.LOAD
REFERENCE = (READ, LOAD)
#: Open to everybody, signed in or not.
ANYBODY = None

Allowed = tuple[set[Role] | frozenset[Role], tuple[TokenScope, ...]] | None

# Route and method → the roles, and the scopes of tokens, that get past the door.
TABLE: dict[tuple[str, str], Allowed] = {
    ("audit-event-list", "GET"): ({AUD}, ()),
    ("audit-event-detail", "GET"): ({AUD}, ()),
    ("audit-head", "GET"): ({AUD}, ()),
    ("audit-verification-list", "POST"): ({AUD}, ()),
    ("audit-verification-detail", "GET"): ({AUD}, ()),
    ("blank-form-minutes", "GET"): ({P, A, C, I}, ()),
    ("blank-form-roll-call", "GET"): ({P, A, C, I}, ()),
    ("calendar-day-list", "GET"): (ALL, REFERENCE),
    ("calendar-day-detail", "GET"): (ALL, REFERENCE),
    ("calendar-day-detail", "PUT"): ({P, T}, ()),
    ("calendar-day-detail", "DELETE"): ({P, T}, ()),
    ("checklist-list", "GET"): (ALL, ()),
    ("checklist-list", "POST"): ({P}, ()),
    ("checklist-detail", "GET"): (ALL, ()),
    ("checklist-detail", "DELETE"): ({P}, ()),
    ("checklist-items", "PUT"): ({P}, ()),
    ("checklist-publish", "POST"): ({A}, ()),
    ("commendation-list", "GET"): ({P, A, L, C, I}, ()),
    ("commendation-list", "POST"): ({P, I}, ()),
    ("commendation-detail", "GET"): ({P, A, C, I}, ()),
    ("commendation-review", "POST"): ({P, A}, ()),
    ("commendation-decide", "POST"): ({P, A, C}, ()),
    ("commendation-refuse", "POST"): ({P, A, C}, ()),
    ("commendation-form-list", "GET"): (ALL, ()),
    ("commendation-form-list", "POST"): ({P}, ()),
    ("commendation-form-retire", "POST"): ({P}, ()),
    ("compound-list", "GET"): (ALL, REFERENCE),
    ("department", "GET"): (ALL, REFERENCE),
    ("department", "PATCH"): ({T}, ()),
    ("demand-list", "GET"): ({P, A, L, C, I}, ()),
    ("demand-list", "POST"): ({P, C}, ()),
    ("demand-detail", "GET"): ({P, A, L, C, I}, ()),
    ("demand-withdraw", "POST"): ({P, C}, ()),
    ("device-list", "GET"): ({P, A, T}, ()),
    ("device-list", "POST"): ({T}, ()),
    ("device-detail", "GET"): ({P, A, T}, ()),
    ("device-revoke", "POST"): ({T}, ()),
    ("docs", "GET"): ANYBODY,
    ("document-list", "GET"): (ALL, ()),
    ("document-list", "POST"): ({P, A, C}, ()),
    ("document-detail", "GET"): (ALL, ()),
    ("document-content", "GET"): (ALL, ()),
    ("duties", "GET"): ({I}, ()),
    ("evaluation-extract", "GET"): ({P, A}, ()),
    ("field-of-work-list", "GET"): (ALL, REFERENCE),
    ("finding-list", "GET"): ({P, A, L, C, I}, ()),
    ("finding-detail", "GET"): ({P, A, L, C, I}, ()),
    ("finding-recheck", "POST"): ({P, C}, ()),
    ("finding-reconsideration", "POST"): ({P, C}, ()),
    ("finding-decision", "POST"): ({A}, ()),
    ("finding-reopen", "POST"): ({P, A}, ()),
    ("handling-recommendation-list", "GET"): ({P, A, L, C, I}, ()),
    ("handling-recommendation-list", "POST"): ({P, I}, ()),
    ("handling-recommendation-detail", "GET"): ({P, A, C, I}, ()),
    ("handling-recommendation-form", "PUT"): ({P, A, I}, ()),
    ("handling-recommendation-review", "POST"): ({P, A}, ()),
    ("handling-recommendation-forward", "POST"): ({P, A, C}, ()),
    ("handling-recommendation-decide", "POST"): ({P, A, C}, ()),
    ("handling-recommendation-withdraw", "POST"): ({P, I}, ()),
    ("handling-recommendation-extend", "POST"): ({P, A, C}, ()),
    ("handling-recommendation-pause", "POST"): ({P, A, C}, ()),
    ("handling-recommendation-end-pause", "PUT"): ({P, A, C}, ()),
    ("inspector-list", "GET"): ({P, A, T}, ()),
    ("inspector-list", "POST"): ({P, T}, ()),
    ("inspector-detail", "GET"): ({P, A, T}, ()),
    ("inspector-detail", "PATCH"): ({P, T}, ()),
    ("inspector-declare-relation", "POST"): ({P, T}, ()),
    ("inspector-end-relation", "DELETE"): ({P, T}, ()),
    ("inspector-enter-leave", "POST"): ({P, T}, ()),
    ("inspector-cancel-leave", "DELETE"): ({P, T}, ()),
    ("job-list", "GET"): (ALL, (LOAD,)),
    ("job-detail", "GET"): (ALL, (LOAD,)),
    ("job-cancel", "POST"): (ALL, (LOAD,)),
    ("letter-list", "GET"): ({P, A, L, C, I}, ()),
    ("letter-list", "POST"): ({P, C}, ()),
    ("letter-detail", "GET"): ({P, A, L, C, I}, ()),
    ("letter-detail", "PATCH"): ({P, C}, ()),
    ("letter-result", "POST"): ({P, C}, ()),
    ("letter-scan", "GET"): ({P, A, C, I}, ()),
    ("letter-scan", "PUT"): ({P, C}, ()),
    ("load-list", "GET"): ({P, A, L, AUD}, REFERENCE),
    ("load-list", "POST"): ({P}, (LOAD,)),
    ("load-detail", "GET"): ({P, A, L, AUD}, REFERENCE),
    ("load-apply", "POST"): ({P}, (LOAD,)),
    ("load-cancel", "POST"): ({P}, (LOAD,)),
    ("load-check", "POST"): ({P}, (LOAD,)),
    ("load-undo", "POST"): ({P}, ()),
    ("load-problems", "GET"): ({P, A, L, AUD}, REFERENCE),
    ("official-list", "GET"): ({P, A, C, I}, ()),
    ("official-list", "POST"): ({P}, ()),
    ("official-load-list", "POST"): ({P}, ()),
    ("official-detail", "GET"): ({P, A, C, I}, ()),
    ("official-detail", "PATCH"): ({P}, ()),
    ("paper-list", "GET"): (ALL, ()),
    ("paper-list", "POST"): ({P, C, I}, ()),
    ("paper-detail", "GET"): (ALL, ()),
    ("paper-docx", "GET"): ({P, C}, ()),
    ("paper-docx", "POST"): ({P, C}, ()),
    ("paper-docx-acceptance", "POST"): ({P, C}, ()),
    ("paper-pdf", "GET"): (ALL, ()),
    ("paper-submit", "POST"): ({P, A, C, I}, ()),
    ("paper-number", "POST"): ({C}, ()),
    ("paper-withdraw", "POST"): ({P, A, C, I}, ()),
    ("paper-signed-copy", "PUT"): ({P, C}, ()),
    ("password", "POST"): (ALL, ()),
    ("plan-list", "GET"): (ALL, ()),
    ("plan-list", "POST"): ({P}, ()),
    ("plan-detail", "GET"): (ALL, ()),
    ("plan-detail", "PATCH"): ({P}, ()),
    ("plan-freeze", "POST"): ({P}, ()),
    ("plan-endorse", "POST"): ({A}, ()),
    ("plan-endorsement-view", "GET"): ({P, A}, ()),
    ("plan-endorsement-view-units", "GET"): ({P, A}, ()),
    ("plan-draw", "POST"): ({P}, ()),
    ("plan-schedule", "POST"): ({P}, ()),
    ("plan-send-back", "POST"): ({A}, ()),
    ("plan-approve", "POST"): ({A}, ()),
    ("plan-close", "POST"): ({P}, ()),
    ("plan-reveal", "POST"): ({P, A}, ()),
    ("plan-request-cancel", "POST"): ({P, A}, ()),
    ("plan-cancel", "POST"): ({A}, ()),
    ("plan-file-list", "GET"): ({P, A, C}, ()),
    ("plan-record", "GET"): (ALL, ()),
    ("plan-rates", "GET"): ({P, A, L}, ()),
    ("plan-roster", "GET"): ({P, A}, ()),
    ("plan-roster-readers", "GET"): ({A}, ()),
    ("policy-list", "GET"): ({P, A, L, AUD}, ()),
    ("policy-list", "POST"): ({P}, ()),
    ("policy-detail", "GET"): ({P, A, L, AUD}, ()),
    ("policy-endorse", "POST"): ({A}, ()),
    ("risk-run-list", "GET"): ({P, A, L}, ()),
    ("risk-run-list", "POST"): ({P}, ()),
    ("risk-run-detail", "GET"): ({P, A, L}, ()),
    ("risk-run-scores", "GET"): ({P, A, L}, ()),
    ("schema", "GET"): ANYBODY,
    ("session", "GET"): ANYBODY,
    ("session", "POST"): ANYBODY,
    ("session", "DELETE"): (ALL, ()),
    ("signed-copy-list", "GET"): ({P, A, C}, ()),
    ("signed-copy-detail", "GET"): ({P, A, C}, ()),
    ("signed-copy-content", "GET"): ({P, A, C}, ()),
    ("signed-copy-decide", "POST"): ({P, A, C}, ()),
    ("skill-list", "GET"): ({P, A, T}, ()),
    ("source-list", "GET"): ({P, A, L, AUD}, REFERENCE),
    ("source-list", "POST"): ({P}, ()),
    ("source-detail", "GET"): ({P, A, L, AUD}, REFERENCE),
    ("source-detail", "PATCH"): ({P}, ()),
    ("source-resolve-name", "POST"): ({P}, ()),
    ("standing-texts-list", "GET"): (ALL, ()),
    ("standing-texts-list", "POST"): ({P}, ()),
    ("standing-texts-detail", "GET"): (ALL, ()),
    ("standing-texts-detail", "DELETE"): ({P}, ()),
    ("standing-texts-texts", "PUT"): ({P}, ()),
    ("standing-texts-preview", "POST"): ({P, A}, ()),
    ("standing-texts-publish", "POST"): ({A}, ()),
    ("submission-list", "GET"): ({P, A, C, I}, ()),
    ("submission-detail", "GET"): ({P, A, C, I}, ()),
    ("submission-detail", "PUT"): ({P, C, I}, ()),
    ("submission-bodies", "GET"): ({P, A, C, I}, ()),
    ("submission-settle", "POST"): ({P, A}, ()),
    ("submission-attachment", "GET"): ({P, A, C, I}, ()),
    ("submission-attachment", "PUT"): ({P, C, I}, ()),
    ("tablet", "GET"): ({I}, ()),
    ("token-list", "GET"): ({P, T}, ()),
    ("token-list", "POST"): ({P, T}, ()),
    ("token-detail", "DELETE"): ({P, T}, ()),
    ("unit-list", "GET"): (ALL, REFERENCE),
    ("unit-list", "POST"): ({P, T}, ()),
    ("unit-detail", "GET"): (ALL, REFERENCE),
    ("unit-detail", "PATCH"): ({P, T}, ()),
    ("unit-add-alias", "POST"): ({P, T}, ()),
    ("unit-remove-alias", "DELETE"): ({P, T}, ()),
    ("user-list", "GET"): ({A, L, T}, ()),
    ("user-list", "POST"): ({T}, ()),
    ("user-detail", "GET"): ({A, L, T}, ()),
    ("user-grant-role", "POST"): ({T}, ()),
    ("user-end-role", "DELETE"): ({T}, ()),
    ("user-deactivate", "POST"): ({T}, ()),
    ("user-reset-password", "POST"): ({T}, ()),
    ("user-readmit", "POST"): ({A, L}, ()),
    ("user-let-name-forms", "POST"): ({A}, ()),
    ("user-let-name-forms", "DELETE"): ({A}, ()),
    ("visit-list", "GET"): ({P, A, L, C, I}, ()),
    ("visit-list", "POST"): ({P}, ()),
    ("visit-detail", "GET"): ({P, A, L, C, I}, ()),
    ("visit-blank-minutes", "GET"): ({P, A, C, I}, ()),
    ("visit-minutes", "GET"): ({P, A, C, I}, ()),
    ("visit-record", "GET"): ({P, A, C, I}, ()),
    ("visit-name-team", "PUT"): ({P}, ()),
    ("visit-arrival", "POST"): ({I}, ()),
    ("visit-receipt", "PUT"): ({P, C}, ()),
}


def routes(
    resolver: URLResolver | None = None, prefix: str = "/"
) -> Iterator[tuple[str, str, URLPattern]]:
    """Yield name, path and pattern of every route."""
    for entry in (resolver or get_resolver()).url_patterns:
        path = prefix + str(entry.pattern)
        if isinstance(entry, URLResolver):
            yield from routes(entry, path)
        else:
            yield str(entry.name), path, entry


def found_methods(pattern: URLPattern) -> set[str]:
    """Return the methods that a route has: those of its viewset, or what a plain view answers."""
    actions = getattr(pattern.callback, "actions", None)
    if actions is None:
        return {"GET"}
    return {method.upper() for method in actions} - {"HEAD"}


API = [route for route in routes() if route[1].startswith("/api/")]
ROUTES = {name: (path, pattern) for name, path, pattern in API}
ENTRIES = sorted(TABLE)


def filled(path: str) -> str:
    """Return a path whose parameters lead nowhere."""
    return re.sub(r"<\w+:(\w+)>", lambda found: VALUES.get(found[1], str(NOWHERE)), path)


def ask(client: Client, name: str, method: str) -> int:
    response = client.generic(
        method, filled(ROUTES[name][0]), b"{}", content_type="application/json"
    )
    return response.status_code


def test_the_table_names_every_route_and_method() -> None:
    found = {
        (name, method) for name, (_, pattern) in ROUTES.items() for method in found_methods(pattern)
    }
    assert found == set(TABLE)
    assert len(ROUTES) == len(API), "two routes share a name"


@pytest.mark.django_db
@pytest.mark.parametrize(("name", "method"), ENTRIES)
def test_the_door_opens_to_those_whom_the_table_names(name: str, method: str) -> None:
    allowed = TABLE[name, method]
    stranger = ask(signed_in(), name, method)
    if allowed is ANYBODY:
        assert stranger not in REFUSED or (name, method) == ("session", "POST")
        return
    assert stranger == HTTPStatus.UNAUTHORIZED
    roles, _ = allowed
    for role in Role:
        status = ask(signed_in(make_user(f"Người {role}", role)), name, method)
        if role in roles:
            assert status not in REFUSED, role
        else:
            assert status == HTTPStatus.FORBIDDEN, role


@pytest.mark.django_db
@pytest.mark.parametrize(("name", "method"), ENTRIES)
def test_the_door_opens_to_machines_whose_scope_the_table_names(name: str, method: str) -> None:
    allowed = TABLE[name, method]
    if allowed is ANYBODY:
        return
    lan = make_user("Lan", Role.PLANNER)
    lan.grants.create(role=Role.APPROVER, granted_at=lan.created_at)
    for scope in TokenScope:
        _token, text = make_token(lan, scope)
        status = ask(machine(text), name, method)
        if scope in allowed[1]:
            assert status not in REFUSED, scope
        else:
            assert status == HTTPStatus.FORBIDDEN, scope


@pytest.mark.django_db
@pytest.mark.parametrize(("name", "method"), ENTRIES)
def test_an_account_without_a_role_gets_in_nowhere_but_at_its_own_session(
    name: str, method: str
) -> None:
    status = ask(signed_in(make_user("Vô danh")), name, method)
    if TABLE[name, method] is ANYBODY or name in {"session", "password"}:
        assert status not in REFUSED or (name, method) == ("session", "POST")
    else:
        assert status == HTTPStatus.FORBIDDEN


@pytest.mark.django_db
@pytest.mark.parametrize(("name", "method"), ENTRIES)
def test_a_password_of_anothers_making_opens_the_session_alone(name: str, method: str) -> None:
    user: User = make_user("Mới", *(set(Role) - {Role.TECHNICAL_ADMIN}), must_change_password=True)
    status = ask(signed_in(user), name, method)
    if TABLE[name, method] is ANYBODY or name in {"session", "password"}:
        assert status not in REFUSED or (name, method) == ("session", "POST")
    else:
        assert status == HTTPStatus.FORBIDDEN


@pytest.mark.django_db
@pytest.mark.parametrize("name", sorted(ROUTES))
def test_a_method_that_is_not_in_the_table_is_not_possible(name: str) -> None:
    client = signed_in(make_user("Tất cả", *Role))
    for method in {*METHODS, "OPTIONS", "TRACE"} - {
        method for route, method in TABLE if route == name
    }:
        assert ask(client, name, method) == HTTPStatus.METHOD_NOT_ALLOWED, method


@pytest.mark.django_db
@pytest.mark.parametrize(("name", "method"), [e for e in ENTRIES if e[0] not in {"docs", "schema"}])
def test_unknown_parameters_are_errors_on_every_route(name: str, method: str) -> None:
    client = signed_in(make_user("Tất cả", *Role))
    response = client.generic(
        method,
        filled(ROUTES[name][0]) + "?moon=1",
        b"{}",
        content_type="application/json",
    )
    assert response.status_code == HTTPStatus.BAD_REQUEST
    assert response.json()["errors"][0]["code"] == "unknown_parameter"
