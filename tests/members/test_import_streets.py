"""The import of streets: district and name identify a street; it has the places taken elsewhere, date and source."""

from datetime import date
from functools import partial

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone

from members.models import Street
from members.transfer.services import imports
from pairing.queries.hall import list_hall_rows
from tests.members.import_files import (
    Kind,
    confirm_import,
    count_outcome,
    list_row_problems,
    preview_import,
    run_import,
)
from tests.members.overlapping import run_overlapping
from tests.members.sheet_files import make_xlsx
from tests.world import build_world

HEADER = ("区", "街乡名称", "类型", "联系人", "联系电话", "全市已对接数", "数据时间")
BALI = ("朝阳区", "八里庄街道", "城区", "戴老师", "010-60509356", 1, "2018-10-14")


@pytest.fixture
def import_rows(world):
    def import_given_rows(*rows, header=HEADER, filename="街乡.xlsx"):
        return run_import(Kind.STREETS, make_xlsx(header, *rows), by=world.admin, filename=filename)

    return import_given_rows


def get_street(district, name="八里庄街道") -> Street:
    return Street.objects.get(district=district, name=name)


def test_the_same_name_in_two_districts_is_two_streets(world, import_rows):
    assert count_outcome(import_rows(BALI, ("海淀区", *BALI[1:5], 4, "2018-10-14"))) == {"new": 2}
    assert (get_street("朝阳区").taken_elsewhere, get_street("海淀区").taken_elsewhere) == (1, 4)


def test_the_places_taken_carry_their_date_and_source(world, import_rows):
    import_rows(BALI)
    run = import_rows((*BALI[:5], 3, "2018-10-16"), filename="街乡十六日.xlsx")
    assert count_outcome(run) == {"changed": 1}
    assert [change[1:] for change in run.rows.get().describe_changes(run.kind)] == [
        ("数据时间", "2018-10-14", "2018-10-16"),
        ("全市已对接数", "1", "3"),
    ]
    now = get_street("朝阳区")
    assert (now.taken_elsewhere, now.taken_as_of) == (3, date(2018, 10, 16))
    assert now.taken_source == "文件“街乡十六日.xlsx”"


def test_without_a_date_the_places_are_those_of_today(world, import_rows):
    import_rows(BALI[:6], header=HEADER[:6])
    assert get_street("朝阳区").taken_as_of == timezone.localdate()


@pytest.mark.parametrize("written", [3, 3.0, "３", "3个", " 3 所"])
def test_a_count_is_read_with_its_unit(world, import_rows, written):
    import_rows((*BALI[:5], written, ""))
    assert get_street("朝阳区").taken_elsewhere == 3


@pytest.mark.parametrize("written", ["五", -1, "2.5", "约3"])
def test_what_is_no_count_is_called_so(world, import_rows, written):
    assert "不是有效的数量" in list_row_problems(import_rows((*BALI[:5], written, "")))[2]


def test_the_same_again_changes_nothing(world, import_rows):
    import_rows(BALI)
    events = Street.pgh_event_model.objects.count()
    assert count_outcome(import_rows(BALI, filename="又一份.xlsx")) == {"same": 1}
    assert Street.pgh_event_model.objects.count() == events
    assert get_street("朝阳区").taken_source == "文件“街乡.xlsx”"


def test_blank_cells_keep_contact_and_places(world, import_rows):
    import_rows(BALI)
    assert count_outcome(import_rows(("朝阳区", "八里庄街道", "城区", "", "", "", ""))) == {"same": 1}
    assert (get_street("朝阳区").contact, get_street("朝阳区").taken_elsewhere) == ("戴老师", 1)


def test_a_date_without_a_figure_leaves_the_figure_its_own(world, import_rows):
    import_rows(BALI)
    assert count_outcome(import_rows((*BALI[:5], "", "2018-10-20"))) == {"same": 1}
    assert get_street("朝阳区").taken_as_of == date(2018, 10, 14)


def test_an_older_figure_is_pointed_out_before_it_goes_in(world, import_rows):
    import_rows((*BALI[:5], 4, "2018-10-20"))
    (row,) = preview_import(Kind.STREETS, make_xlsx(HEADER, BALI), by=world.admin).rows.all()
    assert (row.status, row.reason) == ("changed", "数据时间早于平台现有的 2018-10-20，请核对")
    (row,) = preview_import(
        Kind.STREETS, make_xlsx(HEADER, (*BALI[:5], 4, "2018-10-21")), by=world.admin
    ).rows.all()
    assert (row.status, row.reason) == ("changed", "")


@pytest.mark.parametrize("name", ["八里庄　街道", " 八里庄 街道", "八里庄街道\u200b"])
def test_a_name_with_spaces_is_the_same_street(world, import_rows, name):
    import_rows(BALI)
    assert count_outcome(import_rows((" 朝阳 区", name, *BALI[2:]))) == {"same": 1}


@pytest.mark.parametrize("written", ["3个", "3 个", "３", 3.0, "3.0"])
def test_a_count_is_read_however_it_is_written(world, import_rows, written):
    import_rows((*BALI[:5], written, ""))
    assert get_street("朝阳区").taken_elsewhere == 3


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        (("", *BALI[1:]), "缺少所在区"),
        ((*BALI[:2], "郊外", *BALI[3:]), "类型“郊外”无法识别，应为城区或郊区"),
        ((*BALI[:5], "两个", ""), "全市已对接数：“两个”不是有效的数量"),
        ((*BALI[:5], -1, ""), "全市已对接数"),
        ((*BALI[:5], 1.5, ""), "全市已对接数"),
        ((BALI[0], "名" * 101, *BALI[2:]), "个字"),
    ],
)
def test_bad_rows_come_back(world, import_rows, row, reason):
    run = import_rows(row, ("延庆区", "香营乡", "郊区", "", "", 3, ""))
    assert count_outcome(run) == {"new": 1, "error": 1}
    assert reason in list_row_problems(run)[2]


def test_a_street_twice_in_a_file_comes_back_once(world, import_rows):
    assert list_row_problems(import_rows(BALI, BALI)) == {3: "与第2行重复"}


def test_other_headers_are_understood(world, import_rows):
    header = ("所在区", "街道(乡镇)名称", "城郊类别", "负责人", "办公电话", "已对接高校数", "统计时间")
    assert count_outcome(import_rows(BALI, header=header)) == {"new": 1}
    assert get_street("朝阳区").taken_elsewhere == 1


@pytest.mark.django_db(transaction=True)
def test_two_schools_bring_the_same_new_street_at_once():
    world = build_world()
    runs = [
        confirm_import(Kind.STREETS, make_xlsx(HEADER, BALI), by=admin)
        for admin in (world.admin, world.bh.admin)
    ]
    first, second = run_overlapping(*[partial(imports.write_run, run_id=run.pk) for run in runs])
    assert (count_outcome(first), count_outcome(second)) == ({"new": 1}, {"same": 1})
    assert Street.objects.filter(name="八里庄街道").count() == 1


def test_a_college_secretary_brings_no_streets(world):
    with pytest.raises(ValidationError, match="没有导入这类文件的权限"):
        preview_import(Kind.STREETS, make_xlsx(HEADER, BALI), by=world.secretary)


def test_an_import_makes_the_hall_ask_again_once_it_is_in_force(
    world, import_rows, django_capture_on_commit_callbacks
):
    with django_capture_on_commit_callbacks(execute=True):
        import_rows(BALI)
    assert [row["taken_elsewhere"] for row in list_hall_rows(world.year.pk) if row["name"] == BALI[1]] == [1]
    with django_capture_on_commit_callbacks(execute=True):
        import_rows((*BALI[:5], 4, "2018-10-16"))
    assert [row["taken_elsewhere"] for row in list_hall_rows(world.year.pk) if row["name"] == BALI[1]] == [4]
