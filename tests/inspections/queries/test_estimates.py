"""What the filed visits of a month say about all units: 12 drawn of 24, each with a chance of one half."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

import pytest
from pytest_django import DjangoAssertNumQueries

from inspections.errors import SealBroken
from inspections.models import Checklist, ChecklistItem, Department, Origin, Plan, UnitKind, Visit
from inspections.queries.estimates import ItemRate, rates_of
from inspections.queries.frames import designs, stored_frame
from inspections.services import checklists, release
from tests.builders import NOW, make_run
from tests.inspections.services import months
from tests.inspections.services.filings import Door, closing, roll_call, send
from tests.inspections.services.months import AFTER_THE_MONTH, Month, make_month

pytestmark = pytest.mark.django_db

#: For each visit what its closing says otherwise; None for a visit that nobody filed.
Filed = Sequence[dict[str, Any] | None]


@dataclass(frozen=True)
class Story:
    """A month whose visits are made in the order of their units' codes."""

    month: Month
    checklist: Checklist
    core: list[str]

    def answers(self, **said: str) -> dict[str, Any]:
        """No issue with any core item but those that are named."""
        values = dict.fromkeys(self.core, "no_issue") | said
        return {
            "answers": [
                {"item": code, "answer": value, "note": "", "evidence": []}
                for code, value in values.items()
            ]
        }

    def visits(self, plan: Plan) -> list[Visit]:
        return list(plan.visits.filter(origin=Origin.DRAWN).order_by("unit__code"))

    def told(self, filed: Filed, **fields: Any) -> Plan:
        """Draw, visit and file a month, and close it."""
        plan, lan, minh = months.frozen(self.month, 12, **fields), self.month.lan, self.month.minh
        plan = months.press("endorse", actor=minh, plan=plan)
        plan = months.press("draw", actor=lan, plan=plan)
        months.name_teams(self.month, plan)
        plan = months.press("schedule", actor=lan, plan=plan)
        plan = months.press("approve", actor=minh, plan=plan)
        release.release_due(now=AFTER_THE_MONTH)
        for visit, said in zip(self.visits(plan), filed, strict=True):
            if said is not None:
                self.file(visit, **said)
        plan.refresh_from_db()
        return months.press("close", actor=lan, plan=plan)

    def file(self, visit: Visit, **said: Any) -> None:
        people = self.month.people
        door = Door(people=people, cuc=people.binh, visit=visit, checklist=self.checklist)
        assert send(people.an, closing(door, **said), now=AFTER_THE_MONTH).set_aside is None


@pytest.fixture
def story() -> Story:
    month = make_month(units=24)
    checklist = checklists.publish_packaged(now=NOW)
    core = checklist.items.filter(is_core=True).values_list("code", flat=True)
    return Story(month, checklist, list(core))


def item_of(plan: Plan, code: str) -> ItemRate:
    (found,) = (one for one in rates_of(plan).items if one.item.code == code)
    return found


def test_a_month_filed_in_full_gives_the_rate_that_paper_and_pencil_give(story: Story) -> None:
    first = story.core[0]
    issue, none = story.answers(**{first: "issue"}), story.answers(**{first: "praise"})
    plan = story.told([issue] * 3 + [none] * 9)

    rates = rates_of(plan)
    found = item_of(plan, first)

    assert (rates.drawn, rates.filed, rates.is_synthetic) == (12, 12, False)
    assert [one.item.code for one in rates.items] == story.core
    assert (found.asked, found.answered, found.found) == (12, 12, 3)
    assert (found.not_applicable, found.not_answered) == (0, 0)
    # V = 1/2 · 1/4 · 3/4 / 11; n* = 22 · (1.95996/2.20099)² = 17.446; c = 0.22020
    rate = found.estimate.of_made
    assert rate is not None
    assert (rate.value, rate.low, rate.high) == pytest.approx((0.25, 0.10572, 0.48451), abs=2e-5)
    assert found.estimate.least == found.estimate.of_made == found.estimate.most
    assert found.estimate.effective_size == pytest.approx(12)


def test_the_staff_absent_without_reason_are_counted_of_all_staff(story: Story) -> None:
    large = roll_call(required=24, present=15, unexcused=6)
    plan = story.told([{"roll_calls": [large]}] + [{}] * 11)

    found = rates_of(plan).absence

    assert (found.asked, found.answered, found.found) == (12, 12, 12)
    assert (found.staff, found.unexcused) == (11 * 12 + 24, 11 + 6)
    assert found.estimate.of_made is not None
    assert found.estimate.of_made.value == pytest.approx(17 / 156)
    # A large unit weighs as much more: 156² / (11 · 12² + 24²)
    assert found.estimate.effective_size == pytest.approx(11.2667, abs=1e-4)


def test_what_nobody_filed_opens_the_bounds(story: Story) -> None:
    first = story.core[0]
    issue, none = story.answers(**{first: "issue"}), story.answers()
    shut = {"outcome": "closed_at_arrival", "roll_calls": [], "answers": []}
    plan = story.told([issue] * 3 + [none] * 7 + [shut, None])

    rates, found = rates_of(plan), item_of(plan, first)

    assert (rates.drawn, rates.filed) == (12, 11)
    assert (found.asked, found.answered, found.not_answered) == (12, 10, 2)
    estimate = found.estimate
    assert [one and one.value for one in (estimate.least, estimate.of_made, estimate.most)] == (
        pytest.approx([3 / 12, 3 / 10, 5 / 12])
    )
    # Those who were not counted are taken for twelve, as many as the mean unit has.
    absence = rates.absence
    assert (absence.answered, absence.not_answered, absence.staff) == (10, 2, 120)
    assert absence.estimate.most is not None
    assert absence.estimate.most.value == pytest.approx((10 + 24) / 144)


def test_a_unit_that_an_item_does_not_apply_to_is_outside(story: Story) -> None:
    first = story.core[0]
    issue, outside = story.answers(**{first: "issue"}), story.answers(**{first: "not_applicable"})
    found = item_of(story.told([outside] * 2 + [issue] * 2 + [story.answers()] * 8), first)
    assert (found.asked, found.answered, found.not_applicable, found.not_answered) == (12, 10, 2, 0)
    assert found.estimate.drawn == 10
    assert found.estimate.of_made is not None
    assert found.estimate.of_made.value == pytest.approx(2 / 10)


def test_units_of_a_kind_that_an_item_is_not_for_are_outside(story: Story) -> None:
    first = story.core[0]
    ChecklistItem.objects.filter(code=first).update(kinds=[UnitKind.WARD])
    found = item_of(story.told([{}] * 12), first)
    assert (found.asked, found.answered, found.not_answered) == (0, 0, 0)
    assert found.estimate.of_made is None


def test_too_few_visits_give_counts_and_no_rate(story: Story) -> None:
    found = item_of(story.told([{}] * 9 + [None] * 3), story.core[0])
    assert (found.answered, found.not_answered) == (9, 3)
    assert (found.estimate.of_made, found.estimate.least) == (None, None)


def test_a_month_that_nobody_filed_has_no_figures(story: Story) -> None:
    rates = rates_of(story.told([None] * 12))
    assert (rates.drawn, rates.filed, rates.items) == (12, 0, [])
    assert (rates.absence.not_answered, rates.absence.staff) == (12, 0)
    assert rates.absence.estimate.of_made is None


def test_a_count_after_evidence_stands_for_that_at_the_door(story: Story) -> None:
    door, other = roll_call(), roll_call(office="Phòng Tư pháp", required=11, present=7)
    after = roll_call(stage="after_evidence", present=9, unexcused=0, absent=[])
    plan = story.told([{"roll_calls": [door, other, after]}] + [None] * 11)
    found = rates_of(plan).absence
    assert (found.staff, found.unexcused) == (12 + 11, 0 + 1)


def test_visits_that_nobody_drew_carry_no_weight(story: Story) -> None:
    first = story.core[0]
    plan = story.told([{}] * 12)
    before = rates_of(plan)
    outside = next(one for one in story.month.units if not one.visits.exists())
    drawn = story.visits(plan)[0]
    Visit.objects.create(
        plan=plan, origin=Origin.DIRECTED, unit=outside, state=drawn.state,
        date=drawn.date, session=drawn.session, release_at=drawn.release_at,
    )  # fmt: skip
    assert rates_of(plan) == before
    assert item_of(plan, first).asked == 12


def test_each_visit_speaks_for_as_many_units_as_its_chance_says(story: Story) -> None:
    scores = {unit: 1 + number / 24 for number, unit in enumerate(story.month.units)}
    run = make_run(story.month.lan, scores, as_of=NOW.date())
    first = story.core[0]
    plan = story.told(
        [story.answers(**{first: "issue"})] * 4 + [story.answers()] * 8,
        risk_run=run,
        cap=Decimal("0.9"),
        floor=Decimal("0.1"),
    )
    (design,) = designs(stored_frame(plan))
    chances = {
        unit.code: chance
        for unit, chance in zip(design.stratum.units, design.probabilities, strict=True)
    }
    weights = [1 / chances[visit.unit.code] for visit in story.visits(plan) if visit.unit]
    assert max(weights) > 1.2 * min(weights)
    found = item_of(plan, first).estimate.of_made
    assert found is not None
    assert found.value == pytest.approx(sum(weights[:4]) / sum(weights))


def test_an_item_counts_that_was_core_in_every_version_filed_under(story: Story) -> None:
    plan = story.told([{}] * 11 + [None])
    newer = Checklist.objects.create(number=2, created_at=NOW, published_at=NOW)
    for item in story.checklist.items.all():
        is_core = item.is_core and item.code != story.core[0]
        kept = {
            name: getattr(item, name)
            for name in ("code", "position", "section", "text", "severity")
        }
        newer.items.create(is_core=is_core, **kept)
    late = story.visits(plan)[-1]
    Visit.objects.filter(pk=late.pk).update(state="released")
    replace(story, checklist=newer).file(late)
    assert [one.item.code for one in rates_of(plan).items] == story.core[1:]


def test_invented_data_are_told(story: Story) -> None:
    Department.objects.update(is_synthetic=True)
    assert rates_of(story.told([None] * 12)).is_synthetic


def test_a_visit_that_never_opened_leaves_no_chance_known(story: Story) -> None:
    plan = story.told([None] * 12)
    lost = story.visits(plan)[0]
    Visit.objects.filter(pk=lost.pk).update(unit=None)
    with pytest.raises(SealBroken) as told:
        rates_of(plan)
    assert told.value.params == {"visit": str(lost.pk)}


def test_the_figures_take_as_many_queries_for_many_visits_as_for_few(
    story: Story, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    plan = story.told([{}] * 12)
    with django_assert_num_queries(7):
        rates_of(plan)
