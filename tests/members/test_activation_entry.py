"""Entering and using codes: what is refused, that refusals are alike, attempts that count, and two at once."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from unittest.mock import Mock

import pytest
from django.core.cache import cache
from django.core.exceptions import ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from members.activation_rules import MOST_WRONG, build_code, count_codes, read_code
from members.models import AccountEvent, ActivationCode, Member, Message, User
from members.permissions import Role
from members.services import activation_entry
from members.services.activation import issue_code, issue_code_for_person, issue_codes
from members.services.activation_entry import (
    REFUSED,
    SCANS,
    TOO_MANY_SCANS,
    enter_code,
    open_code,
    tell_of_void_codes,
    use_code,
)
from members.tasks import tell_of_void_codes as tell_task
from tests.factories import GrantFactory, UserFactory, make_account
from tests.inbox import find_inbox

ADDRESS = "192.0.2.1"
WRONG = build_code(7)
PASSWORD = "chrysantheme-77"


@pytest.fixture
def issued(world):
    return issue_code_for_person(member_id=world.reported.pk, by=world.secretary)


def enter(world, issued, **changed):
    values = {
        "number": issued.account.number,
        "typed": issued.code,
        "school": world.school,
        "address": ADDRESS,
    }
    return enter_code(**values | changed)


def use(issued, **changed):
    code = ActivationCode.objects.get(account=issued.account, used_at=None, voided_at=None)
    return use_code(**{"code_id": code.pk, "address": ADDRESS, "password": PASSWORD} | changed)


# --- entering -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "number", ["2018010004", "２０１８０１０００４", " 2018 010004 ", "2018010004\u200b"]
)
def test_number_and_code_fit_in_every_spelling(number, world, issued):
    typed = issued.code.lower().replace("-", " ")
    assert enter(world, issued, number=number, typed=typed).account == issued.account


def test_the_school_decides_between_two_people_with_one_number(world):
    """BH's 张伟 has the student number of JH's."""
    ours = issue_code_for_person(member_id=world.registered.pk, by=world.secretary)
    theirs = issue_code_for_person(member_id=world.bh.zhang_wei.pk, by=world.bh.secretary)
    assert ours.account.number == theirs.account.number
    assert enter(world, theirs, school=world.bh.school).account == theirs.account
    with pytest.raises(ValidationError):
        enter(world, theirs, school=world.school)
    assert enter(world, ours, school=None).account == ours.account


def make_refusals(world, issued) -> dict[str, dict]:
    """What is wrong → how to enter it. Every kind has a number, a code or both that exist."""
    expired, used, void, disabled = (
        issue_code_for_person(member_id=person.pk, by=world.secretary)
        for person in (world.party, world.namesake, world.quiet, world.activist)
    )
    past = timezone.now() - timedelta(days=31)
    ActivationCode.objects.filter(account=expired.account).update(
        issued_at=past, expires_at=past + timedelta(days=30)
    )
    use(used)
    ActivationCode.objects.filter(account=void.account).update(voided_at=timezone.now())
    User.objects.filter(pk=disabled.account.pk).update(is_active=False)
    make_account(world.candidate)
    return {
        "unknown number": {"number": "2018999999"},
        "number without an account": {"number": world.applicant.student_no},
        "number without a code": {"number": world.candidate.student_no},
        "number of another school": {"school": world.bh.school},
        "wrong code": {"typed": WRONG},
        "code of somebody else": {"number": issued.account.number, "typed": void.code},
        **{
            state: {"number": of.account.number, "typed": of.code}
            for state, of in (("expired", expired), ("used", used), ("void", void), ("disabled", disabled))
        },
    }


def test_all_refusals_are_alike_in_text_queries_and_rows(world, issued):
    seen = {}
    for kind, changed in make_refusals(world, issued).items():
        before = AccountEvent.objects.filter(kind="code_refused").count()
        with (
            CaptureQueriesContext(connection) as queries,
            pytest.raises(ValidationError) as refusal,
        ):
            enter(world, issued, **changed, address=f"198.51.100.{len(seen)}")
        written = AccountEvent.objects.filter(kind="code_refused").count() - before
        seen[kind] = (refusal.value.messages, [query["sql"].split(" ", 1)[0] for query in queries], written)
    assert len(seen) == 10
    assert {str(answer) for answer in seen.values()} == {str(seen["unknown number"])}
    assert seen["unknown number"][0] == [REFUSED]
    assert enter(world, issued)


def test_a_refused_entry_is_logged_without_what_was_typed(world, issued):
    with pytest.raises(ValidationError):
        enter(world, issued, typed=WRONG)
    event = AccountEvent.objects.get(kind="code_refused")
    assert (event.user, event.school, event.address, event.note) == (
        issued.account,
        world.school,
        ADDRESS,
        "",
    )


# --- attempts -----------------------------------------------------------------------------------------------------


def list_void(reader) -> list[Message]:
    """Return the messages of a void code in somebody's 消息."""
    return list(Message.objects.visible_to(reader, "message.view").filter(title__contains="已作废"))


def test_after_three_mistakes_a_number_waits_at_its_address(world, issued):
    for _ in range(3):
        with pytest.raises(ValidationError, match="不正确"):
            enter(world, issued, typed=WRONG)
    with pytest.raises(ValidationError, match="秒后再试"):
        enter(world, issued)
    assert enter(world, issued, address="192.0.2.2")


def test_a_number_that_nobody_has_waits_as_well(world):
    for pattern in ("不正确", "不正确", "不正确", "秒后再试"):
        with pytest.raises(ValidationError, match=pattern):
            enter_code(number="2018999999", typed=WRONG, school=world.school, address=ADDRESS)


def test_the_right_code_forgets_the_mistakes(world, issued, monkeypatch):
    def guess_three_times():
        for _ in range(3):
            with pytest.raises(ValidationError, match="不正确"):
                enter(world, issued, typed=WRONG)

    monkeypatch.setattr(activation_entry, "compute_wait", lambda mistakes: timedelta())
    guess_three_times()
    assert enter(world, issued)
    monkeypatch.undo()
    guess_three_times()
    with pytest.raises(ValidationError, match="秒后再试"):
        enter(world, issued)


def test_a_code_is_void_after_twenty_mistakes_from_anywhere_and_the_office_is_told(world, issued):
    for attempt in range(MOST_WRONG):
        assert enter(world, issued, address=f"203.0.113.{attempt}")
        with pytest.raises(ValidationError):
            enter(world, issued, typed=WRONG, address=f"203.0.113.{attempt}")
    with pytest.raises(ValidationError, match="不正确"):
        enter(world, issued, address="192.0.2.9")
    code = ActivationCode.objects.get(account=issued.account)
    assert code.voided_at and code.wrong_attempts == MOST_WRONG
    for _ in range(2):
        tell_task()
    (message,) = list_void(world.secretary)
    assert issued.account.name in message.title
    assert issued.code not in message.title + message.text


def test_the_issuer_and_the_college_are_told_of_a_void_code_once(world):
    issued = issue_code_for_person(member_id=world.reported.pk, by=world.branch_secretary)
    now = timezone.now()
    ActivationCode.objects.filter(account=issued.account).update(wrong_attempts=MOST_WRONG, voided_at=now)
    for _ in range(2):
        tell_of_void_codes(now=now)
    readers = (world.branch_secretary, world.secretary, world.secretary_b, world.admin)
    told = [reader for reader in readers if list_void(reader)]
    assert told == [world.branch_secretary, world.secretary]
    assert len(list_void(world.secretary)) == 1


def test_of_an_issuer_who_has_left_the_successor_is_told_of_a_void_code(world):
    issued = issue_code_for_person(member_id=world.reported.pk, by=world.branch_secretary)
    world.branch_secretary.grants.filter(role=Role.BRANCH_SECRETARY).delete()
    successor = UserFactory(school=world.school)
    GrantFactory(user=successor, role=Role.BRANCH_SECRETARY, branch=world.reported.branch)
    now = timezone.now()
    ActivationCode.objects.filter(account=issued.account).update(wrong_attempts=MOST_WRONG, voided_at=now)
    tell_of_void_codes(now=now)
    assert find_inbox(successor).filter(title__contains="已作废").count() == 1
    assert not find_inbox(world.branch_secretary).exists()


def test_the_school_is_told_of_a_void_code_of_a_teacher(world):
    issued = issue_code(account=world.nobody, by=None)
    now = timezone.now()
    ActivationCode.objects.filter(account=issued.account).update(wrong_attempts=MOST_WRONG, voided_at=now)
    tell_of_void_codes(now=now)
    assert len(list_void(world.admin)) == 1
    assert not list_void(world.secretary)


def test_10_000_guesses_of_codes_open_nothing_and_are_cut_off(world, issued):
    """100 attackers with addresses of their own try 100 codes each, for people who hold a code."""
    issue_codes(by=world.admin, place=world.school)
    numbers = list(
        User.objects.filter(activation_codes__isnull=False).values_list("number", flat=True).distinct()
    )
    answers = {"opened": 0, "checked": 0, "cut off": 0}
    step = count_codes() // 10_000
    for guess in range(10_000):
        attacker = guess % 100
        try:
            enter_code(
                number=numbers[attacker % len(numbers)], typed=build_code(guess * step), school=world.school,
                address=f"198.51.100.{attacker}",
            )  # fmt: skip
            answers["opened"] += 1
        except ValidationError as refusal:
            answers["checked" if refusal.messages == [REFUSED] else "cut off"] += 1
    # Each attacker has three free attempts, and more only after delays of 5, 10, 20 … s.
    assert answers["opened"] == 0
    assert 300 <= answers["checked"] <= 1_000
    assert answers["cut off"] == 10_000 - answers["checked"]


def test_10_000_guesses_by_links_open_nothing_and_are_cut_off(world, issued):
    answers = {REFUSED: 0, TOO_MANY_SCANS: 0}
    for guess in range(10_000):
        with pytest.raises(ValidationError) as refusal:
            open_code(typed=build_code(guess), address=ADDRESS)
        answers[refusal.value.messages[0]] += 1
    assert answers == {REFUSED: SCANS, TOO_MANY_SCANS: 10_000 - SCANS}
    with pytest.raises(ValidationError, match="改为填写"):
        open_code(typed=issued.code, address=ADDRESS)
    assert open_code(typed=issued.code, address="192.0.2.2").account == issued.account
    # The right person behind the same address still gets in.
    assert enter(world, issued).account == issued.account


# --- using --------------------------------------------------------------------------------------------------------


def test_a_password_of_ones_own_ends_the_order_to_change_it(world, issued):
    User.objects.filter(pk=issued.account.pk).update(must_change_password=True)
    use(issued)
    assert not User.objects.get(pk=issued.account.pk).must_change_password


def test_a_used_code_sets_the_password_and_is_over(world, issued):
    account = use(issued)
    assert account.check_password(PASSWORD)
    assert AccountEvent.objects.get(kind="activated").user == account
    assert Message.objects.filter(user=account, title__contains="已激活").exists()
    with pytest.raises(ValidationError):
        enter(world, issued)
    with pytest.raises(ActivationCode.DoesNotExist):
        use(issued)
    with pytest.raises(ValidationError):
        use_code(code_id=ActivationCode.objects.get().pk, address=ADDRESS, password="another-long-one-9")
    account.refresh_from_db()
    assert account.check_password(PASSWORD)


def test_binding_a_campus_identity_ends_the_forgotten_password(world, issued):
    use(issued)
    again = issue_code(account=issued.account, by=world.secretary)
    account = use(again, password=None)
    assert not account.has_usable_password()
    assert "校园登录" in AccountEvent.objects.filter(kind="activated").first().note


@pytest.mark.parametrize("password", ["short", "12345678901", "password123", "2018010004a"])
def test_a_weak_password_leaves_the_code_open(password, world, issued):
    with pytest.raises(ValidationError):
        use(issued, password=password)
    assert enter(world, issued)


def test_a_code_that_was_opened_and_then_replaced_is_refused(world, issued):
    opened = open_code(typed=issued.code, address=ADDRESS)
    issue_code(account=issued.account, by=world.secretary)
    with pytest.raises(ValidationError):
        use_code(code_id=opened.pk, address=ADDRESS, password=PASSWORD)


def test_a_code_that_expires_between_opening_and_use_is_refused(world, issued):
    opened = open_code(typed=issued.code, address=ADDRESS)
    with pytest.raises(ValidationError):
        use_code(code_id=opened.pk, address=ADDRESS, password=PASSWORD, now=issued.expires_at)


def run_at_once(*works):
    """Run the works at the same time in threads; return "done" or "refused" for each."""
    start = Barrier(len(works))

    def run(work):
        try:
            start.wait(20)
            work()
            return "done"
        except ValidationError:
            return "refused"
        finally:
            connection.close()

    with ThreadPoolExecutor(len(works)) as threads:
        return sorted(threads.map(run, works))


@pytest.mark.django_db(transaction=True)
def test_of_two_people_with_one_code_one_succeeds(transactional_db, world_template):
    world = world_template.copy()
    for person in (world.reported, world.party, world.namesake):
        issued = issue_code_for_person(member_id=person.pk, by=world.secretary)
        code = ActivationCode.objects.get(account=issued.account)
        chosen = [f"{PASSWORD}-{n}" for n in range(4)]
        works = [
            lambda password=password, code=code: use_code(code_id=code.pk, address=ADDRESS, password=password)
            for password in chosen
        ]
        assert run_at_once(*works) == ["done", "refused", "refused", "refused"]
        account = User.objects.get(pk=issued.account.pk)
        assert sum(account.check_password(password) for password in chosen) == 1
        assert AccountEvent.objects.filter(kind="activated", user=account).count() == 1


@pytest.mark.django_db(transaction=True)
def test_two_issues_at_once_leave_one_open_code_each(transactional_db, world_template):
    world = world_template.copy()
    works = [
        lambda: issue_codes(by=world.secretary, place=world.a1),
        lambda: issue_codes(by=world.admin, place=world.school),
        lambda: issue_code_for_person(member_id=world.reported.pk, by=world.secretary),
        lambda: issue_codes(by=world.branch_secretary, place=world.a1),
    ]
    assert run_at_once(*works) == ["done"] * 4
    people = Member.objects.filter(school=world.school).exclude(state="transferred")
    offices = User.objects.filter(member__isnull=False, grants__isnull=False)
    assert User.objects.filter(member__in=people).count() == people.count()
    open_codes = ActivationCode.objects.outstanding()
    assert open_codes.filter(account__member__in=people).count() == people.count()
    accounts = open_codes.values_list("account", flat=True)
    assert len(set(accounts)) == len(accounts)
    assert offices.filter(activation_codes__isnull=False).exists()


@pytest.mark.django_db(transaction=True)
def test_using_and_replacing_a_code_at_once_never_block_each_other(transactional_db, world_template):
    world = world_template.copy()
    for _ in range(5):
        issued = issue_code_for_person(member_id=world.reported.pk, by=world.secretary)
        code = ActivationCode.objects.outstanding().get(account=issued.account)
        answers = run_at_once(
            lambda code=code: use_code(code_id=code.pk, address=ADDRESS, password=PASSWORD),
            lambda account=issued.account: issue_code(account=account, by=world.secretary),
        )
        assert answers in (["done", "done"], ["done", "refused"])
        assert ActivationCode.objects.outstanding().filter(account=issued.account).count() == 1


@pytest.mark.django_db(transaction=True)
def test_guesses_at_once_do_not_slip_through_the_delay(transactional_db, world_template):
    world = world_template.copy()
    issued = issue_code_for_person(member_id=world.reported.pk, by=world.secretary)
    answers = run_at_once(*[lambda: enter(world, issued, typed=WRONG)] * 12)
    assert answers == ["refused"] * 12
    assert ActivationCode.objects.get(account=issued.account).wrong_attempts == 3


def test_the_cache_holds_no_number(world, issued, monkeypatch):
    asked = Mock(wraps=cache)
    monkeypatch.setattr(activation_entry, "cache", asked)
    enter(world, issued)
    keys = str(asked.mock_calls)
    assert "activation:tries" in keys
    assert issued.account.number not in keys
    assert read_code(issued.code) not in keys
