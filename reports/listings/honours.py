"""荣誉: titles of a year, their nominations, and the people or branches to nominate."""

from dataclasses import dataclass
from typing import cast

from django.db.models import F, QuerySet

from members.lists import ExportSheet, ListColumn, Listing, ListQuery, build_sheet
from members.models import Member
from members.querysets import MemberQuerySet
from reports.forms.honours import NominationsFilter, OfTitleFilter, TitlesFilter
from reports.models import HonourTitle, Nomination
from reports.queries.eligibility import filter_assessed
from reports.queries.honours import judge_nominations, list_nominees
from reports.rules.honours import Line, compare_kept_verdicts, explain_barred
from reports.workbooks.honours import HONOUR_HEADER, build_honour_row

# --- titles -----------------------------------------------------------------------------------------------------


def find_titles(query: ListQuery) -> QuerySet[HonourTitle]:
    """Return titles of the year, or the one that the path names."""
    found = HonourTitle.objects.offered_to(query.user, query.action).with_rank().with_counts()
    wanted = query.wanted
    if not wanted:
        return found.none()
    if title := wanted["honour"]:
        found = found.filter(pk=title.pk)
    found = found.filter(year=query.form.of_year)
    for name in ("level", "kind", "state"):
        if value := wanted[name]:
            found = found.filter(**{name: value})
    if words := wanted["q"]:
        found = found.filter(name__icontains=words)
    return found.select_related("college", "year__school")


def build_honours_sheet(query: ListQuery) -> ExportSheet:
    """Return every nomination in scope for these titles."""
    seen = Nomination.objects.visible_to(query.user, query.action).with_names()
    rows = seen.filter(title__in=query.rows.order_by().values("pk")).order_by("title", "place", "pk")
    title = query.wanted["honour"]
    filename = f"{title.name}-申报.xlsx" if title else f"荣誉申报-{query.form.of_year.year}.xlsx"
    return build_sheet(query, HONOUR_HEADER, build_honour_row, rows=rows, filename=filename)


HONOURS = Listing(
    name="honours",
    title="荣誉申报",
    action="honour.view",
    export_action="honour.export",
    filter_form=TitlesFilter,
    rows=find_titles,
    columns=(
        ListColumn("name", "荣誉", ("name",)),
        ListColumn("level", "级别", ("rank",)),
        ListColumn("kind", "对象", ("kind",)),
        ListColumn("places", "名额", ("places",), numeric=True),
        ListColumn("nominated", "申报", ("nominated",), numeric=True),
        ListColumn("chosen", "拟表彰", ("chosen",), numeric=True),
        ListColumn("state", "状态", ("state",)),
    ),
    default_sort="level",
    tie_break=("rank", "name", "pk"),
    unit="项",
    sheet=build_honours_sheet,
    on_command=True,
)

# --- nominations of a title -------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Standing:
    """A nomination with its current verdict beside the last verdict of a decision."""

    nomination: Nomination
    now: dict

    @property
    def pk(self) -> int:
        return self.nomination.pk

    @property
    def changes(self) -> list[Line]:
        return [row for row in compare_kept_verdicts(self.nomination.last_verdict, self.now) if row.changed]

    @property
    def barred(self) -> str:
        return explain_barred(self.now)


def find_nominations(query: ListQuery) -> list[Standing]:
    """Return nominations in the user's scope, each judged again now: a fixed number of queries."""
    if not (wanted := query.wanted):
        return []
    title = wanted["honour"]
    rows = title.nominations.visible_to(query.user, query.action).with_names()
    if state := wanted["state"]:
        rows = rows.filter(state=state)
    if (words := wanted["q"]) and title.of_branches:
        rows = rows.filter(branch__name__icontains=words)
    elif words:
        rows = rows.filter(member__in=Member.objects.filter(school=title.year.school_id).search(words))
    rows = list(rows)
    now = judge_nominations(title, rows)
    return _narrow_by_now([Standing(row, now[row.pk]) for row in rows], wanted["now"])


def _narrow_by_now(rows: list[Standing], wanted: str) -> list[Standing]:
    if wanted == "changed":
        return [row for row in rows if row.changes]
    return [row for row in rows if row.barred] if wanted == "barred" else rows


def _name_order(row: Standing) -> str:
    nomination = row.nomination
    subject = nomination.subject
    return subject.sort_key if isinstance(subject, Member) else subject.name


def _branch_order(row: Standing) -> tuple[str, str]:
    names = row.nomination.names
    return names["college"], names["branch"]


def _state_order(row: Standing) -> tuple:
    """Sort by state, then by place; nominations without a place last."""
    place = row.nomination.place
    return row.nomination.state, place is None, place or 0


def _is_of_branches(query: ListQuery) -> bool:
    title = query.form.of_title
    return bool(title and title.of_branches)


def _is_decided(query: ListQuery) -> bool:
    title = query.form.of_title
    return bool(title and title.state == HonourTitle.State.DECIDED)


def name_subject(query: ListQuery) -> str:
    return "团支部" if _is_of_branches(query) else "姓名"


def name_place(query: ListQuery) -> str:
    return "学院" if _is_of_branches(query) else "团支部"


NOMINATIONS = Listing(
    name="nominations",
    title="一项荣誉的申报",
    action="honour.view",
    filter_form=NominationsFilter,
    rows=find_nominations,
    columns=(
        ListColumn("name", "姓名", _name_order, heading=name_subject),
        ListColumn("branch", "团支部", _branch_order, heading=name_place),
        ListColumn("state", "状态", _state_order),
        ListColumn(
            "changes",
            "当时与现在",
            lambda row: len(row.changes),
            largest_first=True,
            heading=lambda query: "确定时与现在" if _is_decided(query) else "当时与现在",
        ),
        ListColumn("at", "申报", lambda row: row.nomination.nominated_at),
    ),
    unit="项",
)

# --- people or branches to nominate -----------------------------------------------------------------------------


def find_nominees(query: ListQuery) -> QuerySet:
    """Return the people or branches that the user may nominate for the title, barred or not."""
    if not (wanted := query.wanted):
        return Member.objects.none()
    title, words = wanted["honour"], wanted["q"]
    found = list_nominees(query.user, title)
    if title.of_branches:
        found = found.filter(name__icontains=words).select_related("college")
        keys = {"called": "name", "number": "name", "of_branch": "name", "of_college": "college__name"}
    else:
        found = filter_assessed(cast(MemberQuerySet, found), title.year).search(words)
        keys = {
            "called": "sort_key",
            "number": "student_no",
            "of_branch": "branch_name",
            "of_college": "college_name",
        }
    return found.annotate(**{name: F(field) for name, field in keys.items()})


NOMINEES = Listing(
    name="nominees",
    title="可以申报的对象",
    action="honour.nominate",
    filter_form=OfTitleFilter,
    rows=find_nominees,
    columns=(
        ListColumn("name", "姓名", ("called",), heading=name_subject),
        ListColumn("branch", "团支部", ("of_college", "of_branch"), heading=name_place),
        ListColumn("verdict", "资格"),
        ListColumn("actions", "操作", spoken=True),
    ),
    default_sort="branch",
    tie_break=("called", "number", "pk"),
    unit="人",
)
