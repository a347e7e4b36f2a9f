"""The department's list of forms of commendation: what was granted in a form stays readable."""

from typing import Any
from uuid import uuid4

import pytest

from inspections import reference
from inspections.errors import InvalidInput, NotAllowed, VersionConflict, WrongState
from inspections.models import CommendationForm, Role, User
from inspections.services import commendation_forms
from tests.builders import NOW, make_user
from tests.inspections.services.commending import make_praise, propose

pytestmark = pytest.mark.django_db


@pytest.fixture
def lan() -> User:
    return make_user("Lan", Role.PLANNER)


def create(actor: User, **changes: Any) -> CommendationForm:
    facts = {"name": "Thư khen", "for_collective": True, "for_individual": False, "now": NOW}
    return commendation_forms.create_form(actor=actor, **(facts | changes))


def test_the_package_is_marked_unverified() -> None:
    assert reference.commendation_forms()
    assert not any(form.is_verified for form in reference.commendation_forms())


def test_a_form_is_made_once_and_its_name_is_in_use_once(lan: User) -> None:
    one = uuid4()
    assert create(lan, id=one) == create(lan, id=one)
    with pytest.raises(WrongState):
        create(lan, id=one, authority="Khác")
    with pytest.raises(InvalidInput) as caught:
        create(lan)
    assert caught.value.code == "name_taken"
    with pytest.raises(InvalidInput):
        create(lan, name="Khác", for_collective=False)


def test_another_wording_takes_the_place_of_a_form_that_is_retired(lan: User) -> None:
    form = create(lan)
    commendation_forms.retire_form(actor=lan, form=form, version=1, now=NOW)
    assert create(lan, authority="Giám đốc Sở").pk != form.pk
    with pytest.raises(WrongState):
        commendation_forms.retire_form(actor=lan, form=form, version=2, now=NOW)
    with pytest.raises(VersionConflict):
        commendation_forms.retire_form(actor=lan, form=form, version=1, now=NOW)


def test_a_form_out_of_use_stays_with_what_was_proposed_in_it() -> None:
    praise = make_praise()
    made, form = propose(praise), praise.form
    commendation_forms.retire_form(actor=praise.door.people.lan, form=form, version=1, now=NOW)
    made.refresh_from_db()
    assert made.form.name == "Giấy khen"
    with pytest.raises(WrongState) as caught:
        propose(praise, form=form)
    assert caught.value.code == "form_retired"


def test_a_form_is_for_the_subjects_that_it_names() -> None:
    praise = make_praise()
    form = create(praise.door.people.lan)
    propose(praise, form=form)
    with pytest.raises(InvalidInput) as caught:
        propose(praise, form=form, official=praise.on)
    assert caught.value.code == "form_not_for_subject"


@pytest.mark.parametrize("role", sorted(set(Role) - {Role.PLANNER}))
def test_others_keep_no_forms(role: Role) -> None:
    with pytest.raises(NotAllowed):
        create(make_user("Chi", role))
