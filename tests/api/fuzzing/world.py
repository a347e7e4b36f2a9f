"""A department in which something of each kind is there, and those who ask for it."""

import re
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

import schemathesis
from django.apps import apps
from django.core.wsgi import get_wsgi_application
from django.db import transaction
from django.db.models import Model
from django.urls import Resolver404, resolve
from schemathesis.config import SchemathesisConfig
from schemathesis.schemas import BaseSchema

from api.v1.word_drafts import WORD
from inspections.models import Role, SourceKind, TokenScope
from inspections.services import checklists, devices
from tests.api.conftest import browsing
from tests.api.contract import description
from tests.api.two_worlds.values import MODELS, PROPERTIES
from tests.builders import NOW, make_load, make_run, make_token
from tests.inspections.services import months
from tests.inspections.services.filings import Door, closing, content, make_visit, photo, send

CSRF: Final = "a" * 32
SEED: Final = 20260302
#: Each case is asked by one role; one case in so many by one that the route is not for.
STRANGERS: Final = 8

# A Word document is bytes on the way, whatever they are.
schemathesis.serializer.alias(WORD, "application/octet-stream")


def load() -> BaseSchema:
    """Return the description as schemathesis reads it, tied to the application in this process."""
    refused = ["400", "401", "403", "404", "405", "409", "412", "413", "415", "422", "428"]
    config = SchemathesisConfig.from_dict(
        {
            "seed": SEED,
            "generation": {
                "deterministic": True,
                "database": "none",
                "with-security-parameters": False,
                # Valid JSON that is refused all the same: tests/api/test_submissions.py asks it.
                "allow-x00": False,
            },
            "analysis": {"constants": {"enabled": False}},
            "checks": {
                "negative_data_rejection": {"expected-statuses": refused},
                "missing_required_header": {"expected-statuses": refused},
                # What is described as valid is never malformed; a rule of the domain may still refuse it.
                "positive_data_acceptance": {
                    "expected-statuses": ["2xx", "304", "401", "403", "404", "409", "412", "422"]
                },
                "ignored_auth": {"enabled": False},  # tests/api/test_routes.py asks every door
            },
        }
    )
    loaded = schemathesis.openapi.from_dict(description(), config=config)
    loaded.app = get_wsgi_application()
    return loaded


@dataclass(frozen=True)
class World:
    """Who asks, and the ids of what is there."""

    cookies: Mapping[Role, str]
    ids: Mapping[type[Model], list[str]]

    def prepare(self, case: Any, *, linked: bool = False) -> dict[str, Any]:
        """Let a case name what is there, unless it was told by a link, and return what else it needs: who asks.

        Everything follows from the case as it was generated, so that it is asked the same way again.
        """
        mark = zlib.crc32(
            repr((case.path, case.path_parameters, case.query, case.headers, case.body)).encode(
                errors="replace"
            )
        )
        view = _view(case)
        for name, value in (case.path_parameters or {}).items():
            if _is_id(value) and not linked:
                model = getattr(getattr(view, "queryset", None), "model", None)
                case.path_parameters[name] = self._id(
                    model if name == "id" else _named(name), mark, value
                )
        self._at_home(case.body, mark)
        headers = {"X-CSRFToken": CSRF, "Accept-Language": "en"}
        if mark % 4 and names_version(case):
            headers["If-Match"] = f'"{1 + mark % 3}"'
        cookies = {"csrftoken": CSRF, "sessionid": self.cookies[self._who(view, case, mark)]}
        return {"headers": headers, "cookies": cookies}

    def _who(self, view: Any, case: Any, mark: int) -> Role:
        action = getattr(view, "actions_of", {}).get(case.method.lower())
        access = getattr(view, "access", {}).get(action)
        allowed = sorted(access.roles) if access else []
        if not allowed or mark % STRANGERS == 0:
            allowed = sorted(Role)
        return Role(allowed[mark // STRANGERS % len(allowed)])

    def _id(self, model: type[Model] | None, mark: int, value: str) -> str:
        """Return an id of something that is there, most of the time."""
        if mark % 5 == 0:
            return value
        known = self.ids.get(model, []) if model else []  # type: ignore[arg-type]
        known = known or [key for keys in self.ids.values() for key in keys]
        return known[mark // 5 % len(known)]

    def _at_home(self, body: Any, mark: int) -> None:
        """Put ids of what is there into a body, at each place those of the kind that its name says."""
        for name, inner in body.items() if isinstance(body, dict) else ():
            if _is_id(inner) and name != "id":
                body[name] = self._id(PROPERTIES.get(name) or _named(name), mark, inner)
            elif isinstance(inner, list) and inner and all(map(_is_id, inner)):
                model = PROPERTIES.get(name) or _named(name)
                body[name] = [self._id(model, mark + 5 * n, one) for n, one in enumerate(inner)]


def names_version(case: Any) -> bool:
    """Tell whether a case names a version soundly; one that was spoilt on purpose is sent as it is."""
    return bool(re.fullmatch('"[0-9]+"', str((case.headers or {}).get("If-Match"))))


def _view(case: Any) -> Any:
    try:
        found = resolve(case.formatted_path).func
    except (Resolver404, ValueError):
        return None
    view = getattr(found, "cls", None)
    if view is not None:
        view.actions_of = found.actions
    return view


def _named(name: str) -> type[Model] | None:
    """Return the model that a name in a path or a body is that of."""
    name = (MODELS.get(name) or name).removesuffix("_id").removesuffix("s").replace("_", "")
    try:
        return apps.get_model("inspections", name)
    except LookupError:
        return None


def _is_id(value: object) -> bool:
    try:
        return isinstance(value, str) and str(UUID(value)) == value.lower()
    except ValueError:
        return False


@contextmanager
def undone() -> Iterator[None]:
    """Take back what happens within, so that each case finds the same world."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


# --- Making it -------------------------------------------------------------------------------


def make_world() -> World:
    """Make the department: a plan that runs, what was filed, what was loaded, tablets, tokens."""
    month = months.make_month()
    people = month.people
    months.active(month)
    make_run(month.lan, dict.fromkeys(month.units, 1.0), as_of=NOW.date())
    make_load(SourceKind.UNIT, month.lan, cutoff=NOW.date())
    make_token(month.lan, TokenScope.READ)
    devices.enrol(actor=people.ha, name="Máy 1", now=NOW)
    _file(month)
    askers = {
        Role.PLANNER: people.lan,
        Role.APPROVER: people.minh,
        Role.INSPECTOR: people.an,
        Role.CLERK: people.chi,
        Role.PUBLISHER: people.phuong,
        Role.LEADER: people.dung,
        Role.AUDITOR: people.giang,
        Role.TECHNICAL_ADMIN: people.ha,
    }
    cookies = {role: browsing(askers[role]).cookies["sessionid"].value for role in Role}
    ids = {
        model: [
            str(key)
            for key in model._default_manager.order_by("pk").values_list("pk", flat=True)[:4]
        ]
        for model in apps.get_app_config("inspections").get_models()
    }
    return World(cookies, {model: keys for model, keys in ids.items() if keys and _is_id(keys[0])})


def _file(month: months.Month) -> None:
    an, binh, *_ = month.inspectors
    door = Door(
        people=month.people,
        cuc=month.people.binh,
        visit=make_visit(an, binh, leader=an),
        checklist=checklists.publish_packaged(now=NOW),
    )
    finding = {
        "id": "11111111-1111-4111-8111-111111111111",
        "item": None,
        "facts": "12 hồ sơ quá hạn",
        "severity": "major",
        "legal_basis": "",
        "responsible": {"name": "Lê Thị Bảy", "position": "Trưởng phòng"},
        "remedy": None,
        "evidence": [],
    }
    send(door.an, closing(door, findings=[finding], attachments=[photo()]))
    send(door.people.binh, content(door, checklist=9))
