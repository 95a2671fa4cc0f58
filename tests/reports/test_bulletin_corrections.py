"""勘误: a new issue beside the original, counted as of the original's day."""

from datetime import date

import pytest
from django.core.exceptions import ValidationError

from members.models import Spell
from reports.models import Bulletin
from reports.services.bulletins import correct_bulletin
from tests.factories import BranchFactory, CollegeFactory, MemberFactory
from tests.reports.issuing import make_moment, publish_on, register_members


def test_a_correction_is_a_new_issue_beside_the_original(world):
    publish_on(world.school, 10, 10)
    original = publish_on(world.school, 10, 12)
    register_members(world.missing)
    mended = correct_bulletin(
        bulletin=original, reason="漏导一份名单", user=world.admin, now=make_moment(10, 13)
    )
    assert (mended.title, mended.registered, mended.change.registered) == ("2018年第2期勘误1", 6, 1)
    assert Bulletin.objects.get(pk=original.pk).registered == 5
    second = correct_bulletin(
        bulletin=mended, reason="再次核对", user=world.admin, now=make_moment(10, 13, hour=9)
    )
    assert (second.title, second.corrects) == ("2018年第2期勘误2", original)
    assert publish_on(world.school, 10, 14).previous == second


def test_a_correction_counts_the_people_and_registrations_of_the_originals_day(world):
    original = publish_on(world.school, 10, 12)
    register_members(world.missing, on=date(2018, 10, 11))  # was left out
    register_members(world.namesake, on=date(2018, 10, 13))  # came later
    MemberFactory(branch=BranchFactory(college=CollegeFactory(school=world.school, name="新学院")))
    move_since(world.school, date(2018, 10, 13))
    mended = correct_bulletin(
        bulletin=original, reason="漏导一份名单", user=world.admin, now=make_moment(10, 15)
    )
    assert (mended.members, mended.registered) == (8, 6)
    assert (mended.as_of, mended.issued_at) == (original.as_of, make_moment(10, 15))


def move_since(school, day: date) -> None:
    """Let the people of 新学院 have come on this day."""
    newcomers = Spell.objects.filter(member__school=school, branch__college__name="新学院")
    newcomers.update(starts_on=day, first=False)


def test_only_changed_lines_of_a_correction_are_marked(world):
    original = publish_on(world.school, 10, 12)
    register_members(world.missing, on=date(2018, 10, 11))
    mended = correct_bulletin(
        bulletin=original, reason="漏导一份名单", user=world.admin, now=make_moment(10, 15)
    )
    issue = Bulletin.objects.with_figures().get(pk=mended.pk)
    assert issue.correction == "已注册 5→6"
    marked = {line.college_name: line.correction for line in issue.lines.all()}
    assert marked == {"法学院": "已注册 4→5", "物理学院": ""}
    changed = [branch.correction for branch in issue.annex if branch.correction]
    assert len(changed) == 1
    assert changed[0].startswith("已注册 ")
    whole = Bulletin.objects.with_figures().get(pk=original.pk)
    assert not any(line.correction for line in [whole, *whole.lines.all(), *whole.annex])


def test_a_correction_names_every_figure_of_the_school_that_the_page_prints(world):
    original = publish_on(world.school, 10, 12)
    register_members(world.reported, on=date(2018, 10, 11))
    mended = correct_bulletin(
        bulletin=original, reason="漏导一份名单", user=world.admin, now=make_moment(10, 15)
    )
    assert mended.correction == "已注册 5→6，自报待核实 1→0"


def test_a_correction_without_a_change_marks_nothing_and_keeps_the_floor(world):
    original = publish_on(world.school, 10, 12)
    BranchFactory(college=CollegeFactory(school=world.school))  # founded later, nobody in it
    world.year.floor_percent = 40
    world.year.save()
    mended = correct_bulletin(bulletin=original, reason="核对", user=world.admin, now=make_moment(10, 20))
    issue = Bulletin.objects.with_figures().get(pk=mended.pk)
    assert (issue.floor_percent, issue.branches, issue.branches_below) == (95, 4, original.branches_below)
    assert not any(row.correction for row in [issue, *issue.lines.all(), *issue.annex])


def test_a_correction_needs_a_reason(world):
    original = publish_on(world.school, 10, 10)
    with pytest.raises(ValidationError, match="请写明勘误的原因"):
        correct_bulletin(bulletin=original, reason="  ", user=world.admin, now=make_moment(10, 11))
