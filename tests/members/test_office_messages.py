"""A message to an office follows the office: the people who hold it now read it, nobody else."""

import ast
from datetime import date, datetime, timedelta

import pytest
from django.db import connection
from django.template.loader import get_template
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from members.models import Branch, Grant, Message, MessageReading
from members.permissions import Role, RoleHeld
from members.queries.receivers import (
    build_branch_office,
    build_college_office,
    build_liaison_office,
    build_school_office,
    find_offices_of,
)
from members.services.accounts import end_grant
from members.services.messages import mark_all_read, mark_read
from members.services.notify import notify
from tests.factories import BEIJING, GrantFactory, UserFactory, make_liaison
from tests.inbox import find_inbox
from volunteer_portal.settings import BASE_DIR

INBOX = reverse("messages")
CHANGE = date(2019, 9, 1)


def tell(to, number: int = 1, **values) -> None:
    notify(to, "export_failed", INBOX, key=f"due:{number}", problem=values.get("problem", "请尽快完成。"))


@pytest.fixture
def change(world, time_machine):
    """The secretary of college A leaves on 31 August 2019 and a successor begins on 1 September; it is 20 August."""
    time_machine.move_to(datetime(2019, 8, 20, 9, tzinfo=BEIJING), tick=False)
    world.successor = UserFactory(school=world.school, name="继任书记")
    world.secretary.grants.update(ends_on=CHANGE - timedelta(days=1))
    GrantFactory(user=world.successor, role="college_secretary", college=world.college_a, starts_on=CHANGE)
    return world


def test_at_midnight_of_the_change_the_messages_pass_to_the_successor(change, time_machine):
    tell(build_college_office(change.college_a.pk))
    time_machine.move_to(datetime(2019, 8, 31, 23, 59, 59, tzinfo=BEIJING), tick=False)
    assert find_inbox(change.secretary).unread().count() == 1
    assert not find_inbox(change.successor).exists()
    time_machine.move_to(datetime(2019, 9, 1, 0, 0, 0, tzinfo=BEIJING), tick=False)
    assert not find_inbox(change.secretary).exists()
    assert find_inbox(change.successor).unread().count() == 1


def test_what_the_office_had_read_before_the_change_is_not_unread_for_the_successor(change, time_machine):
    office = build_college_office(change.college_a.pk)
    tell(office, 1)
    tell(office, 2)
    mark_read(user=change.secretary, message_id=Message.objects.get(key="due:1").pk)
    time_machine.move_to(datetime(2019, 9, 1, 8, tzinfo=BEIJING), tick=False)
    inbox = find_inbox(change.successor)
    assert inbox.count() == 2
    assert [message.key for message in inbox.unread()] == ["due:2"]
    assert [message.key for message in inbox.narrow("read")] == ["due:1"]
    assert {message.key: message.is_read for message in inbox.with_reading()} == {
        "due:1": True,
        "due:2": False,
    }


def test_a_vacancy_keeps_the_messages_for_the_next_holder(world):
    end_grant(grant=world.secretary.grants.get(), on=timezone.localdate())
    Grant.objects.update(ends_on=timezone.localdate() - timedelta(days=1))
    tell(build_college_office(world.college_a.pk))
    assert Message.objects.count() == 1
    next_holder = UserFactory(school=world.school)
    GrantFactory(user=next_holder, role="college_secretary", college=world.college_a)
    assert find_inbox(next_holder).unread().count() == 1


def test_several_holders_each_read_for_themselves(world, client_of):
    second = UserFactory(school=world.school)
    GrantFactory(user=second, role="college_secretary", college=world.college_a)
    tell(build_college_office(world.college_a.pk))
    message = Message.objects.get()
    client_of(world.secretary).post(reverse("message_open", args=[message.pk]))
    assert not find_inbox(world.secretary).unread().exists()
    assert find_inbox(second).unread().count() == 1
    assert mark_all_read(user=second) == 1
    assert mark_all_read(user=second) == 0
    assert MessageReading.objects.count() == 2


def test_each_office_reads_its_own_messages_only(world, client_of):
    offices = {
        world.admin: build_school_office(world.school.pk),
        world.secretary: build_college_office(world.college_a.pk),
        world.secretary_b: build_college_office(world.college_b.pk),
        world.branch_secretary: build_branch_office(world.a1.pk),
        world.liaison: build_liaison_office(world.urban.pk, world.school.pk),
        world.bh.admin: build_school_office(world.bh.school.pk),
        world.bh.secretary: build_college_office(world.bh.college_a.pk),
    }
    for number, office in enumerate(offices.values()):
        tell(office, number)
    for number, user in enumerate(offices):
        assert [message.key for message in find_inbox(user)] == [f"due:{number}"]
        for message in Message.objects.exclude(key=f"due:{number}"):
            assert client_of(user).post(reverse("message_open", args=[message.pk])).status_code == 404
    for user in (world.member, world.nobody):
        assert not find_inbox(user).exists()
    assert not MessageReading.objects.exists()


def test_a_liaison_of_another_street_reads_nothing(world):
    other = make_liaison(world.suburban, world.school, number="S1002", name="大榆树干部")
    tell(build_liaison_office(world.urban.pk, world.school.pk))
    assert not find_inbox(other).exists()


def test_a_liaison_of_one_school_reads_nothing_of_another_school(world):
    other = make_liaison(world.urban, world.bh.school, number="S1003", name="清河干部乙")
    tell(build_liaison_office(world.urban.pk, world.school.pk), 1)
    tell(build_liaison_office(world.urban.pk, world.bh.school.pk), 2)
    assert [message.key for message in find_inbox(world.liaison)] == ["due:1"]
    assert [message.key for message in find_inbox(other)] == ["due:2"]


def test_after_the_last_role_the_own_messages_stay_readable(world, client_of):
    world.secretary.grants.update(ends_on=timezone.localdate() - timedelta(days=1))
    tell([build_college_office(world.college_a.pk)], 1)
    tell(world.secretary, 2, problem="您的任期已结束")
    page = client_of(world.secretary).get(INBOX)
    assert [message.key for message in page.context["page"]] == ["due:2"]
    assert page.context["unread_messages"] == 1


def test_the_same_reason_is_told_to_an_office_once(world):
    for _ in range(3):
        tell([build_college_office(world.college_a.pk), world.secretary.grants.get(), world.secretary])
    assert find_inbox(world.secretary).count() == 2  # one to the office, one to the person
    assert Message.objects.count() == 2


def test_two_offices_of_one_person_have_one_inbox(world):
    GrantFactory(user=world.secretary, role="branch_secretary", branch=world.a2)
    tell([build_college_office(world.college_a.pk), build_branch_office(world.a2.pk)])
    assert sorted(message.office for message in find_inbox(world.secretary)) == [
        "法学1802团支部 团支书",
        "法学院 学院团委书记",
    ]


def test_the_inbox_names_the_office(world, client_of):
    tell(build_college_office(world.college_a.pk))
    assert "发给：法学院 学院团委书记" in client_of(world.secretary).get(INBOX).content.decode()


def test_the_count_on_every_page_is_one_query_for_any_number_of_offices(world, client_of):
    for branch in (world.a1, world.a2, world.b1):
        GrantFactory(user=world.secretary, role="branch_secretary", branch=branch)
        tell(build_branch_office(branch.pk))
    tell(build_college_office(world.college_a.pk))
    tell(world.secretary)
    with CaptureQueriesContext(connection) as queries:
        page = client_of(world.secretary).get(reverse("teams"))
    assert page.context["unread_messages"] == 5
    assert len([query for query in queries if "members_message" in query["sql"]]) == 1


def test_many_receivers_take_as_many_queries_as_one(world):
    def count(receivers, number):
        with CaptureQueriesContext(connection) as queries:
            tell(receivers, number)
        return len(queries)

    users = UserFactory.create_batch(30, school=world.school)
    offices = [build_branch_office(branch.pk) for branch in (world.a1, world.a2, world.b1, world.b2)]
    assert count(users[0], 1) == count(users, 2)
    assert count([world.missing, offices[0]], 3) == count([world.missing, world.registered, *offices], 4)


def test_a_person_of_the_roster_is_told_only_with_an_account(world):
    tell([world.missing, world.registered])
    assert [message.user for message in Message.objects.all()] == [world.member]


def test_words_keep_their_signs_and_are_cut_to_the_columns(world):
    tell(world.admin, problem='"A&B" <' + "长" * 1100)
    message = find_inbox(world.admin).get()
    assert message.text.startswith('"A&B" <长')
    assert len(message.text) == 1000


def test_an_office_counts_for_what_its_former_holder_did(world):
    Grant.objects.filter(user=world.branch_secretary).update(ends_on=timezone.localdate() - timedelta(days=1))
    acts = [(world.branch_secretary, world.a1), (world.secretary, world.a1), (world.nobody, world.a1)]
    assert find_offices_of(acts) == [
        RoleHeld(Role.BRANCH_SECRETARY, branch_id=world.a1.pk),
        RoleHeld(Role.COLLEGE_SECRETARY, college_id=world.college_a.pk),
        RoleHeld(Role.SCHOOL_ADMIN, school_id=world.school.pk),
    ]


@pytest.mark.parametrize(
    ("who", "office"),
    [
        ("branch_secretary", build_branch_office),
        ("secretary", lambda pk: build_college_office(Branch.objects.get(pk=pk).college_id)),
        ("admin", lambda pk: build_school_office(Branch.objects.get(pk=pk).college.school_id)),
    ],
)
def test_an_office_of_the_same_level_is_told_where_the_person_moved_or_the_term_was_taken_back(
    world, who, office
):
    user = getattr(world, who)
    if who != "admin":
        user.grants.all().delete()
    assert find_offices_of([(user, world.b1)]) == [office(world.b1.pk)]


@pytest.mark.parametrize(
    "path", sorted((BASE_DIR / "templates/notices").glob("*.txt")), ids=lambda path: path.stem
)
def test_each_notice_has_a_title_and_a_text(path):
    title, _, text = path.read_text().strip().partition("\n")
    assert title
    assert text
    get_template(f"notices/{path.name}")


def test_messages_are_written_by_notify_only():
    """Only `write_inbox` makes rows of Message, and only `notify` calls it."""
    makers, callers = set(), set()
    for app in ("members", "pairing", "activities", "reports", "volunteer_portal"):
        for path in (BASE_DIR / app).rglob("*.py"):
            if "migrations" in path.parts:
                continue
            where = path.relative_to(BASE_DIR).as_posix()
            for node in ast.walk(ast.parse(path.read_text())):
                words = ast.unparse(node) if isinstance(node, ast.Call | ast.ImportFrom) else ""
                if words.startswith(("Message(", "Message.objects.create", "Message.objects.bulk")):
                    makers.add(where)
                if isinstance(node, ast.ImportFrom) and "write_inbox" in words:
                    callers.add(where)
    assert makers == {"members/services/messages.py"}
    assert callers == {"members/services/notify.py"}
