"""What is open in an office about pairings and service teams."""

from datetime import date

from django.db.models import Count, Exists, OuterRef, Q
from django.urls import reverse

from members.models import Branch
from members.permissions import ActingOffice, may
from members.queries.open_items import OpenItem
from pairing.models import GroupCheck, Pairing, ServiceTeam


def list_open_items(office: ActingOffice, *, today: date) -> list[OpenItem]:
    """Return pairings without the offline part, teams without an ID, and secretaries missing in the group."""
    items = []
    if may(office, "pairing.confirm"):
        items.append(_count_pairings(office, today))
    if may(office, "team.edit"):
        teams = ServiceTeam.objects.visible_to(office, "team.edit").joinable()
        unbound = teams.filter(outside_id="").count()
        items.append(OpenItem("服务队未绑定志愿团队ID", unbound, "个", f"{reverse('teams')}?bound=no"))
        items.append(_count_missing_in_groups(teams, today))
    return items


def _count_pairings(office: ActingOffice, today: date) -> OpenItem:
    waiting = Pairing.objects.visible_to(office, "pairing.confirm").active().filter(offline_on=None)
    found = waiting.aggregate(number=Count("pk"), overdue=Count("pk", filter=Q(due_on__lt=today)))
    note = f"其中 {found['overdue']} 个已逾期" if found["overdue"] else ""
    return OpenItem("线下结对待完成并登记", found["number"], "个", reverse("pairings"), note)


def _count_missing_in_groups(teams, today: date) -> OpenItem:
    """Count the branches of colleges with a team whose present 团支书 is not ticked."""
    ticks = GroupCheck.objects.filter(team__in=teams, branch=OuterRef("pk"))
    missing = Branch.objects.filter(
        ~Exists(ticks.valid_on(today)), college__in=teams.values("pairing__college")
    )
    found = missing.aggregate(number=Count("pk"), again=Count("pk", filter=Exists(ticks)))
    note = f"其中 {found['again']} 个换届后需重新确认" if found["again"] else ""
    return OpenItem("团支书未核对入群", found["number"], "个", reverse("teams"), note)
