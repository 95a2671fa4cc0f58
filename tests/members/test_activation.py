"""Who gets a code from whom, and what is stored of it."""

from datetime import timedelta

import pytest
from django.contrib.auth.hashers import BasePasswordHasher, MD5PasswordHasher, make_password
from django.core.exceptions import ValidationError
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from members.activation_rules import LENGTH, read_code
from members.models import (
    AccountEvent,
    ActivationCode,
    Branch,
    College,
    ExportLog,
    Grant,
    Member,
    Message,
    School,
    User,
)
from members.permissions import Role
from members.queries.activation import (
    compute_digest,
    count_by_branch,
    count_officers_to_activate,
    count_without_roster,
    find_code,
    list_offices_without_roster,
    mark_manageable,
    sum_all,
    sum_by_college,
)
from members.services.accounts import get_school_of, may_manage_account
from members.services.activation import explain_refusal, issue_code, issue_code_for_person, issue_codes
from tests.factories import BranchFactory, GrantFactory, MemberFactory, UserFactory, make_account
from tests.moving import correct_person

ISSUED = AccountEvent.Kind.CODE_ISSUED


@pytest.fixture(autouse=True)
def accounts_with_passwords(db, request):
    """Give the accounts of the world a password: they have activated."""
    if "world" in request.fixturenames:
        request.getfixturevalue("world")
        User.objects.update(password=make_password("long-enough-1"))


def list_names(issued) -> list[str]:
    return [one.account.name for one in issued.codes]


# --- one account ------------------------------------------------------------------------------------------------


def test_a_code_is_stored_as_a_keyed_hash_only(world):
    issued = issue_code(account=world.member, by=world.secretary)
    stored = ActivationCode.objects.get()
    letters = read_code(issued.code)
    assert len(letters) == LENGTH
    assert stored.digest == compute_digest(letters) != letters
    assert not {issued.code, letters} & {str(value) for value in vars(stored).values()}
    assert issued.address_path == reverse("activate_code", args=[issued.code])
    assert issued.expires_at == stored.expires_at == stored.issued_at + timedelta(days=30)


def test_a_code_is_found_after_the_secret_key_has_changed(world, settings):
    letters = read_code(issue_code(account=world.member, by=None).code)
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "a new key", [settings.SECRET_KEY]
    assert find_code(letters) == ActivationCode.objects.get()
    settings.SECRET_KEY_FALLBACKS = []
    assert find_code(letters) is None


def test_a_new_code_voids_the_one_before(world):
    first, second = (issue_code(account=world.member, by=world.secretary) for _ in range(2))
    assert find_code(read_code(first.code)).voided_at
    assert find_code(read_code(second.code)).is_open(timezone.now())


def test_a_new_code_is_logged_and_the_person_is_told(world):
    issued = issue_code(account=world.member, by=world.secretary)
    event = AccountEvent.objects.get(kind=ISSUED)
    assert (event.user, event.by, event.school) == (world.member, world.secretary, world.school)
    message = Message.objects.get(user=world.member)
    assert world.secretary.name in message.text
    assert issued.code not in message.title + message.text + event.note


def test_an_operator_issues_for_everybody(world):
    for account in (world.admin, world.secretary, world.branch_secretary, world.liaison, world.nobody):
        assert issue_code(account=account, by=None).account == account


@pytest.mark.parametrize(
    ("by", "account"),
    [
        ("branch_secretary", "secretary"),
        ("branch_secretary", "branch_secretary"),
        ("secretary", "admin"),
        ("secretary", "secretary_b"),
        ("secretary_b", "member"),
        ("secretary", "secretary"),
        ("admin", "admin"),
        ("member", "nobody"),
        ("liaison", "member"),
        ("nobody", "member"),
    ],
)
def test_nobody_issues_for_an_account_above_or_elsewhere(by, account, world):
    with pytest.raises(ValidationError):
        issue_code(account=getattr(world, account), by=getattr(world, by))
    assert not ActivationCode.objects.exists()


def test_a_branch_secretary_does_not_issue_for_another_office_of_the_branch(world):
    deputy = make_account(world.reported)
    GrantFactory(user=deputy, role=Role.BRANCH_SECRETARY, branch=world.a1)
    with pytest.raises(ValidationError):
        issue_code(account=deputy, by=world.branch_secretary)
    assert issue_code(account=deputy, by=world.secretary)


def test_a_disabled_account_gets_no_code(world):
    User.objects.filter(pk=world.member.pk).update(is_active=False)
    with pytest.raises(ValidationError, match="停用"):
        issue_code(account=world.member, by=world.secretary)


@pytest.mark.parametrize("state", ["transferred", "graduated"])
def test_a_person_who_has_left_gets_no_code(state, world):
    correct_person(world.missing, state=state)
    with pytest.raises(ValidationError):
        issue_code(account=world.member, by=world.admin)
    with pytest.raises(ValidationError):
        issue_code_for_person(member_id=world.missing.pk, by=world.admin)


def test_who_issues_for_oneself_is_the_office_above_or_another_admin(world):
    assert "请由上一级团委发放" in explain_refusal(by=world.secretary, account=world.secretary)
    alone = explain_refusal(by=world.admin, account=world.admin)
    assert "上一级" not in alone and "请先任命一位校团委管理员" in alone
    GrantFactory(user=UserFactory(school=world.school), role=Role.SCHOOL_ADMIN, school=world.school)
    assert "请由另一位管理员发放" in explain_refusal(by=world.admin, account=world.admin)


# --- one person of the roster -------------------------------------------------------------------------------------


def test_a_person_without_an_account_gets_one_and_a_code(world):
    issued = issue_code_for_person(member_id=world.reported.pk, by=world.branch_secretary)
    account = User.objects.get(member=world.reported)
    assert issued.account == account
    assert (account.number, account.name, account.school) == ("2018010004", "李自报", world.school)
    assert not account.has_usable_password()
    assert not account.grants.exists()


def test_a_person_out_of_scope_is_not_found(world):
    for by in (world.branch_secretary, world.secretary, world.bh.admin):
        with pytest.raises(ValidationError, match="没有找到"):
            issue_code_for_person(member_id=world.zhang_wei_b.pk, by=by)
    assert not User.objects.filter(member=world.zhang_wei_b).exists()


def test_an_account_opened_before_the_roster_came_becomes_the_persons(world):
    before = UserFactory(school=world.school, number=world.quiet.student_no, name="宋 安静")
    assert issue_code_for_person(member_id=world.quiet.pk, by=world.secretary).account == before
    before.refresh_from_db()
    assert before.member == world.quiet


def test_an_account_of_another_name_with_the_number_stays_alone(world):
    other = UserFactory(school=world.school, number=world.quiet.student_no, name="别人")
    with pytest.raises(ValidationError, match="另一个账号"):
        issue_code_for_person(member_id=world.quiet.pk, by=world.secretary)
    other.refresh_from_db()
    assert other.member is None


# --- a branch, a college, a school --------------------------------------------------------------------------------


def test_a_branch_gets_codes_in_the_order_of_its_list(world):
    issued = issue_codes(by=world.secretary, place=world.a1)
    people = Member.objects.filter(branch=world.a1).exclude(pk=world.missing.pk).in_list_order()
    # 陈支书 holds the branch's office and has a password; 阿依古丽·买买提 has a password.
    expected = [person.name for person in people if person != world.lead]
    assert list_names(issued) == expected
    assert len({one.code for one in issued.codes}) == len(expected)
    assert issued.left_out == {"已经激活": 2}


def test_people_who_have_left_are_in_no_list(world):
    issued = issue_codes(by=world.admin, place=world.school)
    assert world.transferred.name not in list_names(issued)
    assert {one.account.school for one in issued.codes} == {world.school}


def test_a_secretary_issues_in_the_own_scope_only(world):
    for by, place in (
        (world.branch_secretary, world.a2),
        (world.secretary, world.college_b),
        (world.admin, world.bh.school),
    ):
        with pytest.raises(ValidationError, match="没有需要发放"):
            issue_codes(by=by, place=place)
    assert not ActivationCode.objects.exists()


def test_a_branch_secretary_who_asks_for_the_school_gets_the_own_branch(world):
    issued = issue_codes(by=world.branch_secretary, place=world.school)
    assert {one.account.member.branch for one in issued.codes} == {world.a1}


def test_holders_of_offices_are_left_out_for_those_below(world):
    deputy = make_account(world.reported)
    User.objects.filter(pk=deputy.pk).update(password="!")
    GrantFactory(user=deputy, role=Role.BRANCH_SECRETARY, branch=world.a1)
    issued = issue_codes(by=world.branch_secretary, place=world.a1)
    assert "李自报" not in list_names(issued)
    assert issued.left_out["担任职务或是您本人，由上级发放"] == 1
    assert "李自报" in list_names(issue_codes(by=world.secretary, place=world.a1))


def test_valid_codes_can_be_kept(world):
    first = issue_code_for_person(member_id=world.reported.pk, by=world.secretary)
    issued = issue_codes(by=world.secretary, place=world.a1, only_missing=True)
    assert "李自报" not in list_names(issued)
    assert issued.left_out["已有有效的激活码"] == 1
    assert find_code(read_code(first.code)).is_open(timezone.now())
    with pytest.raises(ValidationError):
        issue_codes(by=world.secretary, place=world.a1, only_missing=True)


def test_codes_of_a_place_void_the_ones_before(world):
    first = issue_codes(by=world.secretary, place=world.a1)
    again = issue_codes(by=world.secretary, place=world.a1)
    assert again.accounts_created == 0 < first.accounts_created
    assert ActivationCode.objects.outstanding().count() == len(again.codes) == len(first.codes)


def test_codes_of_a_place_are_logged_as_an_export_and_one_event_each(world):
    issued = issue_codes(by=world.secretary, place=world.a1)
    export = ExportLog.objects.get()
    assert (export.kind, export.user, export.rows) == ("activation_slips", world.secretary, len(issued.codes))
    assert export.filters == {"branch": str(world.a1.pk)}
    assert AccountEvent.objects.filter(kind=ISSUED, by=world.secretary).count() == len(issued.codes)


def test_2000_accounts_cost_no_hash_and_a_fixed_number_of_queries(world, monkeypatch):
    small, large = BranchFactory(college=world.college_b), BranchFactory(college=world.college_b)
    MemberFactory(branch=small)
    MemberFactory.create_batch(2000, branch=large)
    hashed = []
    monkeypatch.setattr(MD5PasswordHasher, "encode", lambda *args: hashed.append(args))
    monkeypatch.setattr(BasePasswordHasher, "harden_runtime", lambda *args: hashed.append(args))
    queries = {}
    for place in (small, large):
        with CaptureQueriesContext(
            connection,
        ) as seen:
            issued = issue_codes(by=User.objects.get(pk=world.secretary_b.pk), place=place)
        queries[place] = len(seen)
        assert issued.accounts_created == len(issued.codes) == place.members.count()
    assert queries[small] == queries[large] <= 15
    assert not hashed
    assert User.objects.filter(member__branch=large).count() == 2000


def test_the_rule_for_many_is_the_rule_for_one(world):
    """For every pair of people of the world, with offices that begin later and that have ended."""
    today = timezone.localdate()
    later = make_account(world.reported)
    Grant.objects.create(
        user=later, role=Role.COLLEGE_SECRETARY, college=world.college_a, starts_on=today + timedelta(days=9)
    )
    former = make_account(world.party)
    Grant.objects.create(
        user=former, role=Role.BRANCH_SECRETARY, branch=world.a1, starts_on=today - timedelta(days=9),
        ends_on=today - timedelta(days=1),
    )  # fmt: skip
    make_account(world.zhang_wei_b), make_account(world.quiet)
    boss = UserFactory(school=world.school, is_superuser=True)
    User.objects.filter(pk=make_account(world.namesake).pk).update(is_superuser=True)
    compared = 0
    for by in User.objects.all():
        people = (
            Member.objects.visible_to(by, "account.codes").filter(user__isnull=False).select_related("user")
        )
        for person in mark_manageable(people, by, today=today):
            assert person.manageable == may_manage_account(by, person.user), (by, person)
            compared += 1
    assert boss.is_superuser
    assert compared > 20


# --- office holders in no roster ----------------------------------------------------------------------------------


def appoint_teacher(name, *, of, **term) -> User:
    """Return a teacher of the school in no roster who has not activated, with an office on the place."""
    role = {School: Role.SCHOOL_ADMIN, College: Role.COLLEGE_SECRETARY, Branch: Role.BRANCH_SECRETARY}[
        type(of)
    ]
    teacher = UserFactory(school=get_school_of(of), name=name, password="!")
    GrantFactory(user=teacher, role=role, **{type(of).__name__.lower(): of}, **term)
    return teacher


def list_offices_of_codes(issued) -> list[tuple[str, str]]:
    return [(one.account.name, one.office) for one in issued.codes if one.office]


def test_slips_of_school_and_college_include_the_office_holders_in_no_roster(world):
    tomorrow = timezone.localdate() + timedelta(days=1)
    appoint_teacher("校老师", of=world.school)
    appoint_teacher("院老师", of=world.college_a, starts_on=tomorrow)
    appoint_teacher("支部老师", of=world.a2)
    appoint_teacher("物理老师", of=world.college_b)
    of_college = [("院老师", "法学院 学院团委书记"), ("支部老师", "法学院 法学1802团支部 团支书")]
    issued = issue_codes(by=world.admin, place=world.college_a)
    assert list_offices_of_codes(issued) == of_college
    issued = issue_codes(by=world.admin, place=world.school)
    others = [("物理老师", "物理学院 学院团委书记"), ("校老师", "京华大学 校团委")]
    assert sorted(list_offices_of_codes(issued)) == sorted(of_college + others)
    assert [bool(one.office) for one in issued.codes] == sorted(bool(one.office) for one in issued.codes)
    for one in issued.codes:
        assert find_code(read_code(one.code)).account == one.account


def test_a_college_gets_only_the_teachers_to_whom_it_may_give_a_code(world):
    appoint_teacher("院老师", of=world.college_a)
    appoint_teacher("支部老师", of=world.a2)
    both = appoint_teacher("两任老师", of=world.a2)
    GrantFactory(user=both, role=Role.COLLEGE_SECRETARY, college=world.college_b)
    issued = issue_codes(by=world.secretary, place=world.college_a)
    assert [name for name, _ in list_offices_of_codes(issued)] == ["支部老师"]
    issued = issue_codes(by=world.branch_secretary, place=world.college_a)
    assert list_offices_of_codes(issued) == []


def test_teachers_without_need_of_a_code_are_left_out(world):
    yesterday = timezone.localdate() - timedelta(days=1)
    User.objects.filter(pk=appoint_teacher("已激活", of=world.college_a).pk).update(password="md5$a$b")
    User.objects.filter(pk=appoint_teacher("已停用", of=world.college_a).pk).update(is_active=False)
    appoint_teacher("已离任", of=world.college_a, starts_on=yesterday, ends_on=yesterday)
    street = appoint_teacher("街乡人", of=world.college_a)
    GrantFactory(user=street, role=Role.LIAISON, street=world.urban, school=world.bh.school)
    coded = appoint_teacher("有码", of=world.college_a)
    first = issue_code(account=coded, by=world.admin)
    issued = issue_codes(by=world.admin, place=world.college_a, only_missing=True)
    assert list_offices_of_codes(issued) == []
    assert find_code(read_code(first.code)).is_open(timezone.now())
    issued = issue_codes(by=world.admin, place=world.college_a)
    assert list_offices_of_codes(issued) == [("有码", "法学院 学院团委书记")]


def test_slips_of_office_holders_only(world):
    appoint_teacher("院老师", of=world.college_a)
    deputy = make_account(world.reported)
    User.objects.filter(pk=deputy.pk).update(password="!")
    GrantFactory(user=deputy, role=Role.BRANCH_SECRETARY, branch=world.a1)
    issued = issue_codes(by=world.admin, place=world.school, only_officers=True)
    assert list_names(issued) == ["李自报", "院老师"]
    assert issued.accounts_created == 0


def test_a_person_with_several_offices_is_counted_once_and_the_figures_are_the_slips(world):
    both = appoint_teacher("两院老师", of=world.college_a)
    GrantFactory(user=both, role=Role.COLLEGE_SECRETARY, college=world.college_b)
    GrantFactory(user=both, role=Role.SCHOOL_ADMIN, school=world.school)
    appoint_teacher("院老师", of=world.college_a)
    appoint_teacher("支部老师", of=world.a2)
    now = timezone.now()
    for by, places in (
        (world.admin, (world.school, world.college_a, world.college_b)),
        (world.secretary, (world.college_a,)),
    ):
        for place in places:
            branches = Branch.objects.visible_to(by, "account.codes")
            branches = branches.filter(college=place) if isinstance(place, College) else branches
            offices = list_offices_without_roster(by, today=timezone.localdate(now)).on_place(place)
            lines = count_by_branch(branches, now=now) + count_without_roster(offices, now=now)
            with transaction.atomic():
                issued = issue_codes(by=by, place=place)
                transaction.set_rollback(True)
            assert sum_all(lines).without == len(issued.codes), (by, place)
            assert sum_all(sum_by_college(lines)) == sum_all(lines)
    assert count_officers_to_activate(world.admin, today=timezone.localdate()) == 3
    assert count_officers_to_activate(world.secretary, today=timezone.localdate()) == 1


def test_the_rule_for_many_teachers_is_the_rule_for_one(world):
    later = timezone.localdate() + timedelta(days=9)
    for place in (world.school, world.college_a, world.a1, world.college_b, world.b1, world.bh.school):
        appoint_teacher(f"老师{place}", of=place)
    both = appoint_teacher("两任", of=world.a1)
    GrantFactory(user=both, role=Role.COLLEGE_SECRETARY, college=world.college_a, starts_on=later)
    User.objects.filter(pk=appoint_teacher("运维", of=world.college_a).pk).update(is_superuser=True)
    boss = UserFactory(school=world.school, is_superuser=True)
    today, compared = timezone.localdate(), 0
    for by in User.objects.all():
        may = set(list_offices_without_roster(by, today=today).values_list("user", flat=True))
        for account in User.objects.filter(grants__isnull=False, member=None).exclude(grants__role="liaison"):
            assert (account.pk in may) == may_manage_account(by, account), (by, account)
            compared += 1
    assert boss.is_superuser
    assert compared > 100


def test_one_and_thirty_teachers_cost_the_same_queries(world):
    def count() -> int:
        by = User.objects.get(pk=world.admin.pk)
        with CaptureQueriesContext(connection) as seen:
            issue_codes(by=by, place=world.college_a)
            rows = list_offices_without_roster(by, today=timezone.localdate())
            count_without_roster(rows, now=timezone.now())
        return len(seen)

    appoint_teacher("院老师", of=world.college_a)
    issue_codes(by=world.admin, place=world.school)  # opens the accounts
    before = count()
    for number in range(29):
        appoint_teacher(f"老师{number}", of=world.college_a)
    assert count() == before


# --- how many -----------------------------------------------------------------------------------------------------


def test_the_figures_of_branches_add_up(world):
    issue_code_for_person(member_id=world.reported.pk, by=world.secretary)
    expired = issue_code_for_person(member_id=world.party.pk, by=world.secretary)
    ActivationCode.objects.filter(account=expired.account).update(
        issued_at=timezone.now() - timedelta(days=40), expires_at=timezone.now() - timedelta(days=10)
    )
    branches = Branch.objects.visible_to(world.admin, "account.codes")
    rows = {row.branch_id: row.count for row in count_by_branch(branches, now=timezone.now())}
    a1 = rows[world.a1.pk]
    assert (a1.people, a1.activated, a1.coded, a1.without) == (11, 2, 1, 8)
    assert (rows[world.b1.pk].people, rows[world.b2.pk].people) == (1, 0)
    lines = count_by_branch(branches, now=timezone.now())
    assert [row.college for row in sum_by_college(lines)] == ["法学院", "物理学院"]
    assert sum_all(lines).people == sum(count.people for count in rows.values())


def test_a_school_cannot_get_into_a_streets_account_by_a_code(world):
    """Who issues a code sees it; the street's account checks the school, so no school may have it (§1)."""
    with pytest.raises(ValidationError, match="请重新邀请"):
        issue_code(account=world.liaison, by=world.admin)
    assert not ActivationCode.objects.filter(account=world.liaison).exists()
