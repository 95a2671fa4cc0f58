"""二(二) in the invented school: exceptions, and branches at every step of the yearly appraisal."""

from collections.abc import Iterable

from members.models import Branch, User
from reports.demo.service import Service
from reports.models import Appraisal
from reports.queries.appraisal_sheets import Row, build_sheet, get_excellent_quota
from reports.queries.eligibility import JudgedMember, judge_members
from reports.rules.appraisal import count_present_needed
from reports.services.appraisal import (
    approve_appraisal,
    return_appraisal,
    save_meeting,
    start_appraisal,
    submit_appraisal,
    write_rows,
)
from reports.services.eligibility import ask_exception, decide_exception

OTHER_GRADES = {"qualified": 88, "basic": 10, "unqualified": 2}


def ask_for_exceptions(service: Service) -> None:
    """Request exceptions: one granted and one waiting in the branch to sign in as, one refused elsewhere."""
    lead, admin = service.lead, service.admin
    close = _list_closest_members(service, service.people(service.shown))
    own = [judged for judged in close if judged.branch_id == lead.member.branch_id]
    others = [judged for judged in close if judged.branch_id != lead.member.branch_id]
    granted = _ask_for_exception(service, lead, own[0], "三月起住院治疗，康复后坚持服务，时长差得不多。")
    reason = "病历属实，康复后每周参加服务，同意本年度例外。"
    decide_exception(user=admin, exception_id=granted.pk, granted=True, reason=reason, now=service.now)
    _ask_for_exception(service, lead, own[1], "上学期赴外地实习，实习单位组织的服务没有录入系统。")
    secretary = service.secretary[service.shown.pk]
    refused = _ask_for_exception(service, secretary, others[0], "社团工作很忙，时间冲突较多。")
    reason = "社团工作与志愿服务可以兼顾，本年度还可以继续参加服务。"
    decide_exception(user=admin, exception_id=refused.pk, granted=False, reason=reason, now=service.now)


def make_appraisals(service: Service) -> None:
    """Make four appraisals. The branch to sign in as has a draft; of its neighbours one waits, one is
    approved, one was returned."""
    _make_draft(service, service.lead.member.branch)
    secretary = service.secretary[service.shown.pk]
    waiting, approved, returned = _list_neighbours(service)[:3]
    _make_submitted(service, waiting)
    sheet_id = _make_submitted(service, approved).pk
    approve_appraisal(user=secretary, appraisal_id=sheet_id, now=service.now)
    sheet_id = _make_submitted(service, returned).pk
    reason = "实到人数与签到表不一致，请核对会议记录后重新提交。"
    return_appraisal(user=secretary, appraisal_id=sheet_id, reason=reason, now=service.now)


def _ask_for_exception(service: Service, user: User, judged: JudgedMember, grounds: str):
    return ask_exception(
        user=user, member_id=judged.pk, year=service.demo.year, grounds=grounds, now=service.now
    )


def _list_closest_members(service: Service, people: Iterable) -> list[JudgedMember]:
    """Return registered people short of hours, the closest first; without the two to sign in as."""
    but = {service.lead.member_id, service.member.member_id}
    ids = [member.pk for member in people if member.pk not in but]
    judged = [
        row
        for row in judge_members(service.counted(service.shown).filter(pk__in=ids), service.demo.year)
        if row.verdict.figures.registered and not row.verdict.excellent
    ]
    return sorted(judged, key=lambda row: (row.verdict.missing_minutes, row.student_no))


def _list_neighbours(service: Service) -> list[Branch]:
    """Return the other branches of the college that have a secretary."""
    own = service.shown.branches.exclude(pk=service.lead.member.branch_id).order_by("pk")
    return [branch for branch in own if branch.pk in service.lead_of]


# --- a sheet ----------------------------------------------------------------------------------------------------


def _make_draft(service: Service, branch: Branch) -> None:
    """Write a draft. All have graded themselves and each other; half of the proposals are made, a quarter of
    the grades is final."""
    appraisal = _hold_meeting(service, branch)
    marked = _draw_marks(service, appraisal)
    for number, row in enumerate(marked.values()):
        if number >= len(marked) // 2:
            row["proposed"] = ""
        if number >= len(marked) // 4:
            row["final"] = ""
    _write_marks(service, appraisal, marked)


def _make_submitted(service: Service, branch: Branch) -> Appraisal:
    appraisal = _hold_meeting(service, branch)
    _write_marks(service, appraisal, _draw_marks(service, appraisal))
    return submit_appraisal(user=service.lead_of[branch.pk], appraisal_id=appraisal.pk, now=service.now)


def _hold_meeting(service: Service, branch: Branch) -> Appraisal:
    """Record a meeting with a few people absent, always with a quorum."""
    lead = service.lead_of[branch.pk]
    appraisal = start_appraisal(user=lead, branch_id=branch.pk, year=service.demo.year)
    entitled = appraisal.entitled
    present = max(count_present_needed(entitled), entitled - service.random.randint(0, 4))
    return save_meeting(
        user=lead,
        appraisal_id=appraisal.pk,
        held_on=service.today,
        entitled=entitled,
        present=present,
        now=service.now,
    )


def _draw_marks(service: Service, appraisal: Appraisal) -> dict[int, dict]:
    """Return 优秀 for those with the most hours, up to the places; other grades at random."""
    rows, random = build_sheet(appraisal), service.random
    able = sorted((row for row in rows if row.verdict.excellent), key=_build_hours_order)
    best = {
        row.grade.pk for row in able[: get_excellent_quota(appraisal, [row.grade for row in rows]).places]
    }
    marked = {}
    for row in rows:
        other = random.choices(list(OTHER_GRADES), list(OTHER_GRADES.values()))[0]
        grade = "excellent" if row.grade.pk in best else other
        own = "excellent" if random.random() < 0.4 else "qualified"
        marked[row.grade.pk] = {"self_grade": own, "mutual": grade, "proposed": grade, "final": grade}
    return marked


def _build_hours_order(row: Row) -> tuple[int, str]:
    return -row.verdict.figures.minutes, row.grade.member.student_no


def _write_marks(service: Service, appraisal: Appraisal, rows: dict[int, dict]) -> None:
    write_rows(user=service.lead_of[appraisal.branch_id], appraisal_id=appraisal.pk, rows=rows)
