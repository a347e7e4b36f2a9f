"""Units: searching, paging, versions, and writing that can be repeated."""

from typing import Any
from uuid import uuid4

import pytest
from pytest_django import DjangoAssertNumQueries
from rest_framework.test import APIClient

from inspections.models import Compound, FieldOfWork, Unit, UnitKind
from inspections.services import units as service
from tests.api.conftest import WHO, signed_in
from tests.builders import NOW, People, make_unit

pytestmark = pytest.mark.django_db
UNITS = "/api/v1/units/"
NEW = {"code": "X01", "name": "Xã Tân Hồng", "kind": "commune"}


@pytest.fixture
def lan(people: People) -> APIClient:
    return signed_in(people.lan)


def names(response: Any) -> list[str]:
    assert response.status_code == 200, response.text
    return [unit["name"] for unit in response.json()["results"]]


def pages(client: APIClient, first: str) -> list[list[dict[str, Any]]]:
    """Return all pages of a list."""
    found, next_page = [], first
    while next_page:
        answer = client.get(next_page).json()
        found.append(answer["results"])
        next_page = answer["next"]
    return found


def test_a_unit_is_found_by_words_without_their_accents(lan: APIClient) -> None:
    make_unit("X01", "Xã Tháp Mười")
    make_unit("X02", "Xã Mỹ Thọ")
    assert names(lan.get(UNITS, {"q": "muoi thap"})) == ["Xã Tháp Mười"]
    assert names(lan.get(UNITS, {"q": "MỸ THO"})) == ["Xã Mỹ Thọ"]


def test_units_come_in_vietnamese_order(lan: APIClient) -> None:
    for number, name in enumerate(["Đống Đa", "Dân", "Ân", "An", "Ăn"]):
        make_unit(f"X{number}", name)
    assert names(lan.get(UNITS)) == ["An", "Ăn", "Ân", "Dân", "Đống Đa"]
    assert names(lan.get(UNITS, {"ordering": "-code"})) == ["Ăn", "An", "Ân", "Dân", "Đống Đa"]


def test_units_are_filtered_by_what_the_route_names(lan: APIClient) -> None:
    land = FieldOfWork.objects.create(code="land", name="Đất đai")
    site = Compound.objects.create(code="khu-a", name="Khu A")
    top = make_unit("X01", kind=UnitKind.DEPARTMENT, compound=site)
    below = make_unit("X02", parent=top, is_active=False)
    below.fields_of_work.add(land)
    expected = {
        "code": ("X02", below),
        "kind": ("department", top),
        "parent": (str(top.pk), below),
        "field_of_work": ("land", below),
        "compound": ("khu-a", top),
        "is_active": ("false", below),
    }
    for parameter, (value, unit) in expected.items():
        assert names(lan.get(UNITS, {parameter: value})) == [unit.name], parameter
    assert names(lan.get(UNITS, {"is_generic": "true"})) == []


@pytest.mark.parametrize(
    ("query", "field", "code"),
    [
        ("visits__date__startswith=2026", "visits__date__startswith", "unknown_parameter"),
        ("scores__score__gt=1", "scores__score__gt", "unknown_parameter"),
        ("name=x", "name", "unknown_parameter"),
        ("format=api", "format", "unknown_parameter"),
        ("page=2", "page", "unknown_parameter"),
        ("kind=ward&kind=commune", "kind", "repeated_parameter"),
        ("kind=", "kind", "empty_parameter"),
        ("q=%20", "q", "empty_parameter"),
        ("q=%00", "q", "damaged_parameter"),
        ("q=%ff", "q", "damaged_parameter"),
        ("kind=moon", "kind", "invalid_choice"),
        ("parent=7", "parent", "invalid"),
        ("parent=" + "a" * 32, "parent", "invalid"),
        ("is_active=yes", "is_active", "invalid_choice"),
        ("is_active=True", "is_active", "invalid_choice"),
        ("q=" + "a" * 201, "q", "max_length"),
        ("ordering=scores__score", "ordering", "unknown_ordering"),
        ("ordering=--name", "ordering", "unknown_ordering"),
        ("ordering=visits__date", "ordering", "unknown_ordering"),
        ("limit=0", "limit", "invalid_limit"),
        ("limit=201", "limit", "invalid_limit"),
        ("limit=%D9%A5", "limit", "invalid_limit"),
        ("cursor=x", "cursor", "invalid_cursor"),
    ],
)
def test_a_parameter_is_known_and_right_or_an_error(
    lan: APIClient, query: str, field: str, code: str
) -> None:
    response = lan.get(f"{UNITS}?{query}")
    assert response.status_code == 400
    assert [(error["field"], error["code"]) for error in response.json()["errors"]] == [
        (field, code)
    ]


@pytest.mark.parametrize("method", ["get", "patch", "delete", "post"])
def test_unknown_parameters_are_errors_on_every_route(lan: APIClient, method: str) -> None:
    unit = make_unit("X01")
    path = {"post": UNITS, "delete": f"{UNITS}{unit.pk}/aliases/{uuid4()}/"}.get(
        method, f"{UNITS}{unit.pk}/"
    )
    response = getattr(lan, method)(f"{path}?limit=3")
    assert response.status_code == 400
    assert response.json()["errors"][0]["code"] == "unknown_parameter"


@pytest.mark.parametrize("ordering", ["name", "-name", "code", "-code"])
def test_pages_show_each_unit_once_also_among_equal_names(lan: APIClient, ordering: str) -> None:
    for number in range(23):
        make_unit(f"X{number:02}", "Xã Tân" if number % 3 else "Xã An")
    found = pages(lan, f"{UNITS}?limit=5&ordering={ordering}")
    assert [len(page) for page in found] == [5, 5, 5, 5, 3]
    codes = [unit["code"] for page in found for unit in page]
    assert len(set(codes)) == 23
    if "code" in ordering:
        assert codes == sorted(codes, reverse=ordering.startswith("-"))
    other = ordering[1:] if ordering.startswith("-") else f"-{ordering}"
    assert (
        codes
        == [unit["code"] for unit in lan.get(f"{UNITS}?ordering={other}").json()["results"]][::-1]
    )


def test_a_row_that_comes_or_goes_moves_no_other_across_pages(lan: APIClient) -> None:
    for code in "BDFH":
        make_unit(code)
    first = lan.get(UNITS, {"limit": 2, "ordering": "code"}).json()
    make_unit("A")
    Unit.objects.filter(code="B").delete()
    second = lan.get(first["next"]).json()
    assert [unit["code"] for unit in second["results"]] == ["F", "H"]
    assert second["next"] is None


def test_a_cursor_is_good_for_its_own_list_alone(lan: APIClient) -> None:
    for code in "ABC":
        make_unit(code)
        FieldOfWork.objects.create(code=code.lower(), name=code)
    cursor = lan.get(UNITS, {"limit": 1}).json()["next"].split("cursor=")[1].split("&")[0]
    for query in (f"{UNITS}?ordering=code", "/api/v1/fields-of-work/?limit=1"):
        response = lan.get(f"{query}&cursor={cursor}")
        assert response.json()["errors"][0]["code"] == "invalid_cursor"


def test_a_page_costs_three_queries_however_long_and_deep(
    lan: APIClient, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    site = Compound.objects.create(code="khu-a", name="Khu A")
    for number in range(30):
        unit = make_unit(f"X{number:02}", compound=site)
        unit.aliases.create(name=f"Tên cũ {number}")
    second = lan.get(UNITS, {"limit": 10}).json()["next"]
    for path in (UNITS, second):
        with django_assert_num_queries(WHO + 3) as asked:
            lan.get(path)
        assert not [query for query in asked.captured_queries if "COUNT" in query["sql"]]
    assert "OFFSET" not in asked.captured_queries[WHO]["sql"]


def test_a_unit_is_written_as_nfc_and_read_back(lan: APIClient) -> None:
    response = lan.post(UNITS, NEW | {"name": "  Xa\u0303 Ta\u0302n Ho\u0302\u0300ng\u200b "})
    assert response.status_code == 201
    unit = response.json()
    assert (unit["name"], unit["version"], unit["aliases"]) == ("Xã Tân Hồng", 1, [])
    assert response.headers["ETag"] == '"1"'
    assert lan.get(f"{UNITS}{unit['id']}/").json() == unit


def test_markup_in_a_name_is_data(lan: APIClient) -> None:
    name = "<script>alert(1)</script> & =1+1"
    assert lan.post(UNITS, NEW | {"name": name}).json()["name"] == name


@pytest.mark.parametrize("name", ["", " ", "\u200b", "a\nb", "x" * 201, None, 7])
def test_a_name_is_one_line_of_text(lan: APIClient, name: object) -> None:
    response = lan.post(UNITS, NEW | {"name": name})
    assert response.status_code == 400
    assert response.json()["errors"][0]["field"] == "name"


@pytest.mark.parametrize("field", ["version", "sort_key", "search_key", "status", "aliases"])
def test_nothing_is_assigned_that_the_request_does_not_offer(lan: APIClient, field: str) -> None:
    response = lan.post(UNITS, NEW | {field: "1"})
    assert response.status_code == 400
    assert response.json()["errors"][0]["code"] == "unknown_field"


def test_a_creation_is_repeated_safely_under_its_id(lan: APIClient) -> None:
    mine = NEW | {"id": str(uuid4())}
    first, second = lan.post(UNITS, mine), lan.post(UNITS, mine)
    assert (first.status_code, first.json()) == (second.status_code, second.json())
    conflict = lan.post(UNITS, mine | {"name": "Xã Khác"})
    assert (conflict.status_code, conflict.json()["code"]) == (409, "id_taken")
    assert Unit.objects.count() == 1


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"parent": str(uuid4())}, "parent"),
        ({"compound": "nowhere"}, "compound"),
        ({"fields_of_work": ["nowhere"]}, "fields_of_work"),
    ],
)
def test_what_a_unit_refers_to_must_be_there(
    lan: APIClient, change: dict[str, Any], field: str
) -> None:
    response = lan.post(UNITS, NEW | change)
    assert (response.status_code, response.json()["code"]) == (422, "unknown_object")
    assert response.json()["params"]["field"] == field


def test_a_change_names_the_version_that_it_changes(lan: APIClient) -> None:
    unit = make_unit("X01", "Xã Cũ")
    path = f"{UNITS}{unit.pk}/"
    for none in ({}, {"if-match": "*"}, {"if-match": " "}):
        missing = lan.patch(path, {"name": "Xã Mới"}, headers=none)
        assert (missing.status_code, missing.json()["code"]) == (428, "version_required")
    for stale in ('"2"', 'W/"1"', "1", '"x"', '"1", "2"'):
        response = lan.patch(path, {"name": "Xã Mới"}, headers={"if-match": stale})
        assert (response.status_code, response.json()["code"]) == (412, "version_conflict"), stale
    changed = lan.patch(path, {"name": "Xã Mới"}, headers={"if-match": '"1"'})
    assert (changed.status_code, changed.headers["ETag"]) == (200, '"2"')
    assert changed.json()["name"] == "Xã Mới"
    again = lan.patch(path, {"name": "Xã Khác"}, headers={"if-match": '"1"'})
    assert again.status_code == 412
    assert lan.get(path).json()["name"] == "Xã Mới"


def test_a_version_that_the_client_holds_is_not_sent_again(lan: APIClient) -> None:
    path = f"{UNITS}{make_unit('X01').pk}/"
    etag = lan.get(path).headers["ETag"]
    for held in (etag, f"W/{etag}", f'"9", {etag}', "*"):
        response = lan.get(path, headers={"if-none-match": held})
        assert (response.status_code, response.content) == (304, b""), held
        assert response.headers["ETag"] == etag
    assert lan.get(path, headers={"if-none-match": '"9"'}).status_code == 200


def test_everything_that_the_answer_shows_moves_its_version(lan: APIClient, people: People) -> None:
    land = FieldOfWork.objects.create(code="land", name="Đất đai")
    unit = make_unit("X01")
    service.update_unit(
        actor=people.lan, unit=unit, version=1, changes={"fields_of_work": [land]}, now=NOW
    )
    path = f"{UNITS}{unit.pk}/"
    assert lan.get(path, headers={"if-none-match": '"1"'}).json()["fields_of_work"] == ["land"]


def test_names_come_and_go(lan: APIClient) -> None:
    unit = make_unit("X01")
    aliases = f"{UNITS}{unit.pk}/aliases/"
    added = lan.post(
        aliases, {"name": "Xã Cũ", "valid_to": "2025-06-30"}, headers={"if-match": '"1"'}
    )
    assert added.status_code == 201
    alias = added.json()["aliases"][0]
    assert (alias["name"], alias["valid_from"], alias["valid_to"]) == ("Xã Cũ", None, "2025-06-30")
    removed = lan.delete(f"{aliases}{alias['id']}/", headers={"if-match": '"2"'})
    assert removed.json()["aliases"] == []
    missing = lan.delete(f"{aliases}{alias['id']}/", headers={"if-match": '"3"'})
    assert missing.status_code == 404


@pytest.mark.parametrize(
    "day", ["30/06/2025", "2025-6-3", "20250630", "20226-01-01", 7, "2025-02-30"]
)
def test_a_date_is_written_in_one_way(lan: APIClient, day: object) -> None:
    response = lan.post(
        f"{UNITS}{make_unit('X01').pk}/aliases/",
        {"name": "Xã Cũ", "valid_to": day},
        headers={"if-match": '"1"'},
    )
    assert response.status_code == 400
    assert response.json()["errors"][0]["field"] == "valid_to"


def test_there_is_no_way_to_delete_a_unit(lan: APIClient) -> None:
    assert lan.delete(f"{UNITS}{make_unit('X01').pk}/").status_code == 405


def test_the_lists_that_units_refer_to_are_there(lan: APIClient) -> None:
    FieldOfWork.objects.create(code="land", name="Đất đai", named_in_circular=True)
    Compound.objects.create(code="khu-a", name="Khu A")
    fields = lan.get("/api/v1/fields-of-work/").json()["results"]
    assert [(field["code"], field["named_in_circular"]) for field in fields] == [("land", True)]
    assert lan.get("/api/v1/compounds/").json()["results"][0]["code"] == "khu-a"
