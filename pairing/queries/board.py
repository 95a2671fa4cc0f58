"""结对进度: the progress of each college in a year: code, street, offline part, group, 志愿团队ID, members.

The number of queries is fixed for any number of colleges. This module decides the cells; pages and workbooks
show them.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property

from django.db.models import Count, Max, QuerySet
from django.urls import reverse
from django.utils import timezone

from members.models import Branch, College, Member, ServiceYear
from pairing.models import GroupCheck, Pairing, PairingCode, ServiceTeam
from pairing.queries.teams import count_joined_by
from pairing.rules import Joined, get_group_qr_state, is_overdue

# The steps in the order in which a college goes through them.
STEPS = (
    ("code", "结对码"),
    ("claim", "线上结对"),
    ("offline", "线下结对"),
    ("group", "入群"),
    ("bound", "志愿团队ID"),
    ("joined", "队员加入"),
)


@dataclass(frozen=True)
class Cell:
    """One step of a college: its label, tone (ok, warn, bad, quiet), date, a note, and the page with more."""

    step: str
    label: str
    tone: str
    on: date | None = None
    note: str = ""
    url: str = ""

    @property
    def title(self) -> str:
        return dict(STEPS)[self.step]

    @property
    def done(self) -> bool:
        return self.tone == "ok"


@dataclass(frozen=True)
class Line:
    """A college in a year, or one of its pairings; `code` and `pairing` are None if the college has none.

    `closes_on`: the last day for claims. `in_group`: branches whose secretary is in the group, out of
    `branches`.
    """

    college: College
    today: date
    closes_on: date
    code: PairingCode | None = None
    pairing: Pairing | None = None
    branches: int = 0
    in_group: int = 0
    group_on: date | None = None
    joined: Joined = field(default_factory=Joined)

    @property
    def team(self) -> ServiceTeam | None:
        return self.pairing.team if self.pairing else None

    @property
    def kind(self) -> str:
        """The kind of the code, else of the street: urban, suburban, or ""."""
        return self.code.kind if self.code else self.pairing.street.kind if self.pairing else ""

    @property
    def search_text(self) -> str:
        """The text in which a search looks: the names of college and street."""
        return f"{self.college.name} {self.pairing.street if self.pairing else ''}"

    @property
    def overdue(self) -> bool:
        """Whether the offline part is overdue."""
        return self.cells[2].tone == "bad"

    @property
    def current_step(self) -> str:
        """The first step that is not done; "done" if all are."""
        return next((cell.step for cell in self.cells if not cell.done), "done")

    @property
    def steps_done(self) -> int:
        return sum(cell.done for cell in self.cells)

    @cached_property
    def cells(self) -> list[Cell]:
        """A cell for each of STEPS, in their order."""
        return [
            self._build_code_cell(),
            self._build_claim_cell(),
            *(
                (
                    self._build_offline_cell(self.pairing),
                    self._build_group_cell(self.pairing.team),
                    self._build_bound_cell(self.pairing.team),
                    self._build_joined_cell(),
                )
                if self.pairing
                else (Cell(step, "未开始", "quiet") for step, _ in STEPS[2:])
            ),
        ]

    def _build_code_cell(self) -> Cell:
        if self.code is None:
            return Cell("code", "未分配", "warn")
        day = self.code.handed_at and timezone.localdate(self.code.handed_at)
        seen = "" if self.code.revealed_at or self.pairing else "学院尚未查看"
        label = "已使用" if self.code.state == PairingCode.State.USED else "已分配"
        url = reverse("code", args=[self.code.pk])
        return Cell("code", f"{label}（{self.code.get_kind_display()}）", "ok", day, seen, url)

    def _build_claim_cell(self) -> Cell:
        if self.pairing:
            day = timezone.localdate(self.pairing.claimed_at)
            return Cell(
                "claim", "已结对", "ok", day, str(self.pairing.street), self.pairing.get_absolute_url()
            )
        if self.today > self.closes_on:
            return Cell("claim", "未结对", "bad", self.closes_on, "开放时间已过")
        return Cell("claim", "待结对", "warn" if self.code else "quiet")

    def _build_offline_cell(self, pairing: Pairing) -> Cell:
        url = pairing.get_absolute_url()
        if pairing.offline_on:
            return Cell("offline", "已完成", "ok", pairing.offline_on, url=url)
        if is_overdue(pairing.due_on, self.today):
            late = f"逾期 {(self.today - pairing.due_on).days} 天"
            return Cell("offline", "已逾期", "bad", pairing.due_on, late, url)
        return Cell("offline", "待完成", "warn", pairing.due_on, "期限当日 24:00", url)

    def _build_group_cell(self, team: ServiceTeam) -> Cell:
        contact, url = team.street_contact_in_on, team.get_absolute_url()
        note = "" if contact else "街乡负责人未入群"
        expires_on = team.group_qr_expires_on
        if contact and self.branches and self.in_group >= self.branches:
            return Cell("group", "已全部入群", "ok", max(filter(None, (self.group_on, contact))), url=url)
        if get_group_qr_state(expires_on, self.today) == "expired":
            return Cell("group", "群二维码已过期", "bad", expires_on, note, url)
        return Cell("group", f"团支书 {self.in_group}/{self.branches}", "warn", self.group_on, note, url)

    def _build_bound_cell(self, team: ServiceTeam) -> Cell:
        bound = bool(team.outside_id)
        label, tone = ("已绑定", "ok") if bound else ("未绑定", "warn")
        return Cell("bound", label, tone, team.bound_on, url=team.get_absolute_url())

    def _build_joined_cell(self) -> Cell:
        counts = self.joined
        if not counts.members:
            return Cell("joined", "没有团员数据", "quiet")
        url = f"{reverse('team_roll')}?college={self.college.pk}"
        label, tone = ("已全部加入", "ok") if counts.complete else (f"{counts.text}%", "warn")
        return Cell("joined", label, tone, None, f"{counts.joined}/{counts.members} 人", url)


def build_board(year: ServiceYear, *, colleges: QuerySet, today: date) -> list[Line]:
    """Return a line for each of these colleges, by name; `colleges` are those that the user may see."""
    handed = PairingCode.objects.filter(year=year, college__in=colleges)
    codes = {code.college_id: code for code in handed if code.college_id}
    active = Pairing.objects.active().of_year(year).filter(college__in=colleges)
    lines = {line.college.pk: line for line in build_ledger(active, today=today, codes=codes)}
    closes_on = timezone.localdate(year.pairing_closes_at)
    return [
        lines.get(college.pk) or Line(college, today, closes_on, code=codes.get(college.pk))
        for college in colleges.order_by("name", "pk")
    ]


def build_ledger(
    pairings: QuerySet, *, today: date, codes: dict[int, PairingCode] | None = None
) -> list[Line]:
    """Return a line for each pairing, in the given order, with the figures of its team."""
    rows = list(pairings.select_related("college", "street", "year", "team", "code"))
    in_group = _count_in_group((row.team.pk for row in rows), today)
    colleges = {row.college_id for row in rows}
    branches = dict(
        Branch.objects.filter(college__in=colleges).order_by().values_list("college").annotate(Count("pk"))
    )
    teams = [row.team.pk for row in rows if row.state == Pairing.State.ACTIVE]
    joined = count_joined_by("branch__college", Member.objects.filter(branch__college__in=colleges), teams)
    return [
        Line(
            college=row.college,
            today=today,
            closes_on=timezone.localdate(row.year.pairing_closes_at),
            # A pairing that was carried into this year has the code of its first year.
            code=(codes or {}).get(row.college_id, row.code),
            pairing=row,
            branches=branches.get(row.college_id, 0),
            in_group=in_group.get(row.team.pk, (0, None))[0],
            group_on=in_group.get(row.team.pk, (0, None))[1],
            joined=joined.get(row.college_id, Joined()) if row.state == Pairing.State.ACTIVE else Joined(),
        )
        for row in rows
    ]


def _count_in_group(teams: Iterable[int], today: date) -> dict[int, tuple[int, date]]:
    """Return {team: (number of branches whose secretary is in the group, date of the latest)}."""
    checks = GroupCheck.objects.filter(team__in=list(teams)).valid_on(today).order_by()
    found = checks.values_list("team").annotate(Count("pk"), Max("joined_on"))
    return {team: (count, latest) for team, count, latest in found}
