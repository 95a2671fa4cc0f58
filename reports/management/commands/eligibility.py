"""manage.py eligibility [--year 2018] [--as-of 2018-10-12] [--school CODE] [--college NAME] [--json]"""

from datetime import date

from django.core.management.base import BaseCommand, CommandError
from django.db.models import QuerySet
from django.utils import timezone

from members.management.schools import add_as_of_argument, add_school_argument, get_school, get_year
from members.models import Branch, Member, School, ServiceYear
from members.sent_text import dump_json
from members.sheets.xml_text import strip_forbidden
from reports.queries.eligibility import (
    JudgedBranch,
    JudgedMember,
    filter_assessed,
    get_day_asked,
    judge_branches,
    judge_members,
)
from reports.rules.eligibility import BranchVerdict, Condition, MemberVerdict


class Command(BaseCommand):
    help = (
        "Who may be 优秀 and who is barred from honours in a year (二(二), 四.3): every active League member by "
        "student number, every branch by college and name. Minutes are confirmed ones of the sources that the year "
        "counts. excellent and honour_bar: true, false, or null where nothing is decided (a branch without members). "
        "reasons: the conditions that are not met; with an exception excellent is true in spite of them. honours: for "
        "each level whether the person or branch may be nominated. as_of: the day of the figures, 31 December of a year "
        "that is over. With --as-of: people and registrations of that day, services up to it."
    )

    def add_arguments(self, parser):
        parser.add_argument("--year", type=int, help="default: the year of today, else the latest")
        add_as_of_argument(parser)
        add_school_argument(parser)
        parser.add_argument("--college", metavar="NAME", help="only this college")
        parser.add_argument("--json", action="store_true")

    def handle(self, *, year, school, college, as_of, **options):
        meant = get_school(school)
        service_year = get_year(meant, year, day=as_of)
        branches = Branch.objects.filter(college__school=meant)
        if college:
            colleges = meant.colleges.named(college, meant)
            branches = branches.filter(college__in=colleges)
            if not colleges:
                raise CommandError(f"没有名为“{college}”的学院。")
        members, judged = _judge_everybody(meant, service_year, branches, as_of)
        day = get_day_asked(service_year, as_of) or timezone.localdate()
        self.stdout.write(
            dump_json(
                {
                    "as_of": day.isoformat(),
                    "members": [_member_to_json(row) for row in members],
                    "branches": [_branch_to_json(row) for row in judged],
                }
            )
            if options["json"]
            else strip_forbidden(_format_verdicts(members, judged, day))
        )


def _judge_everybody(
    school: School, year: ServiceYear, branches: QuerySet, as_of: date | None
) -> tuple[list[JudgedMember], list[JudgedBranch]]:
    """Return everybody who is assessed in these branches, by student number, and the branches."""
    people = filter_assessed(Member.objects.filter(school=school), year, as_of=as_of)
    people = people.filter(branch_then__in=branches.values("pk")).order_by("student_no")
    return list(judge_members(people, year, as_of=as_of)), judge_branches(branches, year, as_of=as_of)


def _member_to_json(row: JudgedMember) -> dict:
    verdict = row.verdict
    return {
        "student_no": row.student_no,
        "registered": verdict.figures.registered,
        "minutes": verdict.figures.minutes,
        "excellent": verdict.excellent,
        "honour_bar": verdict.honour_bar,
        "honours": _honours_to_json(verdict),
        "reasons": [_condition_to_json(condition) for condition in verdict.reasons],
    }


def _branch_to_json(row: JudgedBranch) -> dict:
    rate = row.verdict.rate
    return {
        "college": row.college,
        "branch": row.branch,
        "members": rate.members,
        "registered": rate.registered,
        "rate": rate.percent,
        "below_floor": rate.below_floor,
        "honour_bar": row.verdict.honour_bar,
        "honours": _honours_to_json(row.verdict),
        "reasons": [_condition_to_json(condition) for condition in row.verdict.reasons],
    }


def _honours_to_json(verdict: MemberVerdict | BranchVerdict) -> dict:
    """Return {level: whether it is open}; null for a branch without members."""
    undecided = verdict.honour_bar is None
    return {honour.level: None if undecided else honour.open for honour in verdict.honours}


def _condition_to_json(condition: Condition) -> dict:
    return {"clause": condition.clause, "required": condition.required, "measured": condition.measured}


def _format_verdicts(members: list[JudgedMember], branches: list[JudgedBranch], day: date) -> str:
    lines = [f"截至 {day:%Y-%m-%d}", ""]
    lines += [
        f"{row.student_no}  {row.name}  {_format_answer(row)}  "
        f"{'；'.join(reason.missing for reason in row.verdict.reasons)}".rstrip()
        for row in members
    ]
    eligible = sum(bool(row.verdict.excellent) for row in members)
    barred = [row for row in branches if row.verdict.honour_bar]
    lines += ["", f"符合评优条件 {eligible} 人 / 评议对象 {len(members)} 人", ""]
    lines += [
        f"{row.college} {row.branch}  {row.verdict.conditions[0].measured_text}  {row.verdict.reasons[0].missing}"
        for row in barred
    ]
    return "\n".join([*lines, f"不得参评{_format_floor(branches)}以上荣誉的团支部 {len(barred)} 个"])


def _format_answer(row: JudgedMember) -> str:
    if row.verdict.by_exception:
        return "例外"
    return "符合" if row.verdict.excellent else "不符合"


def _format_floor(branches: list[JudgedBranch]) -> str:
    return branches[0].verdict.floor_name if branches else ""
