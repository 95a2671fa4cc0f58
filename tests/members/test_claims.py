"""待认领: people match the rows that no rule can match."""

from datetime import date
from functools import partial

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from members.models import Member, VolunteerRecord
from members.queries.history import list_changes
from members.services import claims
from tests.factories import MemberFactory, VolunteerRecordFactory
from tests.members.overlapping import run_overlapping
from tests.world import build_world

State = VolunteerRecord.State


def claim_as(user, record, person) -> Member:
    return claims.claim_volunteer_record(
        user=user, record_id=record.pk, member_id=person.pk, reason="核对过本人"
    )


def refresh(thing):
    thing.refresh_from_db()
    return thing


def read_text(response) -> str:
    return response.content.decode()


# --- claim a row ---


def test_a_claimed_row_makes_the_person_a_registered_volunteer(world):
    claim_as(world.secretary, world.unclear, world.missing)
    person, record = refresh(world.missing), refresh(world.unclear)
    assert (person.volunteer_no, person.registered_on) == (record.volunteer_no, record.registered_on)
    assert person.registration_source == Member.Source.CLAIM
    assert "由曹书记认领" in person.registration_evidence
    assert (record.state, record.member, record.reason) == (State.MATCHED, person, "")


def test_the_history_says_who_claimed(world):
    claim_as(world.secretary, world.unclear, world.missing)
    latest = list_changes(Member.pgh_event_model.objects.filter(pgh_obj=world.missing))[0]
    assert latest.who == "曹书记"
    assert ("志愿者编号", "—", world.unclear.volunteer_no) in [(f.label, f.old, f.new) for f in latest.fields]


def test_without_a_date_in_the_list_the_date_stays_unknown_and_the_list_s_day_counts(world):
    record = VolunteerRecordFactory(
        school=world.school, college=world.college_a, registered_on=None, listed_on=date(2018, 10, 12)
    )
    person = claim_as(world.secretary, record, world.missing)
    assert (person.is_registered, person.registered_on) == (True, None)
    assert person.counts_from == date(2018, 10, 12)
    assert "名单未写注册日期，从 2018-10-12 起计为已注册" in person.registration_evidence


def test_a_claim_without_a_date_keeps_the_date_that_is_known(world):
    record = VolunteerRecordFactory(
        school=world.school,
        college=world.college_a,
        volunteer_no=world.quiet.volunteer_no,
        registered_on=None,
    )
    known = world.quiet.registered_on
    person = claim_as(world.secretary, record, world.quiet)
    assert (person.registered_on, person.counts_from) == (known, known)
    assert "未写注册日期" not in person.registration_evidence


def test_a_row_that_confirms_the_number_somebody_has_is_claimed_too(world):
    record = VolunteerRecordFactory(
        school=world.school,
        college=world.college_a,
        volunteer_no=world.quiet.volunteer_no,
        registered_on=date(2018, 10, 2),
    )
    assert claim_as(world.secretary, record, world.quiet).registered_on == date(2018, 10, 2)


def test_somebody_registered_under_another_number_is_not_claimed_again(world):
    with pytest.raises(ValidationError, match="已核实注册"):
        claim_as(world.secretary, world.unclear, world.quiet)
    assert refresh(world.unclear).state == State.UNCLEAR


def test_a_number_belongs_to_one_person(world):
    record = VolunteerRecordFactory(
        school=world.school, college=world.college_a, volunteer_no=world.quiet.volunteer_no
    )
    with pytest.raises(ValidationError, match="已登记在他人名下"):
        claim_as(world.secretary, record, world.missing)
    assert refresh(world.missing).registered_on is None


def test_a_row_is_claimed_once(world):
    claim_as(world.secretary, world.unclear, world.missing)
    with pytest.raises(ValidationError, match="名单已有变化"):
        claim_as(world.secretary, world.unclear, world.namesake)
    assert refresh(world.namesake).registered_on is None


@pytest.mark.parametrize("who", ["secretary_b", "branch_secretary", "member", "liaison", "nobody"])
def test_nobody_outside_the_scope_claims(world, who):
    with pytest.raises(ValidationError, match="名单已有变化"):
        claim_as(getattr(world, who), world.unclear, world.missing)


def test_nobody_is_claimed_in_another_college_or_school(world):
    for person in (world.transferred, world.bh.zhang_wei):
        with pytest.raises(ValidationError, match="管理范围"):
            claim_as(world.secretary, world.unclear, person)
    with pytest.raises(ValidationError, match="管理范围"):
        claim_as(world.admin, world.unclear, world.bh.zhang_wei)


@pytest.mark.django_db(transaction=True)
def test_of_two_rows_for_one_person_at_once_one_is_claimed():
    world = build_world()
    other = VolunteerRecordFactory(school=world.school, college=world.college_a)
    first, second = run_overlapping(
        partial(claim_as, world.secretary, world.unclear, world.missing),
        partial(claim_as, world.admin, other, world.missing),
    )
    assert first.volunteer_no == world.unclear.volunteer_no
    assert "已核实注册" in second.messages[0]
    assert refresh(world.missing).volunteer_no == world.unclear.volunteer_no
    assert refresh(other).state == State.UNCLEAR


@pytest.mark.django_db(transaction=True)
def test_of_two_people_for_one_row_at_once_one_gets_it():
    world = build_world()
    first, second = run_overlapping(
        partial(claim_as, world.secretary, world.unclear, world.missing),
        partial(claim_as, world.admin, world.unclear, world.namesake),
    )
    assert first == world.missing
    assert "名单已有变化" in second.messages[0]
    assert refresh(world.namesake).registered_on is None


# --- mark rows as 非本校人员 and restore them ---


def test_rows_are_dismissed_together_or_not_at_all(world):
    with pytest.raises(ValidationError, match="名单已有变化"):
        claims.dismiss_volunteer_records(
            user=world.secretary, record_ids=[world.unclear.pk, world.unclear_b.pk]
        )
    assert refresh(world.unclear).state == State.UNCLEAR
    assert (
        claims.dismiss_volunteer_records(user=world.admin, record_ids=[world.unclear.pk, world.unclear_b.pk])
        == 2
    )


def test_a_dismissed_row_comes_back(world):
    claims.dismiss_volunteer_records(user=world.secretary, record_ids=[world.unclear.pk])
    assert refresh(world.unclear).state == State.DISMISSED
    claims.restore_volunteer_record(user=world.secretary, record_id=world.unclear.pk)
    assert refresh(world.unclear).state == State.UNCLEAR


# --- pages ---


def test_everybody_sees_the_rows_of_the_own_scope(world, client_of):
    def list_record_names(user):
        return {record.name for record in client_of(user).get(reverse("claims")).context["page"]}

    assert list_record_names(world.secretary) == {"严待领"}
    assert list_record_names(world.secretary_b) == {"岳待领"}
    assert list_record_names(world.admin) == {"严待领", "岳待领", "龚待领"}
    assert list_record_names(world.bh.admin) == {"魏待领"}


def test_a_row_is_claimed_by_student_number(world, client_of):
    url = reverse("claim", args=[world.unclear.pk])
    page = client_of(world.secretary).post(
        url, {"student_no": f" {world.missing.student_no} ", "reason": "核对过本人"}, follow=True
    )
    assert "已核实注册" in read_text(page)
    assert refresh(world.missing).volunteer_no == world.unclear.volunteer_no


@pytest.mark.parametrize("number", ["2018999999", "2018020001", "2018020002"])
def test_a_wrong_or_foreign_number_is_refused_in_place_and_kept(world, client_of, number):
    """2018020001 and 2018020002 are people of college_b; the secretary of college_a may not see them."""
    page = client_of(world.secretary).post(reverse("claim", args=[world.unclear.pk]), {"student_no": number})
    form = page.context["form"]
    assert form.errors["student_no"] == ["没有在您的管理范围内找到这个学号。"]
    assert form["student_no"].value() == number
    assert refresh(world.unclear).state == State.UNCLEAR


def test_people_of_the_same_name_are_suggested_from_the_own_scope(world, client_of):
    record = VolunteerRecordFactory(school=world.school, college=world.college_a, name="张伟")
    page = client_of(world.secretary).get(reverse("claim", args=[record.pk]))
    suggested = page.context["record"].suggestions
    assert suggested == [world.namesake, world.registered]
    assert world.namesake.phone not in read_text(page)
    assert record.phone not in read_text(page)
    assert refresh(world.namesake).registered_on is None


def test_the_list_dismisses_and_restores(world, client_of):
    client = client_of(world.secretary)
    page = client.post(reverse("claims"), {"record": [world.unclear.pk], "do": "dismiss"}, follow=True)
    assert "已将 1 条标记为非本校人员" in read_text(page)
    assert refresh(world.unclear).state == State.DISMISSED
    page = client.post(reverse("claims") + "?state=dismissed", {"restore": world.unclear.pk}, follow=True)
    assert "已恢复为待认领" in read_text(page)
    assert refresh(world.unclear).state == State.UNCLEAR


def test_nothing_ticked_is_said(world, client_of):
    page = client_of(world.secretary).post(reverse("claims"), {"do": "dismiss"}, follow=True)
    assert "请先勾选要标记的记录。" in read_text(page)


def test_a_foreign_row_is_not_found_and_not_dismissed(world, client_of):
    client = client_of(world.secretary)
    assert client.get(reverse("claim", args=[world.unclear_b.pk])).status_code == 404
    page = client.post(reverse("claims"), {"record": [world.unclear_b.pk]}, follow=True)
    assert "名单已有变化" in read_text(page)
    assert refresh(world.unclear_b).state == State.UNCLEAR


def test_the_list_is_searched_by_name_and_number(world, client_of):
    client = client_of(world.admin)
    for words in ("岳待", world.unclear_b.volunteer_no):
        page = client.get(reverse("claims"), {"q": words}).context["page"]
        assert [record.name for record in page] == ["岳待领"]


def test_the_list_asks_the_same_of_1_and_of_25_rows(world, client_of):
    client = client_of(world.secretary)
    found = []
    for count in (0, 24):
        for _ in range(count):
            record = VolunteerRecordFactory(school=world.school, college=world.college_a)
            MemberFactory(branch=world.a1, name=record.name)
        client.get(reverse("claims"))
        with CaptureQueriesContext(connection) as queries:
            page = client.get(reverse("claims"))
        assert len(page.context["page"]) == 1 + count
        found.append(len(queries))
    assert found[0] == found[1]


def test_another_name_needs_a_reason(world):
    record, person = world.unclear, world.missing
    assert record.name_key != person.name_key
    with pytest.raises(ValidationError, match="请写明原因"):
        claims.claim_volunteer_record(user=world.admin, record_id=record.pk, member_id=person.pk)
    claims.claim_volunteer_record(user=world.admin, record_id=record.pk, member_id=person.pk, reason="改过名")
    person.refresh_from_db()
    assert "改过名" in person.registration_evidence


def test_a_person_of_the_same_name_is_taken_with_one_button(world, client_of):
    VolunteerRecord.objects.filter(pk=world.unclear.pk).update(
        name=world.missing.name, name_key=world.missing.name_key
    )
    client = client_of(world.secretary)
    address = reverse("claim", args=[world.unclear.pk])
    assert f'value="{world.missing.student_no}"' in client.get(address).content.decode()
    client.post(address, {"student_no": world.missing.student_no})
    world.missing.refresh_from_db()
    assert world.missing.registered_on
