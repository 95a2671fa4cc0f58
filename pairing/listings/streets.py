"""街乡 and 结对大厅: the city's streets with their free places."""

from django.db.models import QuerySet

from members.lists import (
    ExportSheet,
    ListColumn,
    Listing,
    ListQuery,
    build_filename,
    never_shown,
    read_in_chunks,
)
from members.permissions import may
from members.resources.streets import export_streets
from pairing.forms.hall import HallFilter
from pairing.forms.streets import AssignedFilter, StreetRoomFilter
from pairing.queries import hall, streets


def find_streets(query: ListQuery) -> QuerySet:
    return streets.filter_streets(streets.find_streets(query.user, query.action), query.wanted)


def build_streets_sheet(query: ListQuery) -> ExportSheet:
    """Return the streets with the headers that the import reads.

    Phones are in full for users who may import the list; an operator, who has no account, gets masked phones.
    """
    phones_open = query.user.pk is not None and may(query.user, "import.streets")
    title, header, rows = export_streets(query.rows, phones_open=phones_open)
    return ExportSheet(
        title=title,
        filename=build_filename(title),
        header=header,
        total=query.rows.count(),
        batches=((len(chunk), chunk) for chunk in read_in_chunks(rows)),
    )


STREETS = Listing(
    name="streets",
    title="街乡名录",
    action="street.view",
    filter_form=StreetRoomFilter,
    rows=find_streets,
    columns=(
        ListColumn("name", "街乡", ("name", "district")),
        ListColumn("district", "区", ("district", "name")),
        ListColumn("kind", "类型", ("kind", "district", "name")),
        ListColumn("contact", "联系人", ("contact", "district", "name")),
        ListColumn("taken", "已对接 / 上限", ("taken", "district", "name"), numeric=True),
        ListColumn("room", "剩余名额", ("room", "district", "name"), numeric=True),
        ListColumn(
            "as_of", "数据来源与时间", ("taken_as_of", "district"), largest_first=True, empty_last=True
        ),
    ),
    default_sort="district",
    unit="个街乡",
    sheet=build_streets_sheet,
    on_command=True,
)

STREETS_ASSIGNED = Listing(
    name="streets_assigned",
    title="分配给我校的街乡",
    action="street.edit",
    filter_form=AssignedFilter,
    rows=find_streets,
    columns=(
        ListColumn("name", "分配给我校", ("name", "district")),
        ListColumn("district", "区", ("district", "name")),
        ListColumn("kind", "类型", ("kind", "district", "name")),
        ListColumn("room", "剩余名额", ("room", "district", "name"), numeric=True),
        ListColumn("taken", "已对接", ("taken", "district", "name"), shown=never_shown),
    ),
    default_sort="district",
    unit="个街乡",
)

# --- 结对大厅 ---------------------------------------------------------------------------------------------------

HALL = Listing(
    name="hall",
    title="结对大厅",
    action="hall.view",
    filter_form=HallFilter,
    rows=lambda query: hall.filter_hall_rows(query.form.streets, query.wanted),
    columns=(
        ListColumn("name", "街乡", lambda row: (row["name"], row["district"])),
        ListColumn("district", "区", lambda row: (row["district"], row["name"])),
        ListColumn("kind", "类型", lambda row: row["kind"]),
        ListColumn("left", "剩余名额", lambda row: (row["open"], row["left"]), largest_first=True),
        ListColumn(
            "taken", "上限与已占用", lambda row: row["ours"] + row["taken_elsewhere"], largest_first=True
        ),
        ListColumn("claim", "操作", spoken=True),
    ),
    default_sort="district",
    unit="个街乡",
)
