"""服务队 and 入队名单: the teams, and the people who have or have not joined."""

from django.db.models import QuerySet

from members.lists import ListColumn, Listing, ListQuery, build_sheet
from members.models import Member
from members.permissions import may
from pairing.forms.teams import RollFilter, TeamFilter
from pairing.models import ServiceTeam
from pairing.queries import teams
from pairing.workbooks import ROLL_HEADER, build_roll_row


def find_teams(query: ListQuery) -> QuerySet[ServiceTeam]:
    seen = ServiceTeam.objects.visible_to(query.user, query.action).joinable()
    found = seen.narrow(query.wanted).with_size()
    return found.select_related("pairing__college__school", "pairing__street")


TEAMS = Listing(
    name="teams",
    title="服务队",
    action="team.view",
    filter_form=TeamFilter,
    rows=find_teams,
    columns=(
        ListColumn("college", "学院", ("pairing__college__name",)),
        ListColumn("street", "街乡", ("pairing__street__district", "pairing__street__name")),
        ListColumn("contacts", "学院联系人"),
        ListColumn("bound", "志愿团队ID", ("bound_on",)),
        ListColumn("size", "已加入", ("size",), numeric=True),
    ),
    default_sort="college",
    tie_break=("pairing__college__name", "pk"),
    unit="个",
)


def find_roll(query: ListQuery) -> QuerySet[Member]:
    """Return the people of colleges that have a team; page and export use the same teams (scope of team.roll)."""
    present = ServiceTeam.objects.visible_to(query.user, "team.roll").joinable()
    people = teams.list_roll(Member.objects.visible_to(query.user, query.action), present)
    return teams.filter_roll(people, present, query.wanted).select_related("branch__college")


TEAM_ROLL = Listing(
    name="team_roll",
    title="入队名单",
    action="team.roll",
    export_action="member.export",
    filter_form=RollFilter,
    rows=find_roll,
    columns=(
        ListColumn("name", "姓名", ("sort_key",)),
        ListColumn("number", "学号", ("student_no",)),
        ListColumn("branch", "学院与团支部", ("branch__college__name", "branch__name")),
        ListColumn("stage", "发展阶段", ("stage",)),
        ListColumn("state", "入队"),
        ListColumn("joined", "加入日期", ("joined_at",)),
        ListColumn("remove", "操作", spoken=True, shown=lambda query: may(query.user, "team.edit")),
    ),
    default_sort="branch",
    tie_break=("sort_key", "pk"),
    unit="人",
    sheet=lambda query: build_sheet(query, ROLL_HEADER, build_roll_row),
)
