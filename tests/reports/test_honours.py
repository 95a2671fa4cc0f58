"""Honours: the gate of 二(二) and 四.3 at every step, places, 公示, and frozen titles."""

import threading
from datetime import date

import pytest
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.db import DatabaseError, IntegrityError, connection, transaction

from activities.models import ServiceRecord
from activities.services.counting import count_members
from members.models import Member
from reports.models import HonourTitle, Nomination
from reports.queries.honours import judge_nominations
from reports.services.eligibility import ask_exception, decide_exception
from reports.services.honour_titles import (
    announce_title,
    create_title,
    decide_title,
    delete_title,
    edit_title,
    reopen_title,
)
from reports.services.honours import choose_nomination, drop_nomination, withdraw_nomination
from tests.factories import NOT_REGISTERED, MemberFactory, ServiceRecordFactory
from tests.inbox import find_inbox
from tests.moving import move_person
from tests.reports.honouring import NOW, choose_as, make_title, make_twenty_hours, nominate_as
from tests.world import build_world


@pytest.fixture
def title(world):
    return make_title(world)


@pytest.fixture
def open_nomination(world, title):
    make_twenty_hours(world.registered)
    return nominate_as(world, title, world.registered)


@pytest.fixture
def chosen_nomination(world, open_nomination):
    return choose_as(world, open_nomination)


@pytest.fixture
def decided_nomination(world, title, chosen_nomination):
    announce_title(user=world.admin, title_id=title.pk, now=NOW)
    decide_title(user=world.admin, title_id=title.pk, now=NOW)
    chosen_nomination.refresh_from_db()
    return chosen_nomination


def lose_registration(member):
    """Clear the registration, as its revocation does."""
    Member.objects.filter(pk=member.pk).update(**NOT_REGISTERED)


# --- the gate at nomination ---------------------------------------------------------------------------------------


def test_who_fulfils_everything_stands_with_the_verdict_kept(open_nomination, world):
    assert open_nomination.state == "nominated"
    assert open_nomination.judged["open"] is True
    assert open_nomination.judged["figures"]["minutes"] == 1200
    assert open_nomination.judged["rules"]["required_minutes"] == 1200
    assert [row["citation"] for row in open_nomination.judged["conditions"]] == ["二（二）、四.3"] * 2
    assert open_nomination.judged["branch"] == world.a1.name
    assert open_nomination.judged["at"] == "2018-12-03T10:00:00+08:00"


@pytest.mark.parametrize("kind", ["person", "party"])
def test_who_is_barred_is_refused_with_every_reason_and_its_clause(world, kind):
    title = make_title(world, kind=kind)
    with pytest.raises(ValidationError) as refusal:
        nominate_as(world, title, world.missing)
    (text,) = refusal.value.messages
    assert "不能参评校级荣誉" in text
    assert "注册志愿者未核实，要求已核实注册，还差志愿者注册核实（通知二（二）、四.3）" in text
    assert "年度服务时长0 小时，要求20 小时，还差 20 小时（通知二（二）、四.3）" in text
    assert not Nomination.objects.exists()


@pytest.mark.parametrize(("minutes", "stands"), [(1199, False), (1200, True)])
def test_the_line_is_at_twenty_hours(world, title, minutes, stands):
    ServiceRecordFactory(member=world.party, minutes=minutes)
    if stands:
        assert nominate_as(world, title, world.party).judged["open"]
    else:
        with pytest.raises(ValidationError, match="还差 1 分钟"):
            nominate_as(world, title, world.party)


def test_below_the_floor_of_the_year_nobody_is_barred(world):
    title = make_title(
        world, user=world.secretary, level="college", college=world.college_a, name="院级优秀团员"
    )
    nomination = nominate_as(world, title, world.missing)
    assert (nomination.judged["honour_bar"], nomination.judged["open"]) == (True, True)


@pytest.mark.parametrize(("level", "stands"), [("school", True), ("city", False), ("nation", False)])
def test_the_year_may_bar_from_the_city_only(world, level, stands):
    world.year.member_honour_floor = "city"
    world.year.save()
    title = make_title(world, level=level)
    if stands:
        assert nominate_as(world, title, world.missing).judged["floor"] == "city"
    else:
        with pytest.raises(ValidationError, match="二（二）"):
            nominate_as(world, title, world.missing)


def test_an_exception_opens_no_honour(world, title):
    asked = ask_exception(
        user=world.branch_secretary, member_id=world.lead.pk, year=world.year, grounds="支教", now=NOW
    )
    decide_exception(user=world.admin, exception_id=asked.pk, granted=True, reason="属实", now=NOW)
    with pytest.raises(ValidationError, match="不能参评校级荣誉"):
        nominate_as(world, title, world.lead)


@pytest.mark.parametrize(
    ("who", "reason"),
    [("activist", "只评议团员，2018-12-31 为入团积极分子"), ("suspended", "2018-12-31 不在籍（休学）")],
)
def test_who_is_not_judged_does_not_stand(world, title, who, reason):
    make_twenty_hours(getattr(world, who))
    with pytest.raises(ValidationError, match=reason):
        nominate_as(world, title, getattr(world, who))


def test_a_branch_stands_by_its_rate(world):
    title = make_title(world, kind="branch", name="活力团支部")
    with pytest.raises(
        ValidationError, match=r"不能参评校级荣誉：团员注册率50\.00 %（3/6），.*还差 3 人（通知四.3）"
    ):
        nominate_as(world, title, world.a1)
    nomination = nominate_as(world, title, world.a2, user=world.secretary)
    assert nomination.judged["figures"]["registered"] == 1
    with pytest.raises(ValidationError, match="没有在籍团员"):
        nominate_as(world, title, world.b2, user=world.secretary_b)


def test_the_semester_visit_is_no_condition_of_honours(world, title):
    world.year.semester_visit_is_gate = True
    world.year.save()
    make_twenty_hours(world.registered)
    assert nominate_as(world, title, world.registered).judged["open"]


# --- who nominates ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("who", ["secretary_b", "admin", "member", "liaison", "nobody"])
def test_others_do_not_nominate(world, title, who):
    make_twenty_hours(world.registered)
    with pytest.raises(ValidationError, match="没有找到"):
        nominate_as(world, title, world.registered, user=getattr(world, who))


def test_where_the_college_nominates_the_branch_does_not(world):
    title = make_title(world, nominated_by="college")
    make_twenty_hours(world.registered)
    with pytest.raises(ValidationError, match="不能由您申报"):
        nominate_as(world, title, world.registered)
    nomination = nominate_as(world, title, world.registered, user=world.secretary)
    with pytest.raises(ValidationError, match="由学院申报"):
        withdraw_nomination(user=world.branch_secretary, nomination_id=nomination.pk, reason="误报", now=NOW)


def test_a_college_s_title_is_for_its_own_people(world):
    title = make_title(world, user=world.secretary, level="college", college=world.college_a)
    with pytest.raises(ValidationError, match="没有找到这项荣誉"):
        nominate_as(world, title, world.zhang_wei_b, user=world.secretary_b)


def test_nobody_stands_twice_but_again_after_a_withdrawal(world, title, open_nomination):
    with pytest.raises(ValidationError, match="已申报"):
        nominate_as(world, title, world.registered, user=world.secretary)
    withdraw_nomination(user=world.branch_secretary, nomination_id=open_nomination.pk, reason="误报", now=NOW)
    assert nominate_as(world, title, world.registered).pk != open_nomination.pk


def test_after_the_open_time_nobody_is_added(world, title, chosen_nomination):
    announce_title(user=world.admin, title_id=title.pk, now=NOW)
    make_twenty_hours(world.party)
    with pytest.raises(ValidationError, match="已结束申报"):
        nominate_as(world, title, world.party)


# --- titles -------------------------------------------------------------------------------------------------------


def test_a_college_sets_up_its_own_level_only(world):
    for changes in ({"level": "school"}, {"level": "college", "college": world.college_b}):
        with pytest.raises(ValidationError):
            make_title(world, user=world.secretary, **changes)
    assert not HonourTitle.objects.exists()


def test_the_list_for_the_party_is_of_school_level(world):
    with pytest.raises(ValidationError, match="级别请选择校级"):
        make_title(world, kind="party", level="city")


def test_the_same_title_is_not_set_up_twice(world, title):
    with pytest.raises(ValidationError, match="同级别、同名称"):
        make_title(world)


def test_places_are_never_fewer_than_given(world, title, chosen_nomination):
    make_twenty_hours(world.party)
    choose_as(world, nominate_as(world, title, world.party))
    with pytest.raises(ValidationError, match="已拟表彰 2 人"):
        edit_title(user=world.admin, title_id=title.pk, name="优秀", places=1, nominated_by="college")


def test_places_are_lowered_to_the_number_given_after_the_first_is_dropped(world, title, chosen_nomination):
    make_twenty_hours(world.party)
    second = choose_as(world, nominate_as(world, title, world.party))
    drop_nomination(user=world.admin, nomination_id=chosen_nomination.pk, reason="材料不全", now=NOW)
    edit_title(user=world.admin, title_id=title.pk, name="优秀", places=1, nominated_by="college")
    second.refresh_from_db()
    title.refresh_from_db()
    assert (title.places, second.place) == (1, 1)


def test_a_gap_from_before_closes_when_the_places_are_lowered_or_the_title_is_decided(
    world, title, chosen_nomination
):
    Nomination.objects.filter(pk=chosen_nomination.pk).update(place=2)
    edit_title(user=world.admin, title_id=title.pk, name="优秀", places=1, nominated_by="college")
    chosen_nomination.refresh_from_db()
    assert chosen_nomination.place == 1
    edit_title(user=world.admin, title_id=title.pk, name="优秀", places=3, nominated_by="college")
    Nomination.objects.filter(pk=chosen_nomination.pk).update(place=3)
    announce_title(user=world.admin, title_id=title.pk, now=NOW)
    decide_title(user=world.admin, title_id=title.pk, now=NOW)
    chosen_nomination.refresh_from_db()
    assert chosen_nomination.place == 1


def test_a_title_with_nominations_is_not_deleted(world, title, open_nomination):
    with pytest.raises(ValidationError, match="已有申报"):
        delete_title(user=world.admin, title_id=title.pk)
    empty = make_title(world, name="空")
    delete_title(user=world.admin, title_id=empty.pk)
    assert not HonourTitle.objects.filter(pk=empty.pk).exists()


@pytest.mark.parametrize("who", ["secretary", "branch_secretary", "member"])
def test_a_title_of_the_school_is_the_school_s(world, title, open_nomination, who):
    user = getattr(world, who)
    for step in (announce_title, decide_title, reopen_title, delete_title):
        with pytest.raises(ValidationError, match="没有找到这项荣誉"):
            step(user=user, title_id=title.pk)
    for service in (choose_nomination, drop_nomination):
        with pytest.raises(ValidationError, match="没有找到这项申报"):
            service(
                user=user,
                nomination_id=open_nomination.pk,
                **({"reason": "否"} if service is drop_nomination else {}),
            )


# --- deciding -----------------------------------------------------------------------------------------------------


def test_places_are_numbered_and_close_up_when_one_becomes_free(world, title, chosen_nomination):
    make_twenty_hours(world.party, world.lead)
    second = choose_as(world, nominate_as(world, title, world.party))
    third = nominate_as(world, title, world.lead)
    assert (chosen_nomination.place, second.place) == (1, 2)
    with pytest.raises(ValidationError, match="名额已满（2/2）"):
        choose_as(world, third)
    drop_nomination(user=world.admin, nomination_id=chosen_nomination.pk, reason="材料不全", now=NOW)
    second.refresh_from_db()
    assert second.place == 1
    assert choose_as(world, third).place == 2
    assert find_inbox(world.branch_secretary).get().text.endswith("材料不全")


def test_dropped_by_mistake_it_is_chosen_again(world, title, chosen_nomination):
    drop_nomination(user=world.admin, nomination_id=chosen_nomination.pk, reason="误操作", now=NOW)
    assert choose_as(world, chosen_nomination).state == "chosen"


def test_who_is_barred_since_gets_no_place(world, open_nomination):
    lose_registration(world.registered)
    with pytest.raises(ValidationError, match=r"还差志愿者注册核实（通知二（二）、四\.3）"):
        choose_as(world, open_nomination)
    open_nomination.refresh_from_db()
    assert (open_nomination.state, open_nomination.place) == ("nominated", None)


@pytest.mark.parametrize("step", ["announce", "decide"])
def test_who_is_barred_since_stops_the_title_until_dropped(world, title, chosen_nomination, step):
    make_twenty_hours(world.party)
    choose_as(world, nominate_as(world, title, world.party))
    if step == "decide":
        announce_title(user=world.admin, title_id=title.pk, now=NOW)
    ServiceRecord.objects.filter(member=world.registered).update(
        state="voided", voided_at=NOW, voided_by=world.secretary, void_reason="重复登记"
    )
    count_members([world.registered.pk])
    service = announce_title if step == "announce" else decide_title
    with pytest.raises(ValidationError) as refusal:
        service(user=world.admin, title_id=title.pk, now=NOW)
    assert "张伟：不能参评校级荣誉" in refusal.value.messages[0]
    drop_nomination(user=world.admin, nomination_id=chosen_nomination.pk, reason="不再符合条件", now=NOW)
    service(user=world.admin, title_id=title.pk, now=NOW)


def test_nothing_is_announced_without_anybody_nor_decided_before(world, title, open_nomination):
    with pytest.raises(ValidationError, match="还没有拟表彰对象"):
        announce_title(user=world.admin, title_id=title.pk, now=NOW)
    with pytest.raises(ValidationError, match="只有公示中的荣誉可以确定"):
        decide_title(user=world.admin, title_id=title.pk, now=NOW)


def test_in_publication_somebody_goes_and_after_reopening_another_comes(world, title, chosen_nomination):
    make_twenty_hours(world.party)
    other = nominate_as(world, title, world.party)
    announce_title(user=world.admin, title_id=title.pk, now=NOW)
    with pytest.raises(ValidationError, match="不能再增加"):
        choose_as(world, other)
    drop_nomination(user=world.admin, nomination_id=chosen_nomination.pk, reason="公示期有异议", now=NOW)
    reopen_title(user=world.admin, title_id=title.pk)
    assert choose_as(world, other).place == 1


def test_nobody_decides_on_the_own(world, title, chosen_nomination):
    world.admin.member = world.registered
    for service, values in ((choose_nomination, {}), (drop_nomination, {"reason": "否"})):
        if service is choose_nomination:
            Nomination.objects.filter(pk=chosen_nomination.pk).update(
                state="nominated", place=None, decided_at=None, decided_by=None
            )
        with pytest.raises(ValidationError, match="本人"):
            service(user=world.admin, nomination_id=chosen_nomination.pk, **values)


def test_decided_it_is_frozen_and_those_who_were_not_chosen_are_told_apart(world, title, chosen_nomination):
    make_twenty_hours(world.party)
    other = nominate_as(world, title, world.party, user=world.secretary)
    announce_title(user=world.admin, title_id=title.pk, now=NOW)
    title = decide_title(user=world.admin, title_id=title.pk, now=NOW)
    other.refresh_from_db()
    assert (title.state, title.decided_by, other.state) == ("decided", world.admin, "dropped")
    for user in (world.secretary, world.branch_secretary):
        assert find_inbox(user).filter(title__startswith="荣誉已确定").count() == 1


def test_the_verdict_stays_when_records_rules_and_branch_change(world, decided_nomination):
    kept = dict(decided_nomination.judged_at_decision)
    lose_registration(world.registered)
    world.year.required_minutes = 2400
    world.year.save()
    move_person(world.registered, date(2018, 12, 31), branch=world.a2)
    row = Nomination.objects.with_names().get(pk=decided_nomination.pk)
    now = judge_nominations(row.title, [row])[row.pk]
    assert row.judged_at_decision == kept
    assert (kept["open"], now["open"]) == (True, False)
    assert (kept["branch"], now["branch"]) == (world.a1.name, world.a2.name)


# --- what the database refuses ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "changes",
    [{"grounds": "改写"}, {"state": "dropped"}, {"place": 2}, {"judged_at_decision": {"open": True}}],
)
def test_what_is_decided_is_not_changed_even_by_sql(decided_nomination, changes):
    with pytest.raises(DatabaseError, match="荣誉已确定"), transaction.atomic():
        Nomination.objects.filter(pk=decided_nomination.pk).update(**changes)
    with pytest.raises(DatabaseError, match="不能删除"), transaction.atomic():
        Nomination.objects.filter(pk=decided_nomination.pk).delete()
    for change in ({"name": "改写"}, {"state": "open", "decided_at": None}):
        with pytest.raises(DatabaseError, match="荣誉已确定"), transaction.atomic():
            HonourTitle.objects.filter(pk=decided_nomination.title_id).update(**change)


def test_nobody_is_put_on_a_decided_list_by_sql(world, decided_nomination):
    with pytest.raises(DatabaseError, match="荣誉已确定"), transaction.atomic():
        make_nomination(world, decided_nomination.title, member=world.party)


@pytest.mark.parametrize("change", [{"grounds": "改写"}, {"judged": {"open": True}}])
def test_what_was_said_at_nomination_is_not_rewritten(open_nomination, change):
    with pytest.raises(DatabaseError, match="申报时的内容和资格不能修改"), transaction.atomic():
        Nomination.objects.filter(pk=open_nomination.pk).update(**change)


def make_nomination(world, title, **values):
    fields = {"grounds": "…", "nominated_at": NOW, "nominated_by": world.secretary, "judged": {"open": True}}
    return Nomination.objects.create(title=title, **fields | values)


PLACED = {"state": "chosen", "decided_at": NOW, "judged_at_decision": {"open": True}}
BREAKS = {
    "honour_name_once": lambda w, t, n: make_title_directly(w, name=t.name),
    "honour_of_a_college_is_its_own": lambda w, t, n: make_title_directly(w, level="college"),
    "honour_kind_known": lambda w, t, n: make_title_directly(w, kind="party", level="city"),
    "honour_nominator_known": lambda w, t, n: make_title_directly(w, nominated_by="anybody"),
    "honour_has_a_place": lambda w, t, n: make_title_directly(w, places=0),
    "honour_state_with_its_dates": lambda w, t, n: make_title_directly(w, state="announced"),
    "nomination_place_once": lambda w, t, n: make_nomination(
        w, t, member=w.party, place=n.place, decided_by=w.admin, **PLACED
    ),
    "nomination_once_per_person": lambda w, t, n: make_nomination(w, t, member=n.member),
    "nomination_once_per_branch": lambda w, t, n: [
        make_nomination(w, make_title(w, kind="branch", name="活力"), branch=w.a2),
        make_nomination(w, HonourTitle.objects.get(name="活力"), branch=w.a2),
    ],
    "nomination_of_a_person_or_a_branch": lambda w, t, n: make_nomination(w, t),
    "nomination_with_grounds": lambda w, t, n: make_nomination(w, t, member=w.party, grounds=""),
    "nomination_passed_the_gate": lambda w, t, n: make_nomination(
        w, t, member=w.party, judged={"open": False}
    ),
    "nomination_place_passed_the_gate": lambda w, t, n: make_nomination(
        w, t, member=w.party, place=2, decided_by=w.admin, **PLACED | {"judged_at_decision": {"open": False}}
    ),
    "nomination_state_with_its_signer": lambda w, t, n: make_nomination(
        w, t, member=w.party, state="dropped"
    ),
}


def make_title_directly(world, **changes):
    values = {"year": world.year, "name": "另一项", "level": "school", "places": 1}
    return HonourTitle.objects.create(**values | changes)


@pytest.mark.parametrize("name", BREAKS)
def test_the_constraint_refuses(world, title, chosen_nomination, name):
    with pytest.raises(IntegrityError) as refusal, transaction.atomic():
        BREAKS[name](world, title, chosen_nomination)
    assert refusal.value.__cause__.diag.constraint_name == name


def test_every_constraint_is_broken_once():
    models = (HonourTitle, Nomination)
    assert {constraint.name for model in models for constraint in model._meta.constraints} == BREAKS.keys()


def test_places_and_kind_are_held_by_the_database(world, title, chosen_nomination):
    wrong = (
        lambda: make_nomination(world, title, member=world.party, place=3, decided_by=world.admin, **PLACED),
        lambda: make_nomination(world, title, branch=world.a2),
        lambda: HonourTitle.objects.filter(pk=title.pk).update(places=0),
    )
    for write in wrong:
        with pytest.raises(IntegrityError, match="名额"), transaction.atomic():
            write()
    with pytest.raises(IntegrityError, match="不能修改"), transaction.atomic():
        HonourTitle.objects.filter(pk=title.pk).update(level="nation")


def test_title_college_and_people_are_of_one_school(world, title):
    with pytest.raises(IntegrityError, match="不属于同一所学校"), transaction.atomic():
        make_nomination(world, title, member=world.bh.zhang_wei)
    with pytest.raises(IntegrityError, match="不属于同一所学校"), transaction.atomic():
        make_title_directly(world, level="college", college=world.bh.college_a)


def test_the_admin_has_no_way_around():
    assert not {HonourTitle, Nomination} & admin.site._registry.keys()


# --- two concurrent tabs ------------------------------------------------------------------------------------------


def run_at_once(*works) -> list[str]:
    """Run the works at once; return what each gave: the state of a nomination, or the refusal."""
    start, answers = threading.Barrier(len(works)), []

    def run(work):
        start.wait(20)
        try:
            answers.append(work().state)
        except ValidationError as refusal:
            answers.append(refusal.messages[0])
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(work,)) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return sorted(answers)


@pytest.mark.django_db(transaction=True)
def test_two_tabs_and_one_place_make_one_winner():
    world = build_world()
    title = make_title(world, places=1)
    people = [MemberFactory(branch=world.a1, registered=True) for _ in range(4)]
    make_twenty_hours(*people)
    rows = [nominate_as(world, title, person) for person in people]
    answers = run_at_once(*[lambda row=row: choose_as(world, row) for row in rows])
    assert answers == ["chosen", *["名额已满（1/1），请先取消一项拟表彰。"] * 3]
    assert title.nominations.chosen().count() == 1


@pytest.mark.django_db(transaction=True)
def test_two_who_nominate_at_the_same_time_make_one():
    world = build_world()
    title = make_title(world)
    make_twenty_hours(world.registered)
    answers = run_at_once(
        *[
            lambda user=user: nominate_as(world, title, world.registered, user=user)
            for user in (world.secretary, world.branch_secretary)
        ]
    )
    assert answers == ["nominated", "张伟已申报这项荣誉。"]


@pytest.mark.django_db(transaction=True)
def test_a_place_and_the_publication_at_the_same_time_leave_no_unchecked_place():
    world = build_world()
    title = make_title(world)
    make_twenty_hours(world.registered, world.party)
    choose_as(world, nominate_as(world, title, world.registered))
    late = nominate_as(world, title, world.party)
    answers = run_at_once(
        lambda: announce_title(user=world.admin, title_id=title.pk, now=NOW), lambda: choose_as(world, late)
    )
    assert answers in (["announced", "chosen"], ["announced", "这项荣誉已进入公示，不能再增加拟表彰对象。"])


@pytest.mark.django_db(transaction=True)
def test_two_equal_titles_set_up_at_the_same_time_make_one(monkeypatch):
    world, checked, found_free = build_world(), HonourTitle.validate_constraints, threading.Barrier(2)
    mine = threading.local()

    def wait_for_the_other(title):
        checked(title)
        if not hasattr(mine, "waited"):
            mine.waited = found_free.wait(20)

    monkeypatch.setattr(HonourTitle, "validate_constraints", wait_for_the_other)
    answers = run_at_once(lambda: make_title(world), lambda: make_title(world))
    assert answers == ["open", "本年度已有同级别、同名称的荣誉。"]
    assert HonourTitle.objects.count() == 1


def test_a_title_of_another_school_is_not_found(world):
    with pytest.raises(ValidationError):
        create_title(
            user=world.bh.admin,
            year=world.year,
            name="优秀",
            kind="person",
            level="school",
            places=1,
            nominated_by="branch",
        )


def test_a_nomination_dropped_twice_in_one_second_is_told_twice(world, title, chosen_nomination):
    for reason in ("材料不全", "名额调整"):
        drop_nomination(user=world.admin, nomination_id=chosen_nomination.pk, reason=reason, now=NOW)
        choose_as(world, chosen_nomination)
    assert find_inbox(world.branch_secretary).count() == 2
