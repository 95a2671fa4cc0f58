"""The portal's own lists of hours, imported again: no record changes, whatever its source and state (requirements §4)."""

from datetime import date, datetime
from io import BytesIO

import pytest

from activities.listings.waiting import WAITING_HOURS
from activities.models import MissingRecord, ServiceRecord, WaitingHours
from members.lists import ListQuery
from members.transfer.services.exports import write_list
from tests.factories import (
    BEIJING,
    ActivityFactory,
    MemberFactory,
    ProjectFactory,
    ServiceRecordFactory,
    SignUpFactory,
)
from tests.members.import_files import run_import_command
from tests.reports.reading_back import assert_all_unchanged, export_list, read_back

pytestmark = pytest.mark.django_db

HEADER = "学号,姓名,项目名称,服务日期,开始时间,结束时间,服务时长,状态,记录编号\n"
FIRST = """b77,甲乙,社区,2018-10-12,9:00,11:00,2,已确认,R1
b77,甲乙,没有编号,2018-10-14,9:00,11:00,2,已确认,
b77,甲乙,撤回,2018-10-15,9:00,11:00,2,已确认,r-9
"""
LATER = """b77,甲乙,社区,2018-10-10,9:00,12:00,3,已确认,R1
b77,甲乙,没有编号,2018-10-14,9:00,12:00,3,已确认,
b77,甲乙,撤回,2018-10-15,9:00,11:00,2,作废,r-9
"""
TITLES = [
    "=爱心助学",
    "@社区",
    "_x0041_",
    "敬老\n服务",
    '"引号"',
    "a,b",
    "2018-12-05 志愿活动",
    "合计",
    "服务]]>",
    "<b>",
]


def import_text(text: str, world, folder, **options) -> dict:
    (folder / "hours.csv").write_text(HEADER + text)
    return run_import_command("hours", folder / "hours.csv", school=world.school.code, year=2018, **options)


def list_all(model) -> list[dict]:
    return list(model.objects.order_by("pk").values())


@pytest.fixture
def person(world):
    return MemberFactory(
        branch=world.a1, name="甲乙", student_no="b77", volunteer_no="v-077", registered_on=date(2018, 9, 28),
        counts_from=date(2018, 9, 28), registration_source="file",
    )  # fmt: skip


@pytest.fixture
def records(world, person, tmp_path):
    """Make records of all four sources, corrected and withdrawn ones among them."""
    import_text(FIRST, world, tmp_path, as_of="2018-11-20")
    import_text(LATER, world, tmp_path, as_of="2018-11-21")
    decided = {"decided_by": world.admin, "outside_no": ""}
    for day, state in enumerate(ServiceRecord.State.values, start=20):
        reasons = {
            "pending": {"decided_at": None, "decided_by": None},
            "rejected": {"decision_note": "没有到场"},
            "voided": {"voided_at": datetime(2018, 12, 1, tzinfo=BEIJING), "void_reason": "重复"},
        }
        ServiceRecordFactory(
            member=person, source="supplement", evidence="e.pdf", description="说明", state=state,
            served_on=date(2018, 10, day), **(decided | reasons.get(state, {})),
        )  # fmt: skip
    signup = SignUpFactory(
        member=person, activity=ActivityFactory(project=ProjectFactory(college=world.college_a))
    )
    start, end = (datetime(2018, 10, 26, hour, 0, 31, tzinfo=BEIJING) for hour in (9, 12))
    ServiceRecordFactory(
        member=person, source="attendance", signup=signup, served_on=date(2018, 10, 26), starts_at=start, ends_at=end,
        minutes=180, **decided,
    )  # fmt: skip
    for title in TITLES:
        ServiceRecordFactory(member=person, title=title, served_on=date(2018, 11, 3), minutes=20)
    return list_all(ServiceRecord)


def test_records_of_every_source_and_state_read_back_in_every_form(world, records, tmp_path):
    content = export_list("hours_records", world.school, tmp_path)
    reports = read_back("hours", content, world.school, tmp_path, year=2018)
    assert_all_unchanged(reports, len(records))
    assert list_all(ServiceRecord) == records


def test_the_list_of_an_older_day_voids_nothing_that_a_correction_has_moved(world, person, tmp_path):
    """A corrected record whose former version comes first in the list stays confirmed."""
    import_text(FIRST, world, tmp_path, as_of="2018-11-20")
    import_text(LATER, world, tmp_path, as_of="2018-11-21")
    content = export_list("hours_records", world.school, tmp_path)
    read_back("hours", content, world.school, tmp_path, year=2018)
    current = ServiceRecord.objects.get(outside_no="R1", state="confirmed")
    assert (current.served_on, current.minutes) == (date(2018, 10, 10), 180)


def test_a_filtered_list_of_the_portal_misses_nothing(world, person, records, tmp_path):
    head = "来源,记录编号,学号,志愿者编号,姓名,学院,团支部,项目名称,服务日期,开始时间,结束时间,服务时长（分钟）,状态\n"
    row = "北京共青团,{},b77,v-077,甲乙,法学院,法学1801团支部,{},2018-{},,,{},{}\n"
    text = (
        head
        + row.format("R1", "社区", "10-10", 180, "已确认")
        + row.format("", "别的", "11-30", 60, "待确认")
    )
    (tmp_path / "some.csv").write_text(text)
    run_import_command("hours", tmp_path / "some.csv", school=world.school.code, year=2018)
    assert MissingRecord.objects.count() == 0


def test_a_supplement_that_the_portal_does_not_have_is_refused_with_the_reason(world, person, tmp_path):
    text = "来源,学号,姓名,项目名称,服务日期,服务时长,状态\n补录,b77,甲乙,社区,2018-10-10,2,已确认\n"
    (tmp_path / "own.csv").write_text(text)
    report = run_import_command("hours", tmp_path / "own.csv", school=world.school.code, year=2018)
    assert report["errors"] == [
        {"row": 2, "reason": "本平台的签到和补录不从文件录入，这一行没有改动任何记录"}
    ]
    assert not ServiceRecord.objects.exists() and not WaitingHours.objects.exists()


def test_a_voided_record_of_somebody_elses_list_does_not_come_alive(world, person, tmp_path):
    ServiceRecordFactory(
        member=person, outside_no="R5", state="voided", void_reason="重复", served_on=date(2018, 10, 10),
        voided_at=datetime(2018, 12, 1, tzinfo=BEIJING),
    )  # fmt: skip
    before = list_all(ServiceRecord)
    report = import_text("b77,甲乙,社区智能手机课堂,2018-10-10,9:00,12:00,3,已确认,R5\n", world, tmp_path)
    assert [error["reason"] for error in report["errors"]] == ["这条记录已在平台作废，不再录入"]
    assert list_all(ServiceRecord) == before


def test_records_of_a_person_without_volunteer_number_read_back(world, tmp_path):
    ServiceRecordFactory(member=world.missing, source="volunteer_beijing")
    before = list_all(ServiceRecord)
    content = export_list("hours_records", world.school, tmp_path)
    assert_all_unchanged(read_back("hours", content, world.school, tmp_path, year=2018), 1)
    assert list_all(ServiceRecord) == before


def test_waiting_rows_read_back_and_settle_nothing(world, person, tmp_path):
    import_text(
        "999999,张三丰,社区,2018-10-10,,,2,已确认,R1\nb77,甲乙,两次,2018-10-10,,,2,已确认,\n"
        "b77,甲乙,两次,2018-10-10,,,2,已确认,\n2018999,李四光,图书整理,2018-10-11,9:00,11:00,2,待确认,\n",
        world,
        tmp_path,
    )
    rows = list(WaitingHours.objects.order_by("pk").values("outside_no", "state", "question", "data"))
    records = list_all(ServiceRecord)
    content = BytesIO()
    query = ListQuery(WAITING_HOURS, user=world.admin, params={}, action=WAITING_HOURS.action_of_export)
    assert write_list(query.sheet, content) == 3
    for report in read_back("hours", content.getvalue(), world.school, tmp_path, year=2018).values():
        assert (report["errors"], report["warnings"], report["created"], report["updated"]) == ([], [], 0, 0)
    assert list(WaitingHours.objects.order_by("pk").values("outside_no", "state", "question", "data")) == rows
    assert list_all(ServiceRecord) == records


def test_a_row_that_cannot_be_read_is_about_its_record_in_any_case(world, person, tmp_path):
    """The record of such a row is not missing from the file."""
    import_text(
        "b77,甲乙,社区,2018-10-10,,,2,已确认,ab-1\nb77,甲乙,别的,2018-10-12,,,2,已确认,ab-2\n"
        "b77,甲乙,再来,2018-10-14,,,2,已确认,ab-3\n", world, tmp_path, as_of="2018-11-20",
    )  # fmt: skip
    report = import_text(
        "b77,甲乙,社区,2018-10-10,,,2,已确认,ab-1\nb77,甲乙,别的,2018-10-12,,,约2小时,已确认,ab-2\n"
        "b77,甲乙,再来,2018-10-14,,,2,已确认,ab-3\n", world, tmp_path, as_of="2018-11-21",
    )  # fmt: skip
    assert (len(report["errors"]), report["missing"]) == (1, 0)
