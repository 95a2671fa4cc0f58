from datetime import date
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from members.rules import (
    PARTY,
    PARTY_STEPS,
    STAGES,
    STATES,
    NoticeCalendar,
    Rate,
    count_missing_for_line,
    effective_day_problem,
    is_branch,
    mask_name,
    mask_number,
    needs_everyone,
    number_change_problem,
    parse_college_name,
    parse_member_state,
    parse_stage_and_party,
    passes_line,
    rate_text,
    registration_date_problem,
    stage_gate_problem,
)

people = st.integers(min_value=0, max_value=100_000)
percents = st.integers(min_value=1, max_value=100)
rates = st.builds(lambda part, rest: (part, part + rest), people, people)


# --- the 95 % line (四.3)


@pytest.mark.parametrize(
    ("registered", "members", "text", "passes"),
    [
        (113, 119, "94.95", False),
        (18, 19, "94.73", False),
        (19, 20, "95.00", True),
        (19, 19, "100.00", True),
        (0, 0, "不适用", None),
        (0, 1, "0.00", False),
        (9499, 9999, "94.99", False),
        (99_999, 100_000, "99.99", True),
    ],
)
def test_the_line_is_compared_in_whole_people_and_the_rate_is_rounded_down(registered, members, text, passes):
    rate = Rate(members=members, registered=registered)
    assert (rate.text, rate.passes) == (text, passes)


def test_95_percent_is_never_complete():
    assert not Rate(members=20, registered=19).complete
    assert not Rate(members=100_000, registered=99_999).complete
    assert Rate(members=20, registered=20).complete
    assert Rate(members=1, registered=1).complete


def test_an_empty_branch_neither_passes_nor_fails():
    empty = Rate()
    assert (empty.passes, empty.below_floor, empty.complete, empty.percent) == (None, False, False, None)
    assert (empty.missing, empty.missing_for_floor, empty.needs_everyone) == (0, 0, False)


@given(rates, percents)
def test_it_passes_exactly_where_the_fraction_reaches_the_line(rate, percent):
    registered, members = rate
    reached = Fraction(registered, members) >= Fraction(percent, 100) if members else None
    assert passes_line(registered, members, percent) is reached


@given(rates)
def test_the_text_is_the_largest_two_place_number_not_above_the_rate(rate):
    registered, members = rate
    if members:
        shown, exact = Fraction(rate_text(registered, members)), 100 * Fraction(registered, members)
        assert shown <= exact < shown + Fraction(1, 100)


@given(rates)
def test_a_rate_that_fails_is_never_shown_as_95(rate):
    registered, members = rate
    if passes_line(registered, members, 95) is False:
        assert Fraction(rate_text(registered, members)) < 95


@given(rates, percents)
def test_what_is_missing_is_just_enough(rate, percent):
    registered, members = rate
    more = count_missing_for_line(registered, members, percent)
    if members:
        assert passes_line(registered + more, members, percent)
        assert more == 0 or not passes_line(registered + more - 1, members, percent)


@given(st.integers(min_value=1, max_value=1000))
def test_everyone_is_needed_in_branches_of_fewer_than_20(members):
    assert needs_everyone(members, 95) is (members < 20)


COUNTS = ("members", "registered", "reported", "out", "activists", "activists_registered")


@given(st.lists(st.tuples(*[st.integers(0, 500)] * len(COUNTS)), max_size=20))
def test_rates_add_up(parts):
    total = sum((Rate(*part, floor_percent=90) for part in parts), Rate(floor_percent=90))
    for place, name in enumerate(COUNTS):
        assert getattr(total, name) == sum(part[place] for part in parts)
    assert total.floor_percent == 90


def test_self_reports_and_people_who_left_count_nothing():
    with_both = Rate(members=20, registered=18, reported=2, out=3)
    assert (with_both.text, with_both.passes, with_both.missing) == ("90.00", False, 2)
    assert (with_both.percent, with_both.below_floor, with_both.missing_for_floor) == (90.0, True, 1)
    assert not with_both.needs_everyone and Rate(members=19).needs_everyone


def test_a_branch_that_reaches_the_line_is_not_below_it():
    assert not Rate(members=20, registered=19).below_floor
    assert Rate(members=20, registered=19, floor_percent=96).below_floor


def test_the_goal_of_the_activists_is_their_own():
    rate = Rate(members=10, registered=10, activists=3, activists_registered=1)
    assert (rate.activists_missing, rate.activists_text, rate.complete) == (2, "33.33", True)
    assert Rate().activists_text == "不适用"


# --- people who count (requirements §3)


@pytest.mark.parametrize(
    ("politics", "stage", "expected"),
    [
        ("共青团员", "", ("member", "")),
        ("中共党员", "", ("member", "full")),
        ("中共预备党员", "", ("member", "probationary")),
        ("中共党员（保留团籍）", "", ("member", "full")),
        ("中共预备党员(保留共青团团籍)", "", ("member", "probationary")),
        ("共青团员（保留团籍）", "", ("member", "")),
        ("保留团籍", "", ("member", "")),
        ("中共党员", "团员", ("member", "full")),
        ("群众", "入团积极分子", ("activist", "")),
        ("群众", "发展对象", ("candidate", "")),
        ("群众", "入团申请人", ("applicant", "")),
        ("群众", "", ("student", "")),
        ("", "积极分子", ("activist", "")),
        ("中国共产党党员", "", ("member", "full")),
        ("中国共产党预备党员", "", ("member", "probationary")),
        ("九三学社社员", "", ("student", "")),
        ("共青团员", "入党积极分子", ("member", "")),
        ("共青团员", "党员发展对象", ("member", "")),
        (" 团员 ", " ", ("member", "")),
        # A League member cannot be a candidate of the League, so the short words are stages of the Party.
        ("共青团员", "积极分子", ("member", "")),
        ("团员", "发展对象", ("member", "")),
        ("中共预备党员", "发展对象", ("member", "probationary")),
        ("中共党员（保留团籍）", "申请人", ("member", "full")),
        ("入团积极分子", "发展对象", ("candidate", "")),
        ("共青团员", "入团积极分子", ("activist", "")),
    ],
)
def test_a_roster_s_words_say_who_somebody_is(politics, stage, expected):
    assert parse_stage_and_party(politics, stage) == expected


@pytest.mark.parametrize("word", STAGES)
def test_every_known_stage_is_understood_in_either_column(word):
    assert parse_stage_and_party("", word) == (STAGES[word], "")
    assert parse_stage_and_party(word) == (STAGES[word], "")


@pytest.mark.parametrize("word", PARTY)
def test_party_members_on_a_league_roster_are_members(word):
    assert parse_stage_and_party(word) == parse_stage_and_party("", word) == ("member", PARTY[word])


@pytest.mark.parametrize("word", sorted(PARTY_STEPS))
def test_a_step_towards_the_party_leaves_league_membership_to_the_other_column(word):
    assert parse_stage_and_party("共青团员", word) == ("member", "")
    with pytest.raises(ValueError, match="缺少政治面貌"):
        parse_stage_and_party("", word)


@pytest.mark.parametrize(
    ("politics", "stage", "reason"),
    [
        ("", "", "缺少政治面貌"),
        ("少先队员", "", "政治面貌“少先队员”无法识别"),
        ("共青团员", "优秀", "发展阶段“优秀”无法识别"),
    ],
)
def test_words_that_are_not_understood_are_named(politics, stage, reason):
    with pytest.raises(ValueError, match=reason):
        parse_stage_and_party(politics, stage)


@pytest.mark.parametrize("word", STATES)
def test_every_state_of_a_roster_is_understood(word):
    assert parse_member_state(word) == STATES[word]


@pytest.mark.parametrize(
    ("words", "state"),
    [("在籍（注册学籍）", "active"), ("不在籍（毕业）", "graduated"), ("休学(因病)", "suspended")],
)
def test_a_state_is_understood_with_its_remark(words, state):
    assert parse_member_state(words) == state


def test_between_two_states_in_one_cell_nobody_chooses():
    with pytest.raises(ValueError, match="状态“在校（休学）”无法识别"):
        parse_member_state("在校（休学）")


def test_no_word_for_the_state_says_nothing():
    assert parse_member_state("") == ""
    with pytest.raises(ValueError, match="状态“失踪”无法识别"):
        parse_member_state("失踪")


# --- the gate of 二(一), and valid dates of a registration

WAY = ("applicant", "activist", "candidate")
GATED = [(old, new) for old in WAY for new in ("candidate", "member") if new != old]


@pytest.mark.parametrize(("old", "new"), GATED)
def test_nobody_on_the_way_passes_the_gate_unregistered(old, new):
    assert "二（一）" in stage_gate_problem(old, new, registered=False)
    assert stage_gate_problem(old, new, registered=True) == ""


@pytest.mark.parametrize(
    ("old", "new"),
    [
        *[(old, new) for old in WAY for new in ("student", "applicant", "activist")],
        ("candidate", "candidate"),
        ("student", "member"),
        ("member", "candidate"),
    ],
)
def test_a_step_back_a_step_before_the_gate_and_a_correction_of_the_roster_stay_open(old, new):
    assert stage_gate_problem(old, new, registered=False) == ""


@pytest.mark.parametrize(
    ("old", "new"), [("student", "member"), ("student", "candidate"), ("member", "candidate")]
)
def test_who_once_was_on_the_way_does_not_get_around_the_gate_by_a_step_back(old, new):
    assert stage_gate_problem(old, new, registered=False, was_on_the_way=True)
    assert stage_gate_problem(old, new, registered=True, was_on_the_way=True) == ""
    assert stage_gate_problem("member", "member", registered=False, was_on_the_way=True) == ""


@pytest.mark.parametrize(
    ("day", "problem"),
    [
        (date(1999, 12, 31), "注册日期过早，请检查年份。"),
        (date(2000, 1, 1), ""),
        (date(2018, 10, 10), ""),
        (date(2018, 10, 11), "注册日期不能晚于今天。"),
        (date(2081, 10, 11), "注册日期不能晚于今天。"),
    ],
)
def test_a_registration_lies_between_the_first_registers_and_today(day, problem):
    assert registration_date_problem(day, date(2018, 10, 10)) == problem


# --- names of organisations (三(一))


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("共青团京华大学信息管理学院委员会", "信息管理学院"),
        ("信息管理学院团委", "信息管理学院"),
        (" 法学院分团委 ", "法学院"),
        ("京华大学法学院团总支", "法学院"),
        ("共青团京华大学委员会", ""),
        ("校团委", ""),
        ("京华大学", ""),
    ],
)
def test_a_college_has_one_name_however_the_outside_system_writes_it(text, name):
    assert parse_college_name(text, "京华大学") == name


@pytest.mark.parametrize(
    ("name", "level", "parent", "branch"),
    [
        ("法学1801", "团支部", "", True),
        ("法学1801团支部", "团总支部", "法学院", False),
        ("法学院", "团委", "京华大学", False),
        ("法学1801团支部", "", "", True),
        ("法学1801支部委员会", "", "", True),
        ("法学院团总支部", "", "京华大学", False),
        ("法学1801", "", "法学院", True),
        ("法学院", "", "", False),
    ],
)
def test_a_branch_is_known_by_its_level_else_its_name_else_its_college(name, level, parent, branch):
    assert is_branch(name, level, parent) is branch


# --- the calendar (三)


def test_the_calendar_is_the_notice_s():
    calendar = NoticeCalendar(2018)
    assert calendar.tidy == (date(2018, 9, 20), date(2018, 9, 25))
    assert calendar.registration == (date(2018, 9, 26), date(2018, 10, 10))
    assert calendar.bulletins == (date(2018, 10, 10), date(2018, 12, 31))
    assert [moment.isoformat() for moment in calendar.pairing] == [
        "2018-10-15T00:00:00",
        "2018-10-26T23:59:59",
    ]
    assert calendar.first_service_by == date(2018, 11, 30)
    assert (calendar.starts_on, calendar.ends_on) == (date(2018, 1, 1), date(2018, 12, 31))


@given(st.integers(min_value=2000, max_value=2099))
def test_the_semesters_cover_a_year_without_gap_or_overlap(year):
    (_, spring_starts, spring_ends), (_, autumn_starts, autumn_ends) = NoticeCalendar(year).semesters
    assert spring_ends.toordinal() + 1 == autumn_starts.toordinal()
    assert (autumn_ends.year, autumn_ends.month) == (year + 1, 1)
    assert NoticeCalendar(year + 1).semesters[0][1].toordinal() == autumn_ends.toordinal() + 1
    assert (spring_starts, spring_ends) == (date(year, 2, 1), date(year, 7, 31))


@pytest.mark.parametrize(
    ("name", "masked"), [("张伟", "张*"), ("欧阳修", "欧**"), ("阿依古丽·买买提", "阿**"), ("李", "李*")]
)
def test_a_name_is_masked(name, masked):
    assert mask_name(name) == masked


def test_a_number_is_masked():
    assert mask_number("2018010003") == "2018****03"
    assert mask_number("12345678") == "1234****78"
    assert mask_number("1234567") == mask_number("12345") == "****"


@pytest.mark.parametrize(
    ("on", "since", "problem"),
    [
        (date(2018, 10, 8), None, ""),
        (date(2018, 10, 8), date(2018, 10, 8), ""),
        (date(2018, 10, 8), date(2018, 10, 1), ""),
        (date(2018, 10, 8), date(2018, 10, 9), "自 2018-10-09 起，生效日期不能早于这一天"),
        (date(2018, 10, 10), None, ""),
        (date(2018, 10, 11), date(2018, 10, 9), "不能晚于今天"),
        (date(2000, 1, 1), None, ""),
    ],
)
def test_a_change_holds_from_the_present_spell_on_and_not_from_tomorrow(on, since, problem):
    found = effective_day_problem(on, today=date(2018, 10, 10), since=since)
    assert problem in found
    assert bool(found) == bool(problem)


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("2018001", "", "请填写"),
        ("2018001", "2018001", "相同"),
        ("2018001", "2018002", ""),
        ("2018002", "2018001", ""),
    ],
)
def test_a_new_number_is_another_number(old, new, problem):
    found = number_change_problem(old, new)
    assert problem in found
    assert bool(found) == bool(problem)
