"""总览 of the school and 工作台 of a college: the stage of the year, the figures, and what waits."""

from django.db.models import Count, Q, QuerySet
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from activities.models import Activity, Objection, ServiceRecord
from activities.queries.first_service import FirstService, find_first_service
from activities.rules.hours import find_last_late_day
from members.calendar import build_stage_line
from members.models import Branch, College, ImportRun, ServiceYear, VolunteerRecord
from members.permissions import allow
from members.queries.organisation import build_tree
from members.queries.working_days import get_working_days
from pairing.models import Pairing
from pairing.querysets import PairingQuerySet
from reports.charts import build_college_trend, build_trend
from reports.models import Appraisal, Bulletin, BulletinLine, ResultChange
from reports.queries.bulletins import build_numbering, get_first_day_to_publish
from reports.queries.dashboards import Board, get_next_issue
from reports.rules.bulletins import list_dates_to_publish
from reports.services.rollover import get_due_year
from reports.steps import list_college_steps


@allow("overview.view")
@require_safe
def overview(request):
    school = request.user.school
    year = ServiceYear.objects.current(school)
    if year is None:
        return render(request, "members/year_none.html")
    colleges = College.objects.visible_to(request.user, "overview.view").filter(school=school)
    board = build_dashboard(colleges, year)
    if not board.branches:
        return redirect("first_steps")
    unclear = VolunteerRecord.objects.visible_to(request.user, "registration.claim").unclear()
    issues = list(list_issues(request.user, year))
    context = {
        "board": board,
        "unclear": unclear.filter(school=school).count(),
        "results_changed": ResultChange.objects.visible_to(request.user, "result.settle").open().count(),
        "rollover_due": get_due_year(year, timezone.localdate()),
        "trend": build_trend(issues),
        **count_pairing_alarms(Pairing.objects.visible_to(request.user, "pairing.view"), year),
        **build_stage_context(year, issues),
    }
    return render(request, "reports/overview.html", context)


@allow("college.view")
@require_safe
def college(request, pk: int):
    colleges = College.objects.visible_to(request.user, "college.view").select_related("school")
    shown = get_object_or_404(colleges, pk=pk)
    year = ServiceYear.objects.current(shown.school)
    if year is None:
        return render(request, "members/year_none.html")
    issues = list(list_issues(request.user, year))
    lines = BulletinLine.objects.filter(college=shown, bulletin__in=issues).select_related("bulletin")
    context = {
        "college": shown,
        "college_id": str(pk),
        "board": build_dashboard(colleges.filter(pk=pk), year),
        "trend": build_college_trend(lines.order_by("bulletin__due_on")),
        **build_college_steps(shown, year),
        **count_waiting(request.user, shown, year),
        **build_stage_context(year, issues),
    }
    return render(request, "reports/college.html", context)


def build_college_steps(college: College, year: ServiceYear) -> dict:
    """Return the open steps of a new college for its desk, and how many are finished."""
    steps = list_college_steps(college, year, timezone.localdate())
    return {"steps": steps, "finished": sum(step.finished for step in steps)}


def list_issues(user, year: ServiceYear) -> QuerySet[Bulletin]:
    """Return one issue per date of the year, the oldest first.

    A correction replaces the issue that it corrects.
    """
    return Bulletin.objects.visible_to(user, "bulletin.view").filter(year=year).in_force()


def build_dashboard(colleges: QuerySet[College], year: ServiceYear) -> Board:
    """Return the figures of colleges that the user may see, with their branches."""
    branches = Branch.objects.filter(college__in=colleges.values("pk"))
    nodes = build_tree(colleges, branches, floor_percent=year.floor_percent, today=timezone.localdate())
    return Board(nodes, year.floor_percent)


def build_stage_context(year: ServiceYear, issues: list[Bulletin]) -> dict:
    """Return the stages with today's place, the last and the next issue, and missed dates without issue."""
    now, first = timezone.localtime(), issues[0] if issues else None
    issued, numbering = {issue.due_on for issue in issues}, build_numbering(year, first)
    since = get_first_day_to_publish(year, first)
    return {
        "year": year,
        "today": now.date(),
        "stages": build_stage_line(year, today=now.date()),
        "last_issue": issues[-1] if issues else None,
        "next_issue": get_next_issue(numbering, issued=issued, today=now.date()),
        "overdue": list_dates_to_publish(numbering.schedule, since=since, now=now, issued=issued),
    }


def count_pairing_alarms(seen: PairingQuerySet, year: ServiceYear) -> dict[str, int]:
    """三(三): count the year's pairings that are overdue offline, and those at streets above the city's cap.

    One query.
    """
    found = seen.of_year(year)
    asked = {"pairings_overdue": found.overdue(timezone.localdate()), "pairings_over": found.over_full()}
    return found.aggregate(
        **{name: Count("pk", filter=Q(pk__in=rows.values("pk"))) for name, rows in asked.items()}
    )


def count_waiting(user, college: College, year: ServiceYear) -> dict:
    """Return what waits for the college: unclear volunteers, the last file, pairings, hours, appraisals."""
    unclear = VolunteerRecord.objects.visible_to(user, "registration.claim").unclear()
    imports = ImportRun.objects.visible_to(user, "import.view").filter(college=college)
    return {
        "unclear": unclear.filter(college=college).count(),
        "last_import": imports.first(),
        **count_pairing_alarms(
            Pairing.objects.visible_to(user, "pairing.view").filter(college=college), year
        ),
        **count_waiting_hours(user, college, year),
        "results_changed": ResultChange.objects.visible_to(user, "result.settle").open().count(),
        "appraisals_submitted": count_submitted_appraisals(user, college, year),
        "first_service": _get_first_service(user, college, year),
    }


def count_submitted_appraisals(user, college: College, year: ServiceYear) -> int:
    """二(二): count the sheets that wait for the college's approval."""
    seen = Appraisal.objects.visible_to(user, "appraisal.approve").filter(year=year, state="submitted")
    return seen.filter(branch__college=college).count()


def _get_first_service(user, college: College, year: ServiceYear) -> FirstService:
    activities = Activity.objects.visible_to(user, "activity.view").filter(project__college=college)
    return find_first_service(activities, year=year.year, by=year.first_service_by, now=timezone.now())


def count_waiting_hours(user, college: College, year: ServiceYear) -> dict:
    """三(四)4: count records that wait for the college, records beyond the term, and open objections."""
    records = ServiceRecord.objects.decided_by(user).decided_in(college.pk).pending().from_portal()
    objections = Objection.objects.visible_to(user, "objection.answer").open()
    calendar = get_working_days(year.school_id)
    late = find_last_late_day(year.confirm_working_days, timezone.localdate(), calendar)
    return {
        "hours_waiting": records.count(),
        "hours_late": records.submitted_until(late).count(),
        "objections_open": objections.answered_in(college.pk).count(),
    }
