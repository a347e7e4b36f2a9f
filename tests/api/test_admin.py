"""Reference data in the administration: who gets in, what is not there, and what a change leaves behind."""

import re
from typing import Any

import pytest
from django.apps import apps
from django.contrib import admin
from django.contrib.admin.models import LogEntry
from django.test import Client
from django.urls import reverse

from api.admin.base import VersionedForm
from inspections.models import (
    AuditEvent,
    CalendarDay,
    DayKind,
    Inspector,
    RelationKind,
    Role,
    Unit,
    UnitAlias,
    User,
)
from tests.api.conftest import browsing
from tests.builders import (
    NOW,
    People,
    make_department,
    make_inspector,
    make_unit,
    make_user,
)

pytestmark = pytest.mark.django_db
INDEX = "/admin/"


@pytest.fixture
def ha(people: People) -> Client:
    return browsing(people.ha)


def filled(client: Client, path: str) -> dict[str, str]:
    """Return the fields of a page's form as a browser would send them back."""
    page = client.get(path).text
    fields = {}
    for tag in re.findall(r"<input[^>]*>", page):
        attributes = dict(re.findall(r'(\w+)="([^"]*)"', tag))
        is_box = attributes.get("type") == "checkbox"
        is_off = is_box and " checked" not in tag
        if "name" in attributes and attributes.get("type") != "submit" and not is_off:
            fields[attributes["name"]] = attributes.get("value", "on" if is_box else "")
    for name, options in re.findall(r'<select name="([^"]+)"[^>]*>(.*?)</select>', page, re.DOTALL):
        if chosen := re.search(r'<option value="([^"]*)" selected', options):
            fields[name] = chosen[1]
    return fields


def change(client: Client, row: Any, **fields: str) -> Any:
    path = reverse(f"admin:inspections_{row._meta.model_name}_change", args=[row.pk])
    return client.post(path, filled(client, path) | fields)


def test_only_reference_data_is_there() -> None:
    assert {model.__name__ for model in admin.site._registry} == {
        "CalendarDay",
        "Compound",
        "Department",
        "FieldOfWork",
        "Inspector",
        "Signatory",
        "Skill",
        "Unit",
    }


@pytest.mark.parametrize("role", sorted(set(Role) - {Role.TECHNICAL_ADMIN}))
def test_others_are_sent_to_the_door(role: Role) -> None:
    response = browsing(make_user("Lan", role)).get(INDEX)
    assert response.status_code == 302
    assert response.headers["Location"].startswith("/admin/login/")


def test_a_stranger_is_sent_to_the_one_door(db: None) -> None:
    response = Client().get(INDEX, follow=True)
    assert response.redirect_chain[-1][0] == "/sign-in/?next=/admin/"


def test_a_password_of_anothers_making_opens_nothing_here(people: People) -> None:
    User.objects.filter(pk=people.ha.pk).update(must_change_password=True)
    assert browsing(people.ha).get(INDEX).status_code == 302


def test_every_page_opens(ha: Client) -> None:
    make_department()
    assert ha.get(INDEX).status_code == 200
    for model in admin.site._registry:
        name = model._meta.model_name
        assert ha.get(reverse(f"admin:inspections_{name}_changelist")).status_code == 200, name
        expected = 403 if name == "department" else 200
        assert ha.get(reverse(f"admin:inspections_{name}_add")).status_code == expected, name


@pytest.mark.parametrize(
    "path",
    [
        "password_change/",
        "inspections/plan/",
        "inspections/user/",
        "auth/group/",
        "r/1/1/",
    ],
)
def test_what_has_another_door_has_none_here(ha: Client, path: str) -> None:
    assert ha.get(f"{INDEX}{path}").status_code == 404


def test_no_page_carries_code_or_style_of_its_own(ha: Client) -> None:
    unit = make_unit("X01")
    for path in (INDEX, reverse("admin:inspections_unit_change", args=[unit.pk])):
        page = ha.get(path)
        assert "'unsafe" not in page.headers["Content-Security-Policy"]
        assert not re.search(r"<script(?![^>]*(src=|application/json))", page.text)
        assert not re.search(r"<style|\sstyle=|\son\w+=", page.text)


def test_a_creation_is_one_event_without_a_name(ha: Client, people: People) -> None:
    path = reverse("admin:inspections_unit_add")
    response = ha.post(
        path,
        filled(ha, path) | {"code": "X01", "name": "  Xa\u0303 Tân Hồng", "kind": "commune"},
    )
    assert response.status_code == 302, response.text
    unit, event = Unit.objects.get(), AuditEvent.objects.get()
    assert (unit.name, unit.version) == ("Xã Tân Hồng", 1)
    assert (event.action, event.object_id) == ("unit.create", str(unit.pk))
    assert event.actor_id == people.ha.pk
    assert not LogEntry.objects.exists()


def test_a_change_moves_the_version_and_names_its_fields(ha: Client) -> None:
    unit = make_unit("X01", "Xã Cũ", staff_count=3)
    assert change(ha, unit, name="Xã Mới").status_code == 302
    unit.refresh_from_db()
    assert (unit.name, unit.search_key, unit.version) == ("Xã Mới", "xa moi", 2)
    assert AuditEvent.objects.get().details == {"changed": ["name"]}


def test_whoever_comes_second_is_told(ha: Client) -> None:
    unit = make_unit("X01", "Xã Cũ")
    path = reverse("admin:inspections_unit_change", args=[unit.pk])
    seen = filled(ha, path)
    change(ha, unit, name="Xã Mới")
    late = ha.post(path, seen | {"name": "Xã Khác"})
    assert "Somebody changed this in the meantime" in late.text
    unit.refresh_from_db()
    assert unit.name == "Xã Mới"


def test_a_change_between_the_look_and_the_write_is_refused(
    ha: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    unit = make_unit("X01", "Xã Cũ")
    look = VersionedForm.clean

    def look_and_lose(form: VersionedForm) -> Any:
        Unit.objects.update(version=7)
        return look(form)

    monkeypatch.setattr(VersionedForm, "clean", look_and_lose)
    path = reverse("admin:inspections_unit_change", args=[unit.pk])
    refused = ha.post(path, filled(ha, path) | {"name": "Xã Khác"}, follow=True)
    assert "Somebody changed this in the meantime" in refused.text
    unit.refresh_from_db()
    assert unit.name == "Xã Cũ"


def test_a_code_never_changes(ha: Client) -> None:
    unit = make_unit("X01")
    change(ha, unit, code="X99")
    unit.refresh_from_db()
    assert unit.code == "X01"


def test_a_unit_does_not_stand_below_itself(ha: Client) -> None:
    top = make_unit("X01")
    below = make_unit("X02", parent=top)
    response = change(ha, top, parent=str(below.pk))
    top.refresh_from_db()
    assert (response.status_code, top.parent) == (302, None)
    assert not AuditEvent.objects.exists()


def test_an_alias_is_kept_with_its_keys(ha: Client) -> None:
    unit = make_unit("X01")
    change(ha, unit, **{"aliases-TOTAL_FORMS": "1", "aliases-0-name": "Xã Cũ"})
    assert UnitAlias.objects.get().match_key == "xã cũ"
    assert AuditEvent.objects.get().details == {"changed": ["unitalias"]}


def test_units_and_inspectors_are_not_deleted(ha: Client) -> None:
    for row in (make_unit("X01"), make_inspector("An")):
        name = row._meta.model_name
        assert (
            ha.post(reverse(f"admin:inspections_{name}_delete", args=[row.pk])).status_code == 403
        )


def test_a_day_is_deleted_on_record(ha: Client) -> None:
    day = CalendarDay.objects.create(date=NOW.date(), kind=DayKind.HOLIDAY, name="Tết")
    response = ha.post(
        reverse("admin:inspections_calendarday_delete", args=[day.pk]), {"post": "yes"}
    )
    assert response.status_code == 302
    assert AuditEvent.objects.get().action == "calendarday.delete"
    assert not CalendarDay.objects.exists()


def test_a_relation_and_leave_are_dated_by_the_clock(ha: Client) -> None:
    an, unit = make_inspector("An"), make_unit("X01")
    change(
        ha,
        an,
        **{
            "relations-TOTAL_FORMS": "1",
            "relations-0-unit": str(unit.pk),
            "relations-0-kind": RelationKind.RELATIVE,
            "leaves-TOTAL_FORMS": "1",
            "leaves-0-first_day": "2026-03-09",
            "leaves-0-last_day": "2026-03-11",
        },
    )
    assert an.relations.get().declared_at == NOW
    assert an.leaves.get().entered_at == NOW
    assert Inspector.objects.get().version == 2


def test_units_are_searched_without_their_accents(ha: Client) -> None:
    make_unit("X01", "Xã Tháp Mười")
    make_unit("X02", "Xã Sa Rài")
    for query in ("thap muoi", "Tháp"):
        page = ha.get(reverse("admin:inspections_unit_changelist"), {"q": query}).text
        assert "Xã Tháp Mười" in page
        assert "Xã Sa Rài" not in page


@pytest.mark.parametrize(
    "query", ["visits__date__startswith=2026", "scores__score__gt=1", "visits__payload__isnull=0"]
)
def test_no_lookup_reaches_what_is_sealed(ha: Client, query: str) -> None:
    make_unit("X01", "Xã Tháp Mười")
    response = ha.get(f"{reverse('admin:inspections_unit_changelist')}?{query}")
    assert response.status_code in {302, 400}
    assert "Xã Tháp Mười" not in response.text


def test_completion_answers_for_reference_data_alone(ha: Client) -> None:
    make_unit("X01", "Xã Tháp Mười")
    asked = {
        "app_label": "inspections",
        "model_name": "unit",
        "field_name": "parent",
        "term": "thap",
    }
    found = ha.get("/admin/autocomplete/", asked).json()["results"]
    assert [one["text"] for one in found] == ["Xã Tháp Mười"]
    for model, field in (("visit", "plan"), ("unitscore", "run"), ("inspector", "user")):
        refused = ha.get("/admin/autocomplete/", asked | {"model_name": model, "field_name": field})
        assert refused.status_code == 403


def test_the_models_of_plans_and_people_are_known_to_stay_outside() -> None:
    shown = {model.__name__ for model in admin.site._registry}
    hidden = {model.__name__ for model in apps.get_app_config("inspections").get_models()} - shown
    assert {"Plan", "Visit", "User", "Policy", "UnitScore", "Document", "AuditEvent"} <= hidden


def test_whose_account_an_inspector_is_cannot_be_changed_here(ha: Client, people: People) -> None:
    an = make_inspector("An")
    change(ha, an, full_name="Nguyễn Văn An", user=str(people.ha.pk))
    an.refresh_from_db()
    assert (an.full_name, an.user) == ("Nguyễn Văn An", None)


@pytest.mark.parametrize(
    "lookup",
    ["visits__isnull=False", "visits__id__startswith=a", "parent__visits__isnull=False", "code=X1"],
)
def test_a_page_looks_up_nothing_but_its_filters(ha: Client, lookup: str) -> None:
    make_unit("X1")
    assert ha.get(f"/admin/inspections/unit/?{lookup}").status_code == 400
    assert ha.get("/admin/inspections/unit/?kind__exact=commune").status_code == 200


def test_a_page_by_dates_can_be_leafed_through(ha: Client) -> None:
    CalendarDay.objects.create(date=NOW.date(), kind=DayKind.HOLIDAY, name="Nghỉ")
    response = ha.get("/admin/inspections/calendarday/?date__year=2026&date__month=3")
    assert response.status_code == 200
