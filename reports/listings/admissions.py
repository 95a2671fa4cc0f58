"""The list of people on the way into the League."""

from django.db.models import OuterRef, QuerySet, Subquery

from members.lists import ListColumn, Listing, ListQuery, build_sheet
from members.models import Member
from members.queries.roster import ORDERS
from members.querysets import REGISTERED
from reports.forms.admission import AdmissionFilter
from reports.models import Admission
from reports.queries.admission import add_reports, filter_by_step, filter_lacking_days, prefetch_tracks
from reports.workbooks.admission import ADMISSION_HEADER, build_admission_row

NEEDS = {
    "unregistered": lambda people: people.exclude(REGISTERED),
    "days": filter_lacking_days,
    "called": lambda people: people.filter(
        pk__in=Admission.objects.running().filter(meeting_on__isnull=False).values("member")
    ),
}


def find_applicants(query: ListQuery) -> QuerySet[Member]:
    """Return people at a step, with `tracks`, and the days of application and meeting of the latest track."""
    wanted = query.wanted
    people = Member.objects.visible_to(query.user, query.action).search(wanted.get("q") or "")
    people = filter_by_step(people, wanted.get("standing", ""))
    for name, lookup in (("college", "branch__college"), ("branch", "branch")):
        if value := wanted.get(name):
            people = people.filter(**{lookup: value})
    if needs := wanted.get("needs"):
        people = NEEDS[needs](people)
    own = Admission.objects.filter(member=OuterRef("pk")).latest_first()
    return prefetch_tracks(people.select_related("branch__college")).annotate(
        track_applied_on=Subquery(own.values("applied_on")[:1]),
        track_meeting_on=Subquery(own.values("meeting_on")[:1]),
    )


ADMISSIONS = Listing(
    name="admissions",
    title="入团培养",
    action="admission.view",
    export_action="admission.export",
    filter_form=AdmissionFilter,
    rows=find_applicants,
    columns=(
        ListColumn("name", "姓名", ORDERS["name"]),
        ListColumn("number", "学号", ORDERS["number"]),
        ListColumn("branch", "学院与团支部", ORDERS["branch"]),
        ListColumn("stage", "阶段", ORDERS["stage"]),
        ListColumn("registration", "注册", ORDERS["registration"]),
        ListColumn("applied", "提出申请", ("track_applied_on",), empty_last=True),
        ListColumn("minutes", "申请以来服务", numeric=True),
        ListColumn("meeting", "支部大会", ("track_meeting_on",), empty_last=True),
    ),
    default_sort="branch",
    tie_break=("sort_key", "pk"),
    unit="人",
    sheet=lambda query: build_sheet(query, ADMISSION_HEADER, build_admission_row, complete=add_reports),
    on_command=True,
)
