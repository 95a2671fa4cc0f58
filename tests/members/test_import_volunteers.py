"""The import of 志愿北京's list: the people it matches, the rules of the match, and the rows left to a human."""

from datetime import date

import pytest
from django.utils import timezone

from members.models import ImportRun, Member, VolunteerRecord
from members.services.claims import dismiss_volunteer_records, restore_volunteer_record
from members.services.registration import confirm_registration, revoke_registration
from members.transfer.services.imports.runs import confirm_run
from members.transfer.tasks import write_import
from tests.factories import NOT_REGISTERED, MemberFactory
from tests.members.import_files import (
    VOLUNTEER_HEADER,
    Kind,
    count_outcome,
    list_row_problems,
    make_roster_file,
    make_roster_row,
    make_volunteers_file,
    preview_import,
    run_import,
)

NO = "110088000001"
DAY = date(2018, 10, 8)
BY_STUDENT_NO = ("学号", "姓名", "注册时间")


@pytest.fixture
def import_rows(world):
    def import_given_rows(*rows, by=None, header=VOLUNTEER_HEADER, **options):
        content = make_volunteers_file(*rows, header=header)
        return run_import(Kind.VOLUNTEERS, content, by=by or world.admin, filename="志愿者.xlsx", **options)

    return import_given_rows


def make_line(who, no=NO, phone=None, group="京华大学法学院青年志愿者服务队", day="2018-10-08") -> tuple:
    return (no, who.name, who.phone if phone is None else phone, group, day)


def mask(phone: str) -> str:
    return f"{phone[:3]}****{phone[-4:]}"


def get_record(no=NO) -> VolunteerRecord:
    return VolunteerRecord.objects.get(volunteer_no=no)


def is_registered(who: Member) -> bool:
    who.refresh_from_db()
    return who.is_registered


# --- matched rows ---


def test_a_name_with_the_masked_phone_is_the_person(world, import_rows):
    assert count_outcome(import_rows(make_line(world.missing, phone=mask(world.missing.phone)))) == {"new": 1}
    assert is_registered(world.missing)
    assert (world.missing.volunteer_no, world.missing.registered_on) == (NO, DAY)
    assert world.missing.registration_source == Member.Source.FILE
    assert world.missing.registration_evidence == "文件“志愿者.xlsx”第2行"
    assert (get_record().state, get_record().member) == ("matched", world.missing)


def test_a_name_with_the_full_phone_is_the_person(world, import_rows):
    import_rows(make_line(world.missing))
    assert is_registered(world.missing)


def test_a_masked_phone_of_ours_fits_a_full_one_of_the_list(world, import_rows):
    Member.objects.filter(pk=world.missing.pk).update(phone=mask(world.missing.phone))
    import_rows(make_line(world.missing))
    assert is_registered(world.missing)


@pytest.mark.parametrize(
    "spelling", ["阿依古丽•买买提", "阿依古丽．买买提", "阿依古丽 · 买买提", "阿依古丽・买买提"]
)
def test_a_name_is_recognised_in_every_spelling(world, import_rows, spelling):
    no, _, *rest = make_line(world.missing)
    import_rows((no, spelling, *rest))
    assert is_registered(world.missing)


def test_a_student_number_decides_where_the_list_has_one(world, import_rows):
    run = import_rows((world.namesake.student_no, "张伟", "2018-10-08"), header=BY_STUDENT_NO)
    assert count_outcome(run) == {"new": 1}
    assert is_registered(world.namesake)
    assert world.namesake.volunteer_no == ""


def test_two_of_one_name_are_told_apart_by_their_student_numbers(world, import_rows):
    other = MemberFactory(branch=world.a2, name="张伟")
    rows = [(who.student_no, "张伟", "2018-10-08") for who in (world.namesake, other)]
    assert count_outcome(import_rows(*rows, header=BY_STUDENT_NO)) == {"new": 2}
    assert is_registered(world.namesake)
    assert is_registered(other)
    assert count_outcome(import_rows(*rows, header=BY_STUDENT_NO)) == {"same": 2}


def test_a_known_volunteer_number_finds_its_holder(world, import_rows):
    no = "110088000009"
    confirm_registration(
        user=world.secretary, member_id=world.missing.pk, volunteer_no=no, registered_on=DAY, evidence="看过"
    )
    assert count_outcome(import_rows(make_line(world.missing, no=no, phone=""))) == {"new": 1}
    assert get_record(no).member == world.missing


def test_a_number_that_the_person_has_reported_confirms_the_report(world, import_rows):
    import_rows(make_line(world.reported, no=world.reported.reported_no, phone=""))
    assert is_registered(world.reported)


# --- dates of registration ---


def import_as_of(world, day: date | None, *rows, header=VOLUNTEER_HEADER):
    """Import a file that speaks of this day (数据日期), and return its run."""
    content = make_volunteers_file(*rows, header=header)
    run = preview_import(Kind.VOLUNTEERS, content, by=world.admin, filename="志愿者.xlsx")
    ImportRun.objects.filter(pk=run.pk).update(as_of=day)
    confirm_run(run_id=run.pk, user=world.admin)
    write_import(run.pk)
    run.refresh_from_db()
    return run


def read_dates(who: Member) -> tuple[date | None, date | None]:
    """Return the date of registration and the day from which it counts."""
    who.refresh_from_db()
    return who.registered_on, who.counts_from


def test_a_date_that_nobody_told_stays_unknown_and_counts_from_the_import(world, import_rows):
    import_rows(make_line(world.missing, day=""))
    assert is_registered(world.missing)
    assert read_dates(world.missing) == (None, timezone.localdate())
    assert world.missing.registration_evidence.startswith(
        f"文件未写注册日期，从 {timezone.localdate()} 起计为已注册"
    )


@pytest.mark.parametrize("words", ["日期不详", "不详", "未知", "无", "—"])
def test_words_for_an_unknown_date_are_no_date(world, import_rows, words):
    import_rows(make_line(world.missing, day=words))
    assert read_dates(world.missing) == (None, timezone.localdate())


def test_an_unknown_date_counts_from_the_day_of_the_file(world):
    import_as_of(world, date(2018, 10, 12), make_line(world.missing, day=""))
    assert read_dates(world.missing) == (None, date(2018, 10, 12))


def test_a_later_file_fills_an_unknown_date(world):
    import_as_of(world, date(2018, 10, 12), make_line(world.missing, day=""))
    run = import_as_of(world, date(2018, 10, 20), make_line(world.missing))
    assert count_outcome(run) == {"changed": 1}
    assert run.rows.get().changes == {"registered_on": [None, "2018-10-08"]}
    assert read_dates(world.missing) == (DAY, DAY)
    assert "未写注册日期" not in world.missing.registration_evidence
    assert count_outcome(import_as_of(world, date(2018, 10, 20), make_line(world.missing))) == {"same": 1}


def test_a_date_that_only_the_list_knows_fills_the_person_s(world, import_rows):
    """The list has the date since long, the person's was emptied as one that nobody told."""
    import_rows(make_line(world.missing))
    Member.objects.filter(pk=world.missing.pk).update(registered_on=None, counts_from=date(2018, 11, 1))
    assert count_outcome(import_rows(make_line(world.missing))) == {"changed": 1}
    assert read_dates(world.missing) == (DAY, DAY)


def test_a_file_without_dates_wipes_no_date(world, import_rows):
    import_rows(make_line(world.missing))
    assert count_outcome(import_rows(make_line(world.missing, day=""))) == {"same": 1}
    assert read_dates(world.missing) == (DAY, DAY)


def test_an_earlier_file_without_dates_counts_from_its_own_day(world):
    import_as_of(world, date(2018, 10, 20), make_line(world.missing, day=""))
    run = import_as_of(world, date(2018, 10, 12), make_line(world.missing, day=""))
    assert run.rows.get().changes == {"counts_from": ["2018-10-20", "2018-10-12"]}
    assert read_dates(world.missing) == (None, date(2018, 10, 12))
    again = import_as_of(world, date(2018, 10, 20), make_line(world.missing, day=""))
    assert count_outcome(again) == {"same": 1}
    assert read_dates(world.missing) == (None, date(2018, 10, 12))


def test_a_date_that_a_secretary_confirmed_is_kept_by_a_file_without_dates(world, import_rows):
    confirm_registration(
        user=world.secretary, member_id=world.missing.pk, volunteer_no=NO, registered_on=DAY, evidence="看过"
    )
    assert count_outcome(import_rows(make_line(world.missing, day=""))) == {"new": 1}
    assert read_dates(world.missing) == (DAY, DAY)
    assert "未写注册日期" not in world.missing.registration_evidence


def test_a_row_that_waited_without_a_date_counts_from_the_day_of_its_file(world):
    import_as_of(world, date(2018, 10, 12), (NO, "欧阳新", "139****0099", "", ""))
    new = ("2018010099", "欧阳新", "法学院", "法学1801团支部", "共青团员", "13900000099")
    run_import(Kind.ROSTER, make_roster_file(new), by=world.secretary)
    added = Member.objects.get(student_no="2018010099")
    assert (added.registered_on, added.counts_from) == (None, date(2018, 10, 12))
    assert "从 2018-10-12 起计为已注册" in added.registration_evidence


def test_a_later_file_fills_the_date_of_a_row_that_waits(world):
    import_as_of(world, date(2018, 10, 12), (NO, "欧阳新", "139****0099", "", ""))
    import_as_of(world, date(2018, 10, 20), (NO, "欧阳新", "139****0099", "", "2018-10-08"))
    assert (get_record().registered_on, get_record().listed_on) == (DAY, date(2018, 10, 12))
    new = ("2018010099", "欧阳新", "法学院", "法学1801团支部", "共青团员", "13900000099")
    run_import(Kind.ROSTER, make_roster_file(new), by=world.secretary)
    assert read_dates(Member.objects.get(student_no="2018010099")) == (DAY, DAY)


# `unknown_date_header` of the ledger's cases, and its sisters.
@pytest.mark.parametrize(
    "title",
    [
        "注册时间", "注册日期", "实名注册日期", "实名注册时间", "实名认证时间", "实名认证日期", "认证日期", "登记日期", "登记时间",
        "首次注册时间", "首次注册日期", "志愿者注册日期", "志愿者注册时间", "注册志愿者时间", "注册成为志愿者时间", "志愿者实名认证时间",
        "成为志愿者时间", "成为注册志愿者日期", "志愿北京注册时间", "注册登记时间", "注册成功时间", "注册成功日期", "加入时间", "完成注册时间",
        "注册时间（年月日）", "注册日期*", "账号注册时间", "加入志愿北京日期", "实名日期", "注册日",
    ],
)  # fmt: skip
def test_every_name_of_the_date_of_registration_is_known(world, import_rows, title):
    run = import_rows((NO, world.missing.name, world.missing.phone, "2018-10-08"), header=(
        "志愿者编号", "姓名", "手机号", title))  # fmt: skip
    assert "ignored_days" not in run.notes
    assert read_dates(world.missing) == (DAY, DAY)


@pytest.mark.parametrize(
    ("title", "cell"),
    [
        ("出生日期", "2000-01-02"), ("入团日期", "2015-05-04"), ("入团登记时间", "2015-05-04"), ("最近登录时间", "2018-11-01"),
        ("注册审核到期", "2019-10-01"), ("注册有效期", "2019-10-01"),
        ("服务时间", "2018-10-01"), ("加入团体日期", "2018-10-01"), ("注册审核时间", "2018-10-01"),
        ("原注册日期", "2017-10-01"), ("导出日期", "2018-11-01"), ("活动登记时间", "2018-11-01"), ("更新", "2018/11/01 10:00"),
    ],
)  # fmt: skip
def test_another_date_is_not_the_date_of_registration_and_is_named(world, import_rows, title, cell):
    run = import_rows((NO, world.missing.name, world.missing.phone, cell), header=(
        "志愿者编号", "姓名", "手机号", title))  # fmt: skip
    assert run.notes["ignored_days"] == [title]
    assert read_dates(world.missing) == (None, timezone.localdate())


@pytest.mark.parametrize("title", ["注册到期日期", "认证失效日期"])
@pytest.mark.parametrize(("cell", "registered"), [("2098-10-01", True), ("2018-01-01", False)])
def test_the_end_of_a_registration_is_read_and_is_no_date_of_registration(
    world, import_rows, title, cell, registered
):
    run = import_rows((NO, world.missing.name, world.missing.phone, cell), header=(
        "志愿者编号", "姓名", "手机号", title))  # fmt: skip
    assert count_outcome(run) == ({"new": 1} if registered else {"error": 1})
    world.missing.refresh_from_db()
    assert (world.missing.is_registered, world.missing.registered_on) == (registered, None)


# --- rows left to a human ---


def test_never_by_name_alone(world, import_rows):
    run = import_rows(make_line(world.missing, phone=""))
    assert list_row_problems(run) == {2: "没有手机号码，不能只凭姓名认定"}
    assert not is_registered(world.missing)
    assert (get_record().state, get_record().member) == ("unclear", None)


def test_a_full_phone_that_differs_in_its_middle_is_somebody_else(world, import_rows):
    phone = world.missing.phone
    other = phone[:3] + f"{(int(phone[3:7]) + 1) % 10000:04d}" + phone[7:]
    assert list_row_problems(import_rows(make_line(world.missing, phone=other))) == {
        2: "没有姓名和手机号码都一致的人员"
    }
    assert not is_registered(world.missing)


def test_the_phone_alone_is_not_enough(world, import_rows):
    no, _, *rest = make_line(world.missing)
    assert count_outcome(import_rows((no, "陌生人", *rest))) == {"unclear": 1}
    assert not is_registered(world.missing)


def test_two_candidates_are_never_guessed_between(world, import_rows):
    twin = MemberFactory(branch=world.b1, name=world.missing.name, phone=world.missing.phone)
    assert list_row_problems(import_rows(make_line(world.missing))) == {2: "有多人姓名和手机号码一致"}
    assert not is_registered(world.missing)
    assert not is_registered(twin)


def test_a_student_number_that_nobody_has_is_not_overruled_by_name_and_phone(world, import_rows):
    who = world.missing
    header = (*VOLUNTEER_HEADER, "学号")
    run = import_rows((*make_line(who, phone=mask(who.phone)), "2018999999"), header=header)
    assert count_outcome(run) == {"unclear": 1}
    assert list_row_problems(run) == {2: "没有这个学号的人员"}
    assert not is_registered(who)


def test_two_rows_for_one_person_both_wait(world, import_rows):
    run = import_rows(make_line(world.missing), make_line(world.missing, no="110088000002"))
    assert list_row_problems(run) == {2: "名单中有多行指向同一人", 3: "名单中有多行指向同一人"}
    assert not is_registered(world.missing)


def test_somebody_registered_under_another_number_waits(world, import_rows):
    number = world.quiet.volunteer_no
    assert list_row_problems(import_rows(make_line(world.quiet))) == {2: "该人员已登记另一个志愿者编号"}
    world.quiet.refresh_from_db()
    assert world.quiet.volunteer_no == number


def test_a_number_with_another_name_waits(world, import_rows):
    no, _, *rest = make_line(world.quiet, no=world.quiet.volunteer_no)
    assert list_row_problems(import_rows((no, "宋喧闹", *rest))) == {2: "编号与登记的人员一致，但姓名不同"}


def test_a_number_that_belongs_to_somebody_else_waits(world, import_rows):
    header = ("学号", "姓名", "志愿者编号")
    run = import_rows((world.missing.student_no, world.missing.name, world.quiet.volunteer_no), header=header)
    assert list_row_problems(run) == {2: "志愿者编号已登记在他人名下"}
    assert not is_registered(world.missing)


def test_nobody_of_another_school_is_matched(world, import_rows):
    Member.objects.filter(pk=world.bh.zhang_wei.pk).update(name="独一人", name_key="独一人")
    world.bh.zhang_wei.refresh_from_db()
    assert count_outcome(import_rows(make_line(world.bh.zhang_wei))) == {"unclear": 1}
    assert get_record().school == world.school


# --- rows with errors ---


def test_the_same_row_twice_and_a_number_with_two_names(world, import_rows):
    no, _, *rest = make_line(world.missing)
    run = import_rows(make_line(world.missing), make_line(world.missing), (no, "别人", *rest))
    assert count_outcome(run) == {"new": 1, "error": 2}
    assert list_row_problems(run) == {3: "与第2行重复", 4: "志愿者编号与第2行相同，内容不同"}


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        (("", "某人", "", "", ""), "缺少志愿者编号和手机号码"),
        ((NO, "", "13800000000", "", ""), "缺少姓名"),
        ((NO, "某人", "13800000000", "", "去年"), "注册时间：“去年”不是日期"),
    ],
)
def test_rows_that_cannot_be_read(world, import_rows, row, reason):
    run = import_rows(row, make_line(world.missing, no="110088000002"))
    assert count_outcome(run) == {"new": 1, "error": 1}
    assert reason in list_row_problems(run)[2]


# --- repeated imports, also after a human decision ---


def test_the_same_list_again_changes_nothing(world, import_rows):
    rows = [make_line(world.missing), make_line(world.namesake, no="110088000002", phone="")]
    import_rows(*rows)
    events = VolunteerRecord.pgh_event_model.objects.count(), Member.pgh_event_model.objects.count()
    assert count_outcome(import_rows(*rows)) == {"same": 1, "unclear": 1}
    assert (VolunteerRecord.pgh_event_model.objects.count(), Member.pgh_event_model.objects.count()) == events


def test_a_later_list_with_another_date_is_a_change(world, import_rows):
    import_rows(make_line(world.missing))
    run = import_rows(make_line(world.missing, day="2018.10.09"))
    assert count_outcome(run) == {"changed": 1}
    assert run.rows.get().changes == {"registered_on": ["2018-10-08", "2018-10-09"]}
    assert is_registered(world.missing)
    assert world.missing.registered_on == date(2018, 10, 9)


def test_a_blank_cell_of_a_later_list_wipes_nothing(world, import_rows):
    import_rows(make_line(world.missing, phone="18800000000"))
    import_rows(make_line(world.missing, phone="", group="", day=""))
    assert (get_record().phone, get_record().registered_on) == ("18800000000", DAY)
    assert get_record().group_name == "京华大学法学院青年志愿者服务队"


def test_a_dismissed_row_stays_dismissed(world, import_rows):
    import_rows(make_line(world.missing, phone=""))
    dismiss_volunteer_records(user=world.admin, record_ids=[get_record().pk])
    assert count_outcome(import_rows(make_line(world.missing))) == {"same": 1}
    assert get_record().state == "dismissed"
    assert not is_registered(world.missing)
    restore_volunteer_record(user=world.admin, record_id=get_record().pk)
    assert count_outcome(import_rows(make_line(world.missing))) == {"new": 1}
    assert is_registered(world.missing)


def test_a_match_taken_back_is_not_made_again_by_any_import(world, import_rows):
    import_rows(make_line(world.missing))
    revoke_registration(user=world.secretary, member_id=world.missing.pk, reason="同名误认")
    run = import_rows(make_line(world.missing))
    assert list_row_problems(run) == {2: "匹配曾被撤销，只由人工认领"}
    run_import(
        Kind.ROSTER, make_roster_file(make_roster_row(world.missing, branch="法学1802团支部")), by=world.admin
    )
    assert not is_registered(world.missing)
    assert get_record().state == "unclear"


# --- import of the list before the roster ---


def test_rows_that_wait_find_their_person_in_a_later_roster(world, import_rows):
    assert count_outcome(import_rows((NO, "欧阳新", "139****0099", "", "2018-10-08"))) == {"unclear": 1}
    new = ("2018010099", "欧阳新", "法学院", "法学1801团支部", "共青团员", "13900000099")
    run_import(Kind.ROSTER, make_roster_file(new), by=world.secretary)
    added = Member.objects.get(student_no="2018010099")
    assert (added.registered_on, added.volunteer_no) == (DAY, NO)
    assert get_record().member == added


def test_rows_that_wait_with_a_student_number_find_their_person_too(world, import_rows):
    assert count_outcome(import_rows(("2018010099", "欧阳新", "2018-10-08"), header=BY_STUDENT_NO)) == {
        "unclear": 1
    }
    new = ("2018010099", "欧阳新", "法学院", "法学1801团支部", "共青团员", "")
    run_import(Kind.ROSTER, make_roster_file(new), by=world.secretary)
    assert Member.objects.get(student_no="2018010099").registered_on == DAY


def test_a_waiting_row_is_not_given_to_one_of_two_newcomers(world, import_rows):
    import_rows((NO, "欧阳新", "139****0099", "", "2018-10-08"))
    rows = [
        (f"201801009{n}", "欧阳新", "法学院", "法学1801团支部", "共青团员", f"139{n}0000099") for n in (1, 2)
    ]
    run_import(Kind.ROSTER, make_roster_file(*rows), by=world.admin)
    assert not Member.objects.filter(name="欧阳新").registered().exists()
    assert get_record().state == "unclear"


# --- lists of a school and of a college ---


def test_a_waiting_row_belongs_to_the_college_that_its_group_names(world, import_rows):
    import_rows(
        make_line(world.missing, phone=""),
        make_line(world.missing, no="110088000002", phone="", group="校外团队"),
    )
    assert get_record().college == world.college_a
    assert get_record("110088000002").college is None


def test_a_secretarys_list_registers_the_own_people_only(world, import_rows):
    Member.objects.filter(pk=world.zhang_wei_b.pk).update(**NOT_REGISTERED, phone="13699990000")
    world.zhang_wei_b.refresh_from_db()
    run = import_rows(
        make_line(world.missing), make_line(world.zhang_wei_b, no="110088000002"), by=world.secretary
    )
    assert count_outcome(run) == {"new": 1, "error": 1}
    assert list_row_problems(run) == {3: "不是“法学院”的人员"}
    assert is_registered(world.missing)
    assert not is_registered(world.zhang_wei_b)
    assert not VolunteerRecord.objects.filter(volunteer_no="110088000002").exists()


def test_a_row_that_waits_in_the_school_s_list_is_not_said_to_wait_in_a_college(world, import_rows):
    import_rows(make_line(world.missing, phone="", group=""))
    assert get_record().college is None
    again = import_rows(make_line(world.missing, phone="", group=""), by=world.secretary)
    assert list_row_problems(again) == {2: "这条记录在校团委的待认领名单中，请联系校团委"}
    assert count_outcome(import_rows(make_line(world.missing), by=world.secretary)) == {"new": 1}
    assert is_registered(world.missing)


def test_what_waits_of_a_secretarys_list_waits_in_the_own_college(world, import_rows):
    import_rows(make_line(world.missing, phone="", group=""), by=world.secretary)
    assert get_record().college == world.college_a
