"""The lists of imports, of a file's rows, of what a file lacks, and of a worker's exports."""

from django import forms
from django.db.models import IntegerField, QuerySet
from django.db.models.fields.json import KT
from django.db.models.functions import Cast, Coalesce

from members.lists import ListColumn, ListFilter, Listing, ListQuery
from members.models import Branch, ExportJob, ImportRow, ImportRun, Member
from members.transfer.queries.imports import annotate_severity, filter_readable_rows, search_rows
from members.transfer.resources import list_headings
from members.transfer.services.imports import list_absent

COUNTED = ("new", "changed", "unclear", "error")  # statuses that have a column of their own


def find_imports(query: ListQuery) -> QuerySet[ImportRun]:
    """Return the imports with `rows_<status>` for each status of COUNTED, 0 without a figure."""
    runs = ImportRun.objects.visible_to(query.user, query.action).select_related("college", "created_by")
    counts = {
        f"rows_{status}": Coalesce(Cast(KT(f"figures__{status}"), IntegerField()), 0) for status in COUNTED
    }
    return runs.annotate(**counts)


IMPORTS = Listing(
    name="imports",
    title="导入",
    action="import.view",
    rows=find_imports,
    columns=(
        ListColumn("file", "文件", ("filename",)),
        ListColumn("kind", "类别", ("kind",)),
        ListColumn("college", "范围", ("college__name",)),
        ListColumn("created", "上传", ("created_at",), largest_first=True),
        ListColumn("state", "状态", ("state",)),
        ListColumn("new", "新增", ("rows_new",), numeric=True),
        ListColumn("changed", "变更", ("rows_changed",), numeric=True),
        ListColumn("unclear", "待处理", ("rows_unclear",), numeric=True),
        ListColumn("error", "有误", ("rows_error",), numeric=True),
    ),
    default_sort="-created",
    tie_break=("-pk",),
    unit="次",
)

# --- one import: the view has read the run for its user and passes it in `given` ---------------------------------


# Not a status: the changed rows that would bring a former state back.
REVERTING = "reverting"


class RowFilter(ListFilter):
    status = forms.ChoiceField(
        label="结果",
        choices=[*ImportRow.Status.choices, (REVERTING, "回到以前的状态")],
        required=False,
        widget=forms.HiddenInput,
    )
    q = forms.CharField(
        label="在文件中查找", required=False, max_length=60, widget=forms.TextInput(attrs={"type": "search"})
    )


def find_rows(query: ListQuery) -> QuerySet[ImportRow]:
    """Return the rows of one status, or of all, that the user may read, with their severity."""
    rows, status = filter_readable_rows(query.given["run"], query.user), query.wanted.get("status", "")
    found = search_rows(annotate_severity(rows, status), query.wanted.get("q") or "")
    return found.filter(reverting=True) if status == REVERTING else found


def list_file_columns(query: ListQuery) -> list[ListColumn]:
    """Return the columns of the file that are read."""
    return [
        ListColumn(f"cell_{name}", heading) for name, heading in list_headings(query.given["run"]).items()
    ]


IMPORT_ROWS = Listing(
    name="import_rows",
    title="文件中的行",
    action="import.view",
    filter_form=RowFilter,
    rows=find_rows,
    columns=(
        ListColumn("row", "行号", ("position",)),
        ListColumn("status", "结果", ("severity",)),
        ListColumn("reason", "说明", ("reason",)),
    ),
    more_columns=list_file_columns,
    default_sort="status",
    tie_break=("position",),
    unit="行",
)


class RejectedFilter(ListFilter):
    q = forms.CharField(
        label="在有误的行中查找",
        required=False,
        max_length=60,
        widget=forms.TextInput(attrs={"type": "search"}),
    )


def find_rejected_rows(query: ListQuery) -> QuerySet[ImportRow]:
    """Return the rows with errors that the user may read, in the order of the file."""
    rows = filter_readable_rows(query.given["run"], query.user).filter(status=ImportRow.Status.ERROR)
    return search_rows(rows, query.wanted.get("q") or "")


# A form of many fields: no more rows than a person corrects at a time.
REJECTED_ROWS = Listing(
    name="import_rejected_rows",
    title="有误的行",
    action="import.view",
    filter_form=RejectedFilter,
    rows=find_rejected_rows,
    page_sizes=(20,),
    unit="行",
)


def find_missing_people(query: ListQuery) -> QuerySet[Member]:
    """Return the people that the file of a roster lacks."""
    return list_absent(query.given["run"]).select_related("branch__college")


MISSING_PEOPLE = Listing(
    name="import_missing_people",
    title="平台有而文件没有",
    action="import.view",
    rows=find_missing_people,
    columns=(
        ListColumn("name", "姓名", ("sort_key",)),
        ListColumn("number", "学号", ("student_no",)),
        ListColumn("branch", "团支部", ("branch__college__name", "branch__name")),
        ListColumn("college", "学院", ("branch__college__name",)),
    ),
    default_sort="branch",
    tie_break=("sort_key", "student_no", "pk"),
)


def find_missing_branches(query: ListQuery) -> QuerySet[Branch]:
    """Return the branches that the file of organisations lacks."""
    return list_absent(query.given["run"]).select_related("college")


MISSING_BRANCHES = Listing(
    name="import_missing_branches",
    title="平台有而文件没有",
    action="import.view",
    rows=find_missing_branches,
    columns=(
        ListColumn("name", "团支部", ("name",)),
        ListColumn("college", "学院", ("college__name", "name")),
    ),
    default_sort="college",
)

# --- 我的导出 ---------------------------------------------------------------------------------------------------


def find_jobs(query: ListQuery) -> QuerySet[ExportJob]:
    """Return the user's own exports."""
    return ExportJob.objects.visible_to(query.user, query.action)


EXPORT_JOBS = Listing(
    name="export_jobs",
    title="我的导出",
    action="export.view",
    rows=find_jobs,
    columns=(
        ListColumn("title", "内容", ("title",)),
        ListColumn("filters", "范围"),
        ListColumn("asked", "申请时间", ("asked_at",), largest_first=True),
        ListColumn("state", "状态", ("state",)),
        ListColumn("rows", "行数", ("rows",), numeric=True),
        ListColumn("file", "文件"),
    ),
    default_sort="-asked",
    tie_break=("-pk",),
    unit="份",
)
