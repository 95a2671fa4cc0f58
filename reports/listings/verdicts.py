"""The lists of verdicts: people, branches, and exceptions."""

from collections.abc import Iterator

from django.db.models import QuerySet

from members.lists import CHUNK, ExportSheet, ListColumn, Listing, ListQuery, Row, build_sheet, read_in_chunks
from members.models import Member
from reports.forms.eligibility import BranchesFilter, EligibilityFilter, ExceptionFilter
from reports.models import ExcellentException
from reports.queries.eligibility import JudgedBranch, JudgedMember, judge_branches, judge_members
from reports.queries.standings import BRANCH_ORDERS, BRANCHES, ORDERS, filter_by_standing
from reports.workbooks.verdicts import (
    BRANCH_HEADER,
    EXCEPTION_HEADER,
    VERDICT_HEADER,
    build_branch_row,
    build_exception_row,
    build_verdict_row,
)

# --- 评优资格 ---------------------------------------------------------------------------------------------------


def find_verdicts(query: ListQuery) -> list[JudgedMember]:
    """Return the verdicts of the chosen standing."""
    return list(filter_by_standing(query.form.judged, query.wanted.get("standing", "")))


def build_verdicts_sheet(query: ListQuery) -> ExportSheet:
    return ExportSheet(
        title="评优资格",
        filename=f"评优资格-{query.form.of_year.year}.xlsx",
        header=VERDICT_HEADER,
        total=query.form.people.count(),
        batches=_sort_verdicts(query) if query.sort else _judge_by_turns(query),
    )


def _judge_by_turns(query: ListQuery) -> Iterator[tuple[int, list[Row]]]:
    """Judge the people in chunks, in their order, so that memory does not grow with the school."""
    people, standing = query.form.people, query.wanted["standing"]
    for keys in read_in_chunks(people.values_list("pk", flat=True).iterator(chunk_size=CHUNK)):
        judged = {
            row.pk: row for row in judge_members(Member.objects.filter(pk__in=keys), query.form.of_year)
        }
        found = filter_by_standing((judged[pk] for pk in keys if pk in judged), standing)
        yield len(judged), [build_verdict_row(row) for row in found]


def _sort_verdicts(query: ListQuery) -> Iterator[tuple[int, list[Row]]]:
    """Sort by the verdict, which needs all of them judged first; verdicts of another standing give no row."""
    yield len(query.form.judged) - len(query.rows), []
    for chunk in read_in_chunks(query.rows):
        yield len(chunk), [build_verdict_row(row) for row in chunk]


ELIGIBILITY = Listing(
    name="eligibility",
    title="评优资格",
    action="eligibility.view",
    export_action="eligibility.export",
    filter_form=EligibilityFilter,
    rows=find_verdicts,
    columns=(
        ListColumn("name", "姓名", ORDERS["name"]),
        ListColumn("number", "学号", ORDERS["number"]),
        ListColumn("branch", "学院与团支部", ORDERS["branch"]),
        ListColumn("registered", "注册", ORDERS["registered"]),
        ListColumn("minutes", "确认时长", ORDERS["minutes"], numeric=True),
        ListColumn("missing", "评优资格", ORDERS["missing"]),
        ListColumn("honour", "荣誉", ORDERS["honour"]),
    ),
    unit="人",
    sheet=build_verdicts_sheet,
    on_command=True,
)

# --- 团支部荣誉资格 ---------------------------------------------------------------------------------------------


def find_branch_verdicts(query: ListQuery) -> list[JudgedBranch]:
    form, wanted = query.form, query.wanted
    if not wanted:
        return []
    branches = form.branches.filter(college=wanted["college"]) if wanted["college"] else form.branches
    judged = judge_branches(branches, form.of_year)
    return [row for row in judged if BRANCHES[wanted["bar"]](row)] if wanted["bar"] else judged


def build_branch_verdicts_sheet(query: ListQuery) -> ExportSheet:
    return build_sheet(
        query, BRANCH_HEADER, build_branch_row, filename=f"团支部荣誉资格-{query.form.of_year.year}.xlsx"
    )


ELIGIBILITY_BRANCHES = Listing(
    name="eligibility_branches",
    title="团支部荣誉资格",
    action="eligibility.view",
    export_action="eligibility.export",
    filter_form=BranchesFilter,
    rows=find_branch_verdicts,
    columns=(
        ListColumn("branch", "团支部", BRANCH_ORDERS["branch"]),
        ListColumn("members", "团员", BRANCH_ORDERS["members"], numeric=True),
        ListColumn("rate", "注册率", BRANCH_ORDERS["rate"], largest_first=True),
        ListColumn("missing", "荣誉资格", BRANCH_ORDERS["missing"], largest_first=True),
    ),
    unit="个团支部",
    sheet=build_branch_verdicts_sheet,
    on_command=True,
)

# --- 评优例外 ---------------------------------------------------------------------------------------------------

SEEN = ("member", "year", "asked_by", "decided_by", "revoked_by")


def find_exceptions(query: ListQuery) -> QuerySet[ExcellentException]:
    found = (
        ExcellentException.objects.visible_to(query.user, query.action).select_related(*SEEN).with_places()
    )
    wanted = query.wanted
    if state := wanted.get("state"):
        found = found.filter(state=state)
    if year := wanted.get("year"):
        found = found.filter(year__year=year)
    if words := wanted.get("q"):
        found = found.filter(member__in=Member.objects.search(words))
    return found


EXCEPTIONS = Listing(
    name="exceptions",
    title="评优例外",
    action="eligibility.view",
    export_action="eligibility.export",
    filter_form=ExceptionFilter,
    rows=find_exceptions,
    columns=(
        ListColumn("name", "姓名", ("member__sort_key",)),
        ListColumn("branch", "团支部", ("college_name", "branch_name")),
        ListColumn("year", "年度", ("year__year",), largest_first=True),
        ListColumn("asked", "申请理由", ("asked_at",), largest_first=True),
        ListColumn("state", "状态", ("state",)),
        ListColumn("decided", "审批", ("decided_at",), largest_first=True, empty_last=True),
    ),
    default_sort="-asked",
    tie_break=("-pk",),
    unit="项",
    sheet=lambda query: build_sheet(query, EXCEPTION_HEADER, build_exception_row, filename="评优例外.xlsx"),
    on_command=True,
)
