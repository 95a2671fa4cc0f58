"""Issue bulletins: one per school and date, no matter who asks and how often (三(二), requirements §3)."""

import logging
from datetime import date, datetime

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils import timezone

from members.calendar import YEAR_RANGES
from members.models import School, ServiceYear, User
from members.rules import Rate
from reports.models import Bulletin, BulletinBranch, BulletinLine
from reports.queries.bulletins import (
    CollegeFigures,
    count_figures,
    find_year_of,
    get_first_day_to_publish,
    get_next_date,
    get_numbering,
    get_schedule,
    has_counted_members,
    recount_figures,
)
from reports.rules.bulletins import compute_ranks, full_day_text, list_dates_to_publish
from reports.services.channels import announce_to_channels

logger = logging.getLogger(__name__)


@transaction.atomic
def publish_bulletin(
    *,
    school: School,
    on: date,
    now: datetime | None = None,
    user: User | None = None,
    announce: bool = True,
    first_number: int | None = None,
) -> Bulletin:
    """Issue the bulletin of the due date `on` with the current figures, or return the issue that exists.

    `now`: the as-of time; by default the clock, read after the lock is taken. A late issue keeps its date and
    number and shows its real as-of time. `user`: the person who asked, None for the clock and the operator.
    `announce`: push it to the channels. `first_number`: the number of the year's first issue, kept with the rules;
    refused once there is an issue. Refusals are ValidationErrors in Chinese.
    """
    _lock_publishing_school(school, user)
    now = now or timezone.now()
    year = find_year_of(school=school, on=on)
    if year is None:
        raise ValidationError(f"{school.name}没有设置{on.year}年度的规则，请先建立年度")
    schedule = get_schedule(year)
    if refusal := schedule.issue_problem(on, today=timezone.localdate(now)):
        raise ValidationError(refusal)
    if existing := Bulletin.objects.regular().filter(school=school, due_on=on).first():
        return existing
    if first_number is not None:
        choose_first_number(year=year, number=first_number)
    numbering = get_numbering(year)
    if refusal := numbering.problem(on):
        raise ValidationError(refusal)
    bulletin = _build_issue(year, on, numbering.number(on), now)
    bulletin.issued_by = user
    return _save_issue(bulletin, announce=announce)


def choose_first_number(*, year: ServiceYear, number: int) -> None:
    """Keep the number of the year's first issue; refused if an issue has another number. The school is locked."""
    first = Bulletin.objects.get_first_of(year)
    if first and first.number != number:
        raise ValidationError(f"{first.title}已发布，首期期号不能再改。")
    low, high = YEAR_RANGES["bulletin_first_number"]
    if not low <= number <= high:
        raise ValidationError(f"首期期号请填写 {low} 至 {high} 之间的整数。")
    if not first and year.bulletin_first_number != number:
        year.bulletin_first_number = number
        year.save(update_fields=["bulletin_first_number"])


def _build_issue(year: ServiceYear, on: date, number: int, as_of: datetime) -> Bulletin:
    return Bulletin(
        school=year.school,
        year=year,
        number=number,
        due_on=on,
        as_of=as_of,
        previous=Bulletin.objects.get_issue_before(year, as_of),
    )


@transaction.atomic
def correct_bulletin(
    *,
    bulletin: Bulletin,
    reason: str,
    user: User,
    now: datetime | None = None,
    expected_no: int | None = None,
) -> Bulletin:
    """Issue a 勘误 of the bulletin with the figures of the original's day, as they are known now.

    The original stays unchanged. Issues with later figures, issued from now on, are compared with the correction.
    A correction of a correction is the next correction of the original.
    `expected_no`: the number that the user saw before issuing; a second click, which would issue another
    correction that nobody can take back, is refused.
    """
    _lock_publishing_school(bulletin.school, user)
    if not reason.strip():
        raise ValidationError("请写明勘误的原因")
    correction = _build_correction(bulletin, now or timezone.now())
    if expected_no is not None and correction.correction_no != expected_no:
        raise ValidationError("这期通报的勘误刚刚已经发布，请不要重复提交。如需再次更正，请重新打开本页。")
    correction.reason, correction.issued_by = reason.strip(), user
    return _save_issue(correction, announce=True)


def build_correction_draft(*, bulletin: Bulletin, now: datetime) -> tuple[Bulletin, list[BulletinLine]]:
    """Return the 勘误 that would be issued at `now` and its lines, unsaved."""
    draft = _build_correction(bulletin, now)
    return draft, _sort_by_rank(_build_lines(draft, _count_and_set_figures(draft)))


def _build_correction(bulletin: Bulletin, now: datetime) -> Bulletin:
    original = bulletin.corrects or bulletin
    return Bulletin(
        school=original.school,
        year=original.year,
        kind=Bulletin.Kind.CORRECTION,
        number=original.number,
        due_on=original.due_on,
        as_of=original.as_of,
        issued_at=now,
        corrects=original,
        correction_no=original.corrections.count() + 1,
        previous=Bulletin.objects.get_issue_before(original.year, original.as_of, original=original),
    )


def publish_all_due(*, now: datetime | None = None) -> list[Bulletin]:
    """Issue every bulletin that is due and missing, in every school: today's from eight, and missed dates.

    A date is missed if the portal was set up (the year's row existed) but not running, so dates before
    `ServiceYear.created_at` are left alone, and dates before the first issue too. A year is checked from its
    anchor until its calendar year is over and one interval has passed since its last date. If several missed
    issues are published at once, only the newest is announced: they carry the same figures. Schools without a
    counted member are skipped. Safe to call at any time and in parallel; each date is issued in a transaction of
    its own. An error in one school is logged, and the schools after it get their issues.
    """
    issued = []
    asked_at = now or timezone.now()
    today = timezone.localdate(asked_at)
    for year in ServiceYear.objects.filter(bulletin_anchor__lte=today).select_related("school"):
        try:
            dates = _list_due_dates(year, asked_at)
            for on in dates:
                issue = publish_bulletin(school=year.school, on=on, now=now, announce=on == dates[-1])
                issued.append(issue)
        except Exception:
            logger.exception("Bulletins of %s (%s) could not be issued", year.school.code, year.year)
    return issued


def _list_due_dates(year: ServiceYear, now: datetime) -> list[date]:
    schedule = get_schedule(year)
    if timezone.localdate(now) > max(date(year.year, 12, 31), schedule.ends_on + schedule.interval):
        return []
    first = Bulletin.objects.get_first_of(year)
    dates = list_dates_to_publish(
        schedule,
        since=get_first_day_to_publish(year, first),
        now=timezone.localtime(now),
        issued=set(Bulletin.objects.filter(school=year.school).values_list("due_on", flat=True)),
    )
    return dates if dates and has_counted_members(year.school) else []


def preview_bulletin(*, school: School, now: datetime) -> tuple[Bulletin, list[BulletinLine]] | None:
    """Return the next issue and its lines with the figures of `now`, unsaved; None when no date is left."""
    today = timezone.localdate(now)
    year = find_year_of(school=school, on=today) or ServiceYear.objects.current(school, today=today)
    on = year and get_next_date(school=school, year=year, today=today)
    if on is None:
        return None
    bulletin = _build_issue(year, on, get_numbering(year).number(on), now)
    colleges = _count_and_set_figures(bulletin)
    return bulletin, _sort_by_rank(_build_lines(bulletin, colleges))


def _lock_publishing_school(school: School, user: User | None) -> None:
    """Lock the school: one issue at a time. NO KEY: imports, which refer to the school, do not wait."""
    School.objects.select_for_update(no_key=True).get(pk=school.pk)
    if user and not School.objects.visible_to(user, "bulletin.publish").filter(pk=school.pk).exists():
        raise PermissionDenied


def _save_issue(bulletin: Bulletin, *, announce: bool) -> Bulletin:
    colleges = _count_and_set_figures(bulletin)
    if not bulletin.members:
        raise ValidationError("还没有团员数据，请先导入团员花名册，再发布通报")
    bulletin.save()
    lines = BulletinLine.objects.bulk_create(_build_lines(bulletin, colleges))
    BulletinBranch.objects.bulk_create(
        [
            BulletinBranch(
                line=line,
                branch_id=branch.branch_id,
                branch_name=branch.branch,
                below_floor=branch.rate.below_floor,
                **_read_rate_fields(branch.rate),
            )
            for line, college in zip(lines, colleges, strict=True)
            for branch in college.branches
        ],
        batch_size=1000,
    )
    bulletin.sealed = True
    bulletin.save(update_fields=["sealed"])
    if announce:
        announce_to_channels(bulletin=bulletin)
    return bulletin


def _count_and_set_figures(bulletin: Bulletin) -> list[CollegeFigures]:
    """Count the people of now, or for a 勘误 those of its own day, and set the school's totals on the bulletin."""
    bulletin.school_name = bulletin.school.name
    if bulletin.corrects:
        bulletin.floor_percent = bulletin.corrects.floor_percent
        colleges = recount_figures(bulletin.corrects)
    else:
        bulletin.floor_percent = bulletin.year.floor_percent
        colleges = count_figures(bulletin.school, floor_percent=bulletin.floor_percent)
    total = sum((college.rate for college in colleges), Rate(floor_percent=bulletin.floor_percent))
    for name, count in _read_rate_fields(total).items():
        setattr(bulletin, name, count)
    bulletin.branches = sum(len(college.branches) for college in colleges)
    bulletin.branches_below = sum(_count_below(college) for college in colleges)
    return colleges


def _build_lines(bulletin: Bulletin, colleges: list[CollegeFigures]) -> list[BulletinLine]:
    before = {}
    if bulletin.previous:
        before = {line.college_id: line for line in bulletin.previous.lines.all()}
    places = compute_ranks([(college.rate.registered, college.rate.members) for college in colleges])
    return [
        BulletinLine(
            bulletin=bulletin,
            college_id=college.college_id,
            college_name=college.name,
            rank=place,
            previous_members=getattr(before.get(college.college_id), "members", None),
            previous_registered=getattr(before.get(college.college_id), "registered", None),
            previous_rank=getattr(before.get(college.college_id), "rank", None),
            branches=len(college.branches),
            branches_below=_count_below(college),
            **_read_rate_fields(college.rate),
        )
        for place, college in zip(places, colleges, strict=True)
    ]


def _sort_by_rank(lines: list[BulletinLine]) -> list[BulletinLine]:
    """Return the lines in the order in which saved lines are read."""
    return sorted(lines, key=lambda line: (line.rank is None, line.rank, line.college_name))


def _count_below(college: CollegeFigures) -> int:
    return sum(branch.rate.below_floor for branch in college.branches)


def _read_rate_fields(rate: Rate) -> dict[str, int]:
    return {
        "members": rate.members,
        "registered": rate.registered,
        "reported": rate.reported,
        "out": rate.out,
        "activists": rate.activists,
        "activists_registered": rate.activists_registered,
    }


def describe_earlier_issue(bulletin: Bulletin, asked_at: datetime) -> str:
    """Say when the valid issue was published; "" if it was published after the user asked (`asked_at`)."""
    if bulletin.as_of >= asked_at:
        return ""
    at = timezone.localtime(bulletin.as_of)
    return f"{bulletin.title}已于{full_day_text(at.date())}{at:%H:%M}发布，内容不变"
