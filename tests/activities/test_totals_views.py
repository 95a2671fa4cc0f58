"""时长汇总, 服务记录 and 台账核对."""

from datetime import date, datetime, timedelta
from io import BytesIO

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from openpyxl import load_workbook

from activities.models import ChangedTotal, RecordLink
from activities.services.linking import link_members, link_records
from members.models import ExportLog
from members.models.years import Source
from tests.activities.counting import link_as_one_service
from tests.activities.hours_files import import_league, import_volunteers, make_league_row, make_volunteer_row
from tests.factories import BEIJING, MemberFactory, ServiceRecordFactory, ServiceYearFactory
from tests.members.import_files import Kind, count_outcome, run_import
from tests.moving import move_person

VOLUNTEERS = Source.VOLUNTEER_BEIJING
NOW = datetime(2018, 12, 1, tzinfo=BEIJING)
PAGES = ("totals", "records", "differences")


@pytest.fixture
def ledger(world):
    """Make records in both colleges and ledgers; `linked` is one service with two records."""
    linked = [ServiceRecordFactory(member=world.registered, source=s) for s in (Source.LEAGUE, VOLUNTEERS)]
    ServiceRecordFactory(member=world.quiet, minutes=60, title="院内")
    ServiceRecordFactory(member=world.zhang_wei_b, minutes=90, title="院外")
    ServiceRecordFactory(member=world.quiet, pending=True, title="待定")
    link_members([world.registered.pk])
    return linked


def fetch_page(client_of, user, name, **query) -> str:
    answer = client_of(user).get(reverse(name), query)
    assert answer.status_code == 200
    return answer.content.decode()


def fetch_sheet(client_of, user, name, **query) -> list[tuple]:
    answer = client_of(user).get(reverse(name), query)
    return list(load_workbook(BytesIO(answer.content)).active.iter_rows(values_only=True))


def test_the_school_sees_every_college_and_a_college_itself(world, ledger, client_of):
    for user, colleges in (
        (world.admin, {"法学院": 240, "物理学院": 90}),
        (world.secretary, {"法学院": 240}),
    ):
        _, *lines = fetch_sheet(client_of, user, "totals_export")
        assert {line[0]: line[3] for line in lines} == colleges
    assert [
        line[0] for line in fetch_sheet(client_of, world.branch_secretary, "totals_export", by="branch")[1:]
    ] == ["法学1801团支部"]


def test_sums_lead_to_their_records(world, ledger, client_of):
    shown = client_of(world.admin).get(reverse("totals"), {"by": "branch"})
    (total, _, behind) = shown.context["lines"][0]
    assert (total.records, total.minutes) == (1, 180)
    found = client_of(world.admin).get(behind).context["page"]
    assert [record.source for record in found] == ["league"]
    for by in ("member", "college", "project", "street", "source"):
        lines = (
            client_of(world.admin).get(reverse("totals"), {"by": by, "count": "admission"}).context["lines"]
        )
        for total, _, behind in lines:
            assert client_of(world.admin).get(behind).context["page"].paginator.count == total.records


def test_sources_and_dates_decide_what_is_summed(world, ledger, client_of):
    def get_total(**query):
        return client_of(world.admin).get(reverse("totals"), query).context["whole"].minutes

    assert get_total() == 330
    assert get_total(count="admission") == 180
    assert get_total(first="2018-11-11") == 0
    assert get_total(first="2018-11-10", last="2018-11-10", q="宋安静") == 60
    assert "截止日期早于起始日期" in fetch_page(
        client_of, world.admin, "totals", first="2018-11-11", last="2018-11-10"
    )


def test_records_are_narrowed_and_exported(world, ledger, client_of):
    assert "待定" in fetch_page(client_of, world.secretary, "records", state="pending")
    assert "院外" not in fetch_page(client_of, world.secretary, "records")
    header, *lines = fetch_sheet(client_of, world.secretary, "records_export", source=VOLUNTEERS)
    assert header[:5] == ("来源", "记录编号", "学号", "志愿者编号", "姓名")
    assert [line[4] for line in lines] == ["张伟"]
    assert set(ExportLog.objects.values_list("kind", "rows")) == {("hours_records", 1)}


def test_what_is_exported_can_be_imported_again_and_changes_nothing(world, client_of):
    import_volunteers(
        world.admin,
        make_volunteer_row(world.registered),
        make_volunteer_row(world.registered, day="2018-10-14 00:00:00", title="夜间值守"),
    )
    import_league(world.admin, make_league_row(world.registered))
    answer = client_of(world.admin).get(reverse("records_export"))
    run = run_import(Kind.HOURS, answer.content, by=world.admin, filename="服务记录.xlsx")
    assert count_outcome(run) == {"same": 3}


def test_another_year_is_summed_by_its_own_sources(world, client_of):
    ServiceYearFactory(school=world.school, year=2017, appraisal_sources=[VOLUNTEERS])
    ServiceRecordFactory(member=world.quiet, served_on=date(2017, 5, 1), minutes=60)
    ServiceRecordFactory(member=world.quiet, served_on=date(2017, 5, 2), minutes=90, source=VOLUNTEERS)
    client = client_of(world.admin)
    for query in ({"first": "2017-01-01", "last": "2017-12-31"}, {"last": "2017-12-31"}):
        assert client.get(reverse("totals"), query).context["whole"].minutes == 90


def test_two_figures_of_one_service_stand_side_by_side_across_the_end_of_the_dates(world, client_of):
    one = ServiceRecordFactory(member=world.lead, served_on=date(2018, 12, 31), minutes=120)
    other = ServiceRecordFactory(member=world.lead, served_on=date(2019, 1, 1), minutes=90, source=VOLUNTEERS)
    link_records(user=world.secretary, record_ids=[one.pk, other.pk], reason="跨年")
    query = {"kind": "minutes", "first": "2018-01-01", "last": "2018-12-31"}
    (line,) = client_of(world.admin).get(reverse("differences"), query).context["lines"]
    assert [record.minutes for record in line.records] == [120, 90]


def test_differences_by_kind(world, ledger, client_of):
    ServiceRecordFactory(member=world.lead, minutes=120)
    ServiceRecordFactory(member=world.lead, minutes=90, source=VOLUNTEERS)
    link_members([world.lead.pk])
    ServiceRecordFactory(member=world.missing, served_on=date(2018, 11, 11), minutes=240)
    nine = datetime(2018, 11, 11, 9, tzinfo=BEIJING)
    for minutes in (60, 61):
        ServiceRecordFactory(
            member=world.missing,
            served_on=date(2018, 11, 11),
            minutes=minutes,
            source=VOLUNTEERS,
            starts_at=nine,
        )
    link_members([world.missing.pk])
    shown = client_of(world.admin).get(reverse("differences")).context
    assert {kind: count for kind, _, count, _ in shown["tabs"]} == {
        "doubtful": 0,
        "maybe": 2,
        "overlap": 1,
        "missing": 0,
        "minutes": 1,
        "day_full": 0,
        "span": 0,
        "only_league": 3,
        "only_volunteer_beijing": 2,
        "only_portal": 0,
    }
    assert {record.member for line in shown["lines"] for record in line.records} == {world.missing}
    (line,) = client_of(world.admin).get(reverse("differences"), {"kind": "minutes"}).context["lines"]
    assert [record.minutes for record in line.records] == [120, 90]
    assert len(fetch_sheet(client_of, world.admin, "differences_export", kind="minutes")) == 3


def test_two_records_of_one_ledger_at_one_time_are_listed(world, client_of):
    """The city moved a service, and its file has no numbers: the record of the former time still counts."""
    former = ServiceRecordFactory(member=world.lead, source=VOLUNTEERS)
    start = former.starts_at + timedelta(minutes=30)
    moved = ServiceRecordFactory(member=world.lead, source=VOLUNTEERS, starts_at=start)
    ServiceRecordFactory(member=world.lead, source=VOLUNTEERS, starts_at=moved.ends_at)
    shown = client_of(world.admin).get(reverse("differences"))
    assert shown.context["kind"] == "overlap"
    assert [case.records for case in shown.context["lines"]] == [[moved, former]]
    assert "重叠的时间只计一次" in shown.text


def test_the_comparison_opens_on_the_first_kind_that_has_lines(world, client_of):
    ServiceRecordFactory(member=world.quiet, source=VOLUNTEERS)
    shown = client_of(world.admin).get(reverse("differences")).context
    assert shown["kind"] == "only_volunteer_beijing"
    assert len(shown["lines"]) == 1


def test_what_was_checked_is_no_longer_listed(world, ledger, client_of):
    one = ServiceRecordFactory(member=world.lead, minutes=240)
    others = [ServiceRecordFactory(member=world.lead, minutes=m, source=VOLUNTEERS) for m in (60, 61)]
    client = client_of(world.secretary)
    address = reverse("record_link", args=[one.pk])
    entered = {"chosen": [others[0].pk], "decision": "link", "reason": "核对过签到表"}
    assert client.post(address, entered).status_code == 302
    assert RecordLink.objects.filter(linked_by=world.secretary).count() == 2
    assert client.post(address, {"decision": "unlink", "reason": ""}).status_code == 200
    client.post(reverse("record_link", args=[others[1].pk]), {"decision": "unlink", "reason": "另一次"})
    shown = client.get(reverse("differences")).context
    assert {kind: count for kind, _, count, _ in shown["tabs"]}["maybe"] == 0


def test_another_college_s_record_is_not_found_and_a_branch_may_not_check(world, ledger, client_of):
    record = ServiceRecordFactory(member=world.zhang_wei_b)
    address = reverse("record_link", args=[record.pk])
    assert client_of(world.secretary).get(address).status_code == 404
    assert client_of(world.branch_secretary).get(address).status_code == 403
    assert client_of(world.branch_secretary).get(reverse("differences")).status_code == 403
    assert client_of(world.member).get(reverse("totals")).status_code == 403


@pytest.mark.parametrize("query", ["", "?by=member&count=appraisal", "?kind=only_league&count=admission"])
@pytest.mark.parametrize("name", PAGES)
def test_the_number_of_queries_does_not_grow(world, client_of, name, query):
    client = client_of(world.admin)

    def count_queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            assert client.get(reverse(name) + query).status_code == 200
        return len(captured)

    ServiceRecordFactory(member=world.registered)
    count_queries()
    few = count_queries()
    for number in range(30):
        ServiceRecordFactory(member=MemberFactory(branch=(world.a1, world.b1)[number % 2]))
    assert count_queries() == few


# --- what counts, on pages and in files ---


@pytest.fixture
def contradictions(world) -> list:
    """Make a service in two ledgers (the league's is shorter), an overlap of two hours, and a source that does not count."""
    day, other = date(2018, 10, 5), date(2018, 10, 6)
    short = ServiceRecordFactory(member=world.lead, title="图书", minutes=120)
    long = ServiceRecordFactory(member=world.lead, title="图书整理", minutes=180, source=VOLUNTEERS)
    link_as_one_service(short, long)
    ServiceRecordFactory(member=world.lead, title="助老", minutes=240, served_on=day)
    start = datetime(2018, 10, 5, 11, tzinfo=BEIJING)
    ServiceRecordFactory(member=world.lead, title="助残", minutes=240, served_on=day, starts_at=start)
    ServiceRecordFactory(member=world.lead, title="院外", minutes=60, served_on=other, source=VOLUNTEERS)
    return [short, long]


def test_a_total_opens_onto_exactly_its_lines_and_tells_why_others_do_not_count(
    world, contradictions, client_of
):
    client = client_of(world.admin)
    (line,) = client.get(reverse("totals"), {"by": "member"}).context["lines"]
    shown = client.get(line[2])
    lines = list(shown.context["page"])
    assert [record.title for record in lines] == ["图书", "助残", "助老"]
    assert sum(record.counts for record in lines) == shown.context["whole"] == line[0].minutes == 480
    assert "与10月5日北京共青团的“助老”时间重叠，只计 2 小时" in shown.text
    assert "同一服务的其他记录 1 条" in shown.text
    assert "北京共青团记录 2 小时，志愿北京记录 3 小时；按通知二（二）" in shown.text
    assert {record.title for record in shown.context["rest"]} == {"图书整理", "助残", "院外"}
    assert "来源不计入评议" in shown.text


def test_one_service_is_one_line_unless_its_other_record_is_asked_for(world, contradictions, client_of):
    client, query = client_of(world.admin), {"q": world.lead.student_no}
    titles = [record.title for record in client.get(reverse("records"), query).context["page"]]
    assert titles == ["图书", "院外", "助残", "助老"]
    alone = client.get(reverse("records"), query | {"source": VOLUNTEERS}).context["page"]
    assert [record.title for record in alone] == ["图书整理", "院外"]
    for_admission = client.get(reverse("records"), query | {"count": "admission"}).context
    assert [(record.title, record.counts) for record in for_admission["page"]] == [
        ("图书整理", 180),
        ("院外", 60),
    ]


def test_the_file_has_every_record_with_what_it_counts_and_why_not_more(world, contradictions, client_of):
    header, *lines = fetch_sheet(client_of, world.admin, "records_export", q=world.lead.student_no)
    columns = [header.index(name) for name in ("项目名称", "服务时长（分钟）", "计入（分钟）", "未全计原因")]
    assert {tuple(line[column] or "" for column in columns) for line in lines} == {
        ("图书", 120, 120, ""),
        ("图书整理", 180, "", "与11月10日北京共青团的“图书”是同一服务，只计一次"),
        ("助老", 240, 240, ""),
        ("助残", 240, 120, "与10月5日北京共青团的“助老”时间重叠，只计 2 小时"),
        ("院外", 60, "", "来源不计入评议"),
    }


def test_a_record_s_page_says_what_it_counts_for_both_purposes(world, contradictions, client_of):
    short, long = contradictions
    page = client_of(world.secretary).get(long.get_absolute_url()).text
    assert "计入评议" in page
    assert "与11月10日北京共青团的“图书”是同一服务，只计一次" in page
    assert "按通知二（二）" in client_of(world.secretary).get(short.get_absolute_url()).text


def test_changed_totals_are_listed_for_those_in_scope(world, client_of):
    for member in (world.lead, world.zhang_wei_b):
        ChangedTotal.objects.create(
            member=member,
            year=2018,
            purpose="appraisal",
            before=240,
            after=120,
            reasons=["时间重叠"],
            found_at=NOW,
        )
    shown = client_of(world.secretary).get(reverse("totals_changed"))
    assert [total.member for total in shown.context["page"]] == [world.lead]
    assert "更新后有变化的时长" in client_of(world.secretary).get(reverse("totals")).text
    header, line = fetch_sheet(client_of, world.secretary, "totals_changed_export")
    assert (line[header.index("更新前（分钟）")], line[header.index("原因")]) == (240, "时间重叠")


def test_a_past_range_is_summed_by_the_branches_of_its_last_day(world, ledger, client_of, time_machine):
    """Who moved to another college afterwards still counts where they belonged, and the figure opens onto them."""
    move_person(world.quiet, date(2019, 3, 1), branch=world.b1)
    time_machine.move_to("2019-06-01 10:00 +0800")
    past = {"first": "2018-01-01", "last": "2018-12-31"}
    for user, colleges in (
        (world.admin, {"法学院": 240, "物理学院": 90}),
        (world.secretary, {"法学院": 240}),
        (world.secretary_b, {"物理学院": 90}),
    ):
        lines = client_of(user).get(reverse("totals"), past).context["lines"]
        assert {name: total.minutes for total, name, _ in lines} == colleges
        for total, _, behind in lines:
            shown = client_of(user).get(behind).context
            assert shown["whole"] == total.minutes
            assert shown["page"].paginator.count == total.records
    assert "院内" not in fetch_page(client_of, world.secretary_b, "records", **past)
    behind = f"{reverse('records')}?member={world.quiet.pk}&first=2018-01-01&last=2018-12-31"
    assert "没有找到此人" not in client_of(world.secretary).get(behind).content.decode()
    assert client_of(world.secretary_b).get(behind).context["page"].paginator.count == 0


def test_a_range_that_is_not_over_is_summed_by_the_branches_of_today(world, ledger, client_of):
    move_person(world.quiet, date(2018, 11, 20), branch=world.b1)
    _, *lines = fetch_sheet(client_of, world.admin, "totals_export")
    assert {line[0]: line[3] for line in lines} == {"法学院": 180, "物理学院": 150}
