"""The rules of offices: who the roster calls 团支书, how long a term lasts, and the names of roles."""

from datetime import date

import pytest

from members.rules import OFFICE_ROLES, claims_branch_secretary, propose_term_end


@pytest.mark.parametrize(
    "office", ["团支书", "团支部书记", "支书", "支部书记", "班长兼团支书", "学习委员、团支部书记", "团 支 书"]
)
def test_these_words_claim_the_office(office):
    assert claims_branch_secretary(office)


@pytest.mark.parametrize(
    "office",
    [
        "",
        "班长",
        "副团支书",
        "团支部副书记",
        "副支书",
        "副支部书记",
        "党支部书记",
        "党支书",
        "团总支书记",
        "党总支书记",
        "前团支书",
        "原团支部书记",
        "组织委员",
    ],
)
def test_these_words_do_not(office):
    assert not claims_branch_secretary(office)


@pytest.mark.parametrize(
    ("today", "end"),
    [
        (date(2018, 9, 1), date(2019, 8, 31)),
        (date(2018, 12, 31), date(2019, 8, 31)),
        (date(2019, 1, 1), date(2019, 8, 31)),
        (date(2019, 7, 2), date(2019, 8, 31)),
        (date(2019, 7, 3), date(2020, 8, 31)),
        (date(2019, 8, 31), date(2020, 8, 31)),
    ],
)
def test_a_term_lasts_until_the_end_of_an_academic_year_at_least_sixty_days_away(today, end):
    assert propose_term_end(today) == end


def test_each_usual_name_means_one_role():
    assert OFFICE_ROLES["分团委书记"] == OFFICE_ROLES["学院团委书记"] == "college_secretary"
    assert OFFICE_ROLES["团支部书记"] == OFFICE_ROLES["团支书"] == "branch_secretary"
    assert OFFICE_ROLES["校团委"] == OFFICE_ROLES["校团委管理员"] == "school_admin"
    assert "街乡负责人" not in OFFICE_ROLES
