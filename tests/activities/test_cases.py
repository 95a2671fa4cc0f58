"""台账核对: cases are settled singly or in bulk, and a decision is kept (requirements §3)."""

from datetime import date

import pytest
from django.core.exceptions import ValidationError
from django.urls import reverse
from django.utils import timezone

from activities.models import (
    CountedRecord,
    MissingRecord,
    OverlapDecision,
    RecordLink,
    ServiceRecord,
    SettledCase,
)
from activities.queries.differences import find_differences
from activities.services.cases import reopen_cases, settle_cases
from activities.services.linking import link_members
from members.models import Member, Message
from members.models.years import Source
from tests.activities.ledger import make_moment, make_secretary_of_member
from tests.factories import ServiceRecordFactory, make_account

BEIJING_LEDGER = Source.VOLUNTEER_BEIJING
YEAR = (date(2018, 1, 1), date(2018, 12, 31))


def make_timed(member, first: int, last: int, *, day: int = 10, **more) -> ServiceRecord:
    start, end = make_moment(day, first), make_moment(day, last)
    values = {"starts_at": start, "ends_at": end, "minutes": (last - first) * 60, "served_on": start.date()}
    return ServiceRecordFactory(member=member, **(values | more))


@pytest.fixture
def overlap(world):
    """Make two records of one ledger that overlap for an hour: 9–12 and 11–13."""
    records = make_timed(world.quiet, 9, 12, title="助老"), make_timed(world.quiet, 11, 13, title="助学")
    link_members([world.quiet.pk])
    return records


def count_minutes(member) -> int:
    rows = CountedRecord.objects.filter(member=member).values_list("appraisal", flat=True)
    return sum(rows)


def list_cases(kind: str, *, settled: bool = False) -> list[list[int]]:
    return list(find_differences(Member.objects.all(), *YEAR, kind, settled=settled))


def settle(user, kind: str, action: str, *cases, reason: str = "已到平台核对") -> int:
    return settle_cases(user=user, kind=kind, action=action, cases=cases, reason=reason)


def reopen(user, kind: str, *cases, reason: str = "处理有误") -> int:
    return reopen_cases(user=user, kind=kind, cases=cases, reason=reason)


def test_an_overlap_is_listed_with_the_record_that_loses_first(world, overlap):
    assert count_minutes(world.quiet) == 240
    first, second = overlap
    assert list_cases("overlap") == [[second.pk, first.pk]]


def test_keeping_an_overlap_takes_it_from_the_list_and_changes_nothing(world, overlap):
    settle(world.secretary, "overlap", "keep", *list_cases("overlap"))
    link_members([world.quiet.pk])
    assert count_minutes(world.quiet) == 240
    assert list_cases("overlap") == []
    assert len(list_cases("overlap", settled=True)) == 1


def test_a_record_whose_time_is_wrong_counts_like_one_without_times(world, overlap):
    settle(world.secretary, "overlap", "count", *list_cases("overlap"))
    assert OverlapDecision.objects.get().record == overlap[1]
    assert count_minutes(world.quiet) == 300
    assert list_cases("overlap") == []


def test_voiding_leaves_the_other_record_and_tells_the_person(
    world, overlap, django_capture_on_commit_callbacks
):
    account = make_account(world.quiet)
    with django_capture_on_commit_callbacks(execute=True):
        settle(world.secretary, "overlap", "void", *list_cases("overlap"))
    assert ServiceRecord.objects.get(pk=overlap[1].pk).state == "voided"
    assert count_minutes(world.quiet) == 180
    assert Message.objects.filter(user=account).exists()


def test_doubtful_links_become_certain_or_two_services(world):
    pair = [
        ServiceRecordFactory(member=world.quiet, source=source, title=title, minutes=120)
        for source, title in ((Source.LEAGUE, "社区服务"), (BEIJING_LEDGER, "慰问老人"))
    ]
    link_members([world.quiet.pk])
    RecordLink.objects.filter(member=world.quiet).update(doubtful=True)
    assert list_cases("doubtful") == [sorted(record.pk for record in pair)]
    settle(world.secretary, "doubtful", "same", *list_cases("doubtful"))
    assert list_cases("doubtful") == []
    assert RecordLink.objects.by_hand().count() == 2


def test_different_minutes_of_one_service_may_stay(world):
    for source, minutes in ((Source.LEAGUE, 120), (BEIJING_LEDGER, 150)):
        ServiceRecordFactory(member=world.quiet, source=source, title="助老", minutes=minutes)
    link_members([world.quiet.pk])
    assert len(list_cases("minutes")) == 1
    settle(world.secretary, "minutes", "keep", *list_cases("minutes"))
    assert list_cases("minutes") == []
    assert count_minutes(world.quiet) == 120


def test_a_day_never_counts_more_than_24_hours_and_is_listed(world):
    for title in ("助老", "助残"):
        ServiceRecordFactory(member=world.quiet, title=title, minutes=1200, starts_at=None, ends_at=None)
    link_members([world.quiet.pk])
    assert count_minutes(world.quiet) == 1440
    ((losing, *_),) = list_cases("day_full")
    settle(world.secretary, "day_full", "void", *list_cases("day_full"))
    assert ServiceRecord.objects.get(pk=losing).state == "voided"
    assert count_minutes(world.quiet) == 1200


@pytest.mark.parametrize(("action", "outcome", "minutes"), [("keep", "kept", 120), ("void", "voided", 0)])
def test_a_missing_record_is_kept_or_voided(world, action, outcome, minutes):
    record = ServiceRecordFactory(member=world.quiet, minutes=120)
    link_members([world.quiet.pk])
    MissingRecord.objects.create(record=record, filename="新文件.xlsx", found_at=timezone.now())
    assert list_cases("missing") == [[record.pk]]
    settle(world.secretary, "missing", action, [record.pk])
    found = MissingRecord.objects.get()
    assert (found.outcome, found.settled_by, found.reason) == (outcome, world.secretary, "已到平台核对")
    assert count_minutes(world.quiet) == minutes
    assert list_cases("missing") == []


def test_many_cases_are_settled_at_once(world):
    for day in (5, 6, 7):
        for first, last in ((9, 12), (10, 13)):
            make_timed(world.quiet, first, last, day=day, title=f"{first}点")
    link_members([world.quiet.pk])
    assert settle(world.secretary, "overlap", "keep", *list_cases("overlap")) == 3
    assert list_cases("overlap") == []


def test_a_case_that_has_changed_meanwhile_is_refused(world, overlap):
    (case,) = list_cases("overlap")
    settle(world.secretary, "overlap", "keep", case)
    with pytest.raises(ValidationError, match="已有变化"):
        settle(world.secretary, "overlap", "keep", case)


@pytest.mark.parametrize(
    ("kind", "action", "reason", "words"),
    [
        ("overlap", "", "核对", "请选择"),
        ("overlap", "same", "核对", "请选择"),
        ("only_league", "keep", "核对", "请选择"),
        ("overlap", "keep", " ", "原因"),
    ],
)
def test_a_decision_needs_a_way_and_a_reason(world, overlap, kind, action, reason, words):
    with pytest.raises(ValidationError, match=words):
        settle(world.secretary, kind, action, *list_cases("overlap"), reason=reason)


def test_nobody_settles_cases_out_of_scope_or_the_own_ones(world, overlap):
    cases = list_cases("overlap")
    with pytest.raises(ValidationError, match="已有变化"):
        settle(world.secretary_b, "overlap", "keep", *cases)
    with pytest.raises(ValidationError, match="本人"):
        settle(make_secretary_of_member(world.quiet), "overlap", "keep", *cases)


def test_the_page_settles_ticked_cases_and_keeps_ticks_after_a_refusal(world, overlap, client_of):
    client = client_of(world.secretary)
    address = reverse("differences") + "?kind=overlap&first=2018-01-01&last=2018-12-31"
    page = client.get(address).content.decode()
    key = "-".join(map(str, list_cases("overlap")[0]))
    assert f'value="{key}"' in page
    refused = client.post(address, {"chosen": [key], "decision": "keep"}).content.decode()
    assert f'value="{key}" checked' in refused
    assert client.post(address, {"chosen": [key], "decision": "keep", "reason": "已核对"}).status_code == 302
    assert "没有这一类情况" in client.get(address).content.decode()


@pytest.mark.parametrize("chosen", ["1-x", "", "999999999999999999999", "-"])
def test_a_forged_tick_is_refused_in_words(world, overlap, client_of, chosen):
    answer = client_of(world.secretary).post(
        reverse("differences") + "?kind=overlap", {"chosen": [chosen], "decision": "keep", "reason": "核对"}
    )
    assert answer.status_code == 200
    assert "勾选" in answer.content.decode()


def test_a_missing_record_says_which_file_lacks_it(world, client_of):
    record = ServiceRecordFactory(member=world.quiet, minutes=120)
    link_members([world.quiet.pk])
    MissingRecord.objects.create(record=record, filename="新文件.xlsx", found_at=timezone.now())
    page = client_of(world.secretary).get(reverse("differences"), {"kind": "missing"}).content.decode()
    assert "导入的“新文件.xlsx”中没有" in page
    assert reverse("record_link", args=[record.pk]) not in page


def test_an_overlap_says_which_record_would_be_voided(world, overlap, client_of):
    page = client_of(world.secretary).get(reverse("differences"), {"kind": "overlap"}).content.decode()
    assert "作废第一条记录" in page


def test_the_page_of_a_ledgers_record_leads_to_the_decision_on_its_service(world, overlap, client_of):
    record = overlap[0]
    link = reverse("record_link", args=[record.pk])
    assert link in client_of(world.secretary).get(record.get_absolute_url()).content.decode()
    assert link not in client_of(make_account(world.quiet)).get(record.get_absolute_url()).content.decode()


def test_a_kept_case_is_open_again_once_the_decision_is_taken_back(world, overlap):
    (case,) = list_cases("overlap")
    settle(world.secretary, "overlap", "keep", case)
    assert reopen(world.secretary, "overlap", case) == 1
    assert (list_cases("overlap"), list_cases("overlap", settled=True)) == ([case], [])
    assert not SettledCase.objects.exists()
    settle(world.secretary, "overlap", "void", case)


def test_the_history_keeps_a_decision_that_is_taken_back_with_the_reason(world, overlap):
    (case,) = list_cases("overlap")
    settle(world.secretary, "overlap", "keep", case)
    reopen(world.secretary, "overlap", case, reason="看错了")
    events = SettledCase.pgh_event_model.objects.order_by("pgh_id")
    assert [event.pgh_context.metadata["reason"] for event in events] == ["已到平台核对", "看错了"]


def test_only_the_ticked_ones_of_many_kept_cases_are_opened_again(world):
    for day in (5, 6, 7):
        for first, last in ((9, 12), (10, 13)):
            make_timed(world.quiet, first, last, day=day, title=f"{first}点")
    link_members([world.quiet.pk])
    cases = list_cases("overlap")
    settle(world.secretary, "overlap", "keep", *cases)
    assert reopen(world.secretary, "overlap", *cases[:2]) == 2
    assert (list_cases("overlap"), list_cases("overlap", settled=True)) == (cases[:2], cases[2:])


def test_a_time_held_to_be_wrong_is_listed_as_settled_and_counts_again_when_taken_back(world, overlap):
    (case,) = list_cases("overlap")
    settle(world.secretary, "overlap", "count", case)
    assert list_cases("overlap", settled=True) == [[overlap[1].pk]]
    assert count_minutes(world.quiet) == 300
    reopen(world.secretary, "overlap", [overlap[1].pk])
    assert not OverlapDecision.objects.exists()
    assert count_minutes(world.quiet) == 240
    assert (list_cases("overlap"), list_cases("overlap", settled=True)) == ([case], [])


def test_a_kept_missing_record_is_missing_again_when_the_decision_is_taken_back(world):
    record = ServiceRecordFactory(member=world.quiet, minutes=120)
    link_members([world.quiet.pk])
    MissingRecord.objects.create(record=record, filename="新文件.xlsx", found_at=timezone.now())
    settle(world.secretary, "missing", "keep", [record.pk])
    assert list_cases("missing", settled=True) == [[record.pk]]
    reopen(world.secretary, "missing", [record.pk])
    found = MissingRecord.objects.get()
    assert (found.outcome, found.settled_at, found.settled_by, found.reason) == ("", None, None, "")
    assert (list_cases("missing"), list_cases("missing", settled=True)) == ([[record.pk]], [])


def test_a_case_is_opened_again_only_while_it_is_settled_and_with_a_reason(world, overlap):
    (case,) = list_cases("overlap")
    with pytest.raises(ValidationError, match="已有变化"):
        reopen(world.secretary, "overlap", case)
    settle(world.secretary, "overlap", "keep", case)
    with pytest.raises(ValidationError, match="原因"):
        reopen(world.secretary, "overlap", case, reason=" ")
    with pytest.raises(ValidationError, match="已有变化"):
        reopen(world.secretary_b, "overlap", case)
    with pytest.raises(ValidationError, match="本人"):
        reopen(make_secretary_of_member(world.quiet), "overlap", case)
    assert list_cases("overlap", settled=True) == [case]


SETTLED = "?kind={}&settled=yes&first=2018-01-01&last=2018-12-31"


def test_the_page_of_settled_cases_takes_the_ticked_ones_back(world, overlap, client_of):
    (case,) = list_cases("overlap")
    settle(world.secretary, "overlap", "count", case)
    client, address = client_of(world.secretary), reverse("differences") + SETTLED.format("overlap")
    page = client.get(address).text
    assert "恢复核对" in page
    assert "按没有起止时间计入：已到平台核对" in page
    key = str(overlap[1].pk)
    refused = client.post(address, {"chosen": [key], "decision": "reopen"}).text
    assert f'value="{key}" checked' in refused
    assert client.post(address, {"chosen": [key], "decision": "reopen", "reason": "看错"}).status_code == 302
    assert list_cases("overlap") == [case]


def test_settled_cases_get_no_other_decision_than_to_be_opened_again(world, overlap, client_of):
    (case,) = list_cases("overlap")
    settle(world.secretary, "overlap", "keep", case)
    address = reverse("differences") + SETTLED.format("overlap")
    entered = {"chosen": ["-".join(map(str, case))], "decision": "void", "reason": "核对"}
    assert client_of(world.secretary).post(address, entered).status_code == 200
    assert ServiceRecord.objects.filter(state="voided").count() == 0


def test_the_page_says_why_a_missing_record_was_kept(world, client_of):
    record = ServiceRecordFactory(member=world.quiet, minutes=120)
    link_members([world.quiet.pk])
    MissingRecord.objects.create(record=record, filename="新文件.xlsx", found_at=timezone.now())
    settle(world.secretary, "missing", "keep", [record.pk])
    page = client_of(world.secretary).get(reverse("differences") + SETTLED.format("missing")).text
    assert "保留：已到平台核对" in page


@pytest.mark.parametrize("reason", ["已核对", ""])
def test_a_case_settled_in_another_tab_is_refused_in_words_although_the_list_is_empty(
    world, overlap, client_of, reason
):
    (case,) = list_cases("overlap")
    settle(world.secretary, "overlap", "keep", case)
    address = reverse("differences") + "?kind=overlap&first=2018-01-01&last=2018-12-31"
    entered = {"chosen": ["-".join(map(str, case))], "decision": "keep", "reason": reason}
    page = client_of(world.secretary).post(address, entered).text
    assert "没有这一类情况" in page
    assert page.index("名单已有变化") < page.index("没有这一类情况")
    assert ('<strong class="notice-title">原因</strong>' in page) == (not reason)


def test_a_decision_is_refused_in_words_when_another_kind_is_the_first_meanwhile(world, overlap, client_of):
    (case,) = list_cases("overlap")
    settle(world.secretary, "overlap", "keep", case)
    address = reverse("differences") + "?first=2018-01-01&last=2018-12-31"
    entered = {"chosen": ["-".join(map(str, case))], "decision": "keep", "reason": "已核对"}
    page = client_of(world.secretary).post(address, entered).text
    assert '<strong class="notice-title">处理</strong>' in page


def test_the_form_is_sent_for_the_kind_that_the_page_shows(world, overlap, client_of):
    page = client_of(world.secretary).get(reverse("differences") + "?first=2018-01-01&last=2018-12-31").text
    assert 'action="?first=2018-01-01&amp;last=2018-12-31&amp;kind=overlap"' in page


def test_the_decision_on_an_overlap_says_that_the_time_of_the_first_record_is_left_out(
    world, overlap, client_of
):
    page = client_of(world.secretary).get(reverse("differences"), {"kind": "overlap"}).text
    assert "第一条的时间登记有误：按没有起止时间计入" in page
    assert "此后它不与任何记录重叠" in page
    assert "两条都计入" not in page
