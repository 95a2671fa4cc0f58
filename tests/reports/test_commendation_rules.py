"""表彰: the list follows from its criteria alone, and a barred candidate takes no place."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reports.rules.commendation import (
    CRITERIA,
    Candidate,
    Selection,
    criteria_problem,
    figure_text,
    select_candidates,
)

NOTHING = {"minutes": 0, "services": 0, "months": 0}


def make_candidate_of(pk, minutes, *, services=1, months=1, barred=()):
    return Candidate(
        pk, f"人{pk}", "", f"{pk:04d}", {"minutes": minutes, "services": services, "months": months}, barred
    )


def select_volunteers(candidates, *, places=2, minimum=NOTHING, order="minutes"):
    return select_candidates(candidates, kind="volunteer", minimum=minimum, order=order, places=places)


def test_the_highest_stand_on_the_list_in_order():
    found = select_volunteers(
        [make_candidate_of(1, 100), make_candidate_of(2, 300), make_candidate_of(3, 200)]
    )
    assert [candidate.pk for candidate in found.chosen] == [2, 3]
    assert (found.equal, found.barred, found.below) == ([], [], 0)


def test_every_criterion_must_be_fulfilled():
    found = select_volunteers([make_candidate_of(1, 1200, months=3), make_candidate_of(2, 1199, months=9), make_candidate_of(3, 2000, months=2)], minimum={
        "minutes": 1200, "services": 0, "months": 3,
    })  # fmt: skip
    assert [candidate.pk for candidate in found.chosen] == [1]
    assert found.below == 2


def test_who_is_barred_takes_no_place_and_is_shown_with_the_reason():
    found = select_volunteers(
        [
            make_candidate_of(1, 300, barred=("还差志愿者注册核实",)),
            make_candidate_of(2, 200),
            make_candidate_of(3, 100),
        ]
    )
    assert [candidate.pk for candidate in found.chosen] == [2, 3]
    assert [candidate.pk for candidate in found.barred] == [1]


def test_barred_ones_behind_the_last_place_would_not_have_stood_there():
    found = select_volunteers(
        [
            make_candidate_of(1, 300),
            make_candidate_of(2, 200),
            make_candidate_of(3, 100),
            make_candidate_of(4, 50, barred=("x",)),
        ]
    )
    assert found.barred == []
    level = select_volunteers(
        [
            make_candidate_of(1, 300),
            make_candidate_of(2, 200),
            make_candidate_of(3, 100),
            make_candidate_of(4, 200, barred=("x",)),
        ]
    )
    assert [candidate.pk for candidate in level.barred] == [4]


def test_with_a_place_left_over_everybody_barred_would_have_stood_there():
    exactly = select_volunteers(
        [make_candidate_of(1, 300), make_candidate_of(2, 200), make_candidate_of(3, 100, barred=("x",))]
    )
    assert [candidate.pk for candidate in exactly.barred] == [3]
    nobody = select_volunteers([make_candidate_of(1, 300, barred=("x",))])
    assert ([candidate.pk for candidate in nobody.barred], nobody.chosen) == ([1], [])
    few = select_volunteers([make_candidate_of(1, 300), make_candidate_of(2, 100, barred=("x",))])
    assert [candidate.pk for candidate in few.barred] == [2]
    assert select_volunteers([]) == Selection() == Selection(below=0)


def test_with_every_place_taken_those_barred_before_or_beside_the_last_would_have_stood_there():
    field = [
        make_candidate_of(1, 300),
        make_candidate_of(2, 200),
        make_candidate_of(3, 100),
        make_candidate_of(4, 50),
    ]
    barred = [
        make_candidate_of(5, 400, barred=("x",)),
        make_candidate_of(6, 200, barred=("x",)),
        make_candidate_of(7, 199, barred=("x",)),
    ]
    assert [candidate.pk for candidate in select_volunteers([*field, *barred]).barred] == [5, 6]
    assert select_volunteers([*field, *barred]).equal == []


def test_whatever_the_list_is_ordered_by_the_other_figures_decide_between_equals():
    people = [
        make_candidate_of(1, 100, services=1),
        make_candidate_of(2, 100, services=2),
        make_candidate_of(3, 200, services=1),
    ]
    assert [candidate.pk for candidate in select_volunteers(people, order="months", places=3).chosen] == [
        3,
        2,
        1,
    ]
    assert [candidate.pk for candidate in select_volunteers(people, order="services", places=3).chosen] == [
        2,
        3,
        1,
    ]


def test_who_equals_another_in_every_figure_stands_by_number():
    twins = [
        replace(make_candidate_of(1, 100), number="0002"),
        replace(make_candidate_of(2, 100), number="0001"),
        replace(make_candidate_of(3, 100), number="0001"),
    ]
    assert [candidate.pk for candidate in select_volunteers(twins, places=3).chosen] == [2, 3, 1]


@pytest.mark.parametrize(
    ("place", "value", "text"), [(0, 1230, "20.5 小时"), (2, 40, "40 %"), (4, 3, "3 个月")]
)
def test_a_figure_is_read_with_its_unit(place, value, text):
    assert figure_text(CRITERIA["team"][place], value) == text


def test_equal_in_the_first_figure_the_others_decide_and_equal_in_all_is_said():
    found = select_volunteers(
        [
            make_candidate_of(1, 100, services=1),
            make_candidate_of(2, 100, services=2),
            make_candidate_of(3, 100, services=1),
        ]
    )
    assert [candidate.pk for candidate in found.chosen] == [2, 1]
    assert [candidate.pk for candidate in found.equal] == [3]


# A busy machine is slow at the first examples; the law does not depend on it.
@given(
    st.lists(st.tuples(st.integers(0, 9), st.integers(0, 3), st.booleans()), max_size=12), st.integers(1, 5)
)
def test_never_more_than_the_places_nobody_barred_and_the_order_of_input_is_nothing(people, places):
    candidates = [
        make_candidate_of(pk, minutes, services=services, barred=("x",) if barred else ())
        for pk, (minutes, services, barred) in enumerate(people)
    ]
    found, turned = (
        select_volunteers(candidates, places=places),
        select_volunteers(candidates[::-1], places=places),
    )
    assert found == turned
    assert len(found.chosen) == min(places, sum(not candidate.barred for candidate in candidates))
    assert not any(candidate.barred for candidate in found.chosen)


@pytest.mark.parametrize(
    ("minimum", "order", "places", "said"),
    [
        ({"minutes": 1}, "minutes", 1, "每项条件"),
        (NOTHING | {"people": 1}, "minutes", 1, "每项条件"),
        (NOTHING | {"minutes": -1}, "minutes", 1, "不小于 0"),
        (NOTHING, "share", 1, "排序依据"),
        (NOTHING, "minutes", 0, "至少为 1"),
        (NOTHING, "minutes", -1, "至少为 1"),
        (NOTHING | {"minutes": 1}, "months", 1, ""),
        (NOTHING, "services", 20, ""),
    ],
)
def test_criteria_are_checked(minimum, order, places, said):
    problem = criteria_problem("volunteer", minimum, order, places)
    assert said in problem and bool(said) == bool(problem)
