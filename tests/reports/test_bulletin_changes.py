"""The change since the issue before: compared by the time of the figures, so that all changes add up."""

from datetime import date, timedelta
from random import Random

import pytest

from members.models import Member
from reports.services.bulletins import correct_bulletin
from tests.factories import NOT_REGISTERED, make_registration
from tests.reports.issuing import make_moment, publish_on, register_members


def test_the_change_is_counted_from_the_issue_before(world):
    publish_on(world.school, 10, 10)
    register_members(world.missing)
    second = publish_on(world.school, 10, 12)
    law = second.lines.get(college=world.college_a)
    assert (law.change.registered, law.change.points) == (1, 7142 - 5714)
    assert law.change.points_text == "+14.28"
    assert (second.change.registered, second.change.points_text) == (1, "+12.50")
    assert publish_on(world.school, 10, 14).lines.get(college=world.college_a).change.registered == 0


def test_a_first_issue_has_nothing_to_compare_with(world):
    bulletin = publish_on(world.school, 10, 10)
    assert bulletin.change is None
    assert [line.change for line in bulletin.lines.all()] == [None, None]


def test_a_late_issue_is_compared_by_the_time_of_its_figures(world):
    first = publish_on(world.school, 10, 10)
    third = publish_on(world.school, 10, 14)
    register_members(world.missing)
    late = publish_on(world.school, 10, 12, now=make_moment(10, 15))
    assert (third.previous, late.previous, late.change.registered) == (first, third, 1)
    after = publish_on(world.school, 10, 16)
    assert (after.previous, after.change.registered) == (late, 0)


@pytest.mark.parametrize("seed", range(12))
def test_the_changes_of_all_issues_add_up_to_the_last_less_the_first(seed, world):
    """Issues in any order of their dates, with people who register and whose registration is revoked between."""
    chance = Random(seed)
    dates = [date(2018, 10, day) for day in range(10, 31, 2)]
    first = publish_on(world.school, 10, 10)
    people = list(Member.objects.filter(branch__college=world.college_a, stage=Member.Stage.MEMBER))
    issues = [first]
    for step, on in enumerate(chance.sample(dates[1:], 7)):
        for person in chance.sample(people, 2):
            verified = make_registration(date(2018, 10, 9)) if chance.random() < 0.7 else NOT_REGISTERED
            Member.objects.filter(pk=person.pk).update(**verified)
        now = make_moment(11, 1) + timedelta(hours=step)
        issues.append(publish_on(world.school, on.month, on.day, now=now))
        if chance.random() < 0.3:
            mended = correct_bulletin(bulletin=issues[-1], reason="核对", user=world.admin, now=now)
            issues[-1] = mended
    assert sum(issue.change.registered for issue in issues[1:]) == issues[-1].registered - first.registered
    law = [issue.lines.get(college=world.college_a) for issue in issues]
    assert sum(line.change.registered for line in law[1:]) == law[-1].registered - law[0].registered
