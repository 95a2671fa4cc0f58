import json
from datetime import date, timedelta
from io import StringIO
from random import Random

import pytest
from django.core.management import CommandError, call_command
from django.db import transaction
from django.db.models import Count
from django.urls import reverse

from members.models import Branch, Member, School, User, VolunteerRecord
from members.permissions import Role
from reports.demo.names import new_name
from reports.demo.organisation import branch_plans
from reports.models import Bulletin
from reports.services.demo import shift_for


def run(*args) -> dict:
    out = StringIO()
    call_command("seed_demo", *args, "--json", stdout=out)
    return json.loads(out.getvalue())


@pytest.fixture(scope="class")
def seeded(django_db_setup, django_db_blocker):
    """Filled once for a class of tests, each of which runs in a savepoint on top of it."""
    with django_db_blocker.unblock(), transaction.atomic():
        yield run("--today", "2018-10-21")
        transaction.set_rollback(True)


@pytest.fixture
def demo(seeded, db) -> dict:
    return seeded


class TestFilledFor21October2018:
    def test_the_school_is_of_the_promised_size_and_shape(self, demo):
        sizes = dict(Branch.objects.annotate(people=Count("members")).values_list("name", "people"))
        assert 1800 <= demo["people"] <= 2300
        assert School.objects.get().colleges.count() == 10
        assert {0, 2} <= set(sizes.values())
        assert all(12 <= size <= 38 for size in sizes.values() if size > 2)
        assert max(map(len, sizes)) == 40
        assert Member.objects.values("branch", "name").annotate(same=Count("pk")).filter(same__gte=2).exists()
        assert set(Member.objects.values_list("stage", flat=True)) == set(Member.Stage.values)

    def test_every_bulletin_that_was_due_is_out_and_the_rate_grew(self, demo):
        issues = list(Bulletin.objects.order_by("due_on"))
        assert [issue.due_on.day for issue in issues] == [10, 12, 14, 16, 18, 20]
        assert [issue.number for issue in issues] == [1, 2, 3, 4, 5, 6]
        assert {(issue.as_of + timedelta(hours=8)).hour for issue in issues} == {8}
        registered = [issue.registered for issue in issues]
        assert registered == sorted(registered)
        assert issues[0].registered < 0.8 * issues[0].members
        assert 0 < issues[-1].branches_below < issues[0].branches_below

    def test_there_is_work_left(self, demo):
        assert Member.objects.missing().exists()
        assert Member.objects.missing().filter(reported_on__isnull=False).exists()
        assert VolunteerRecord.objects.unclear().count() == 18
        assert Branch.objects.exclude(grant__role=Role.BRANCH_SECRETARY).count() >= 2

    def test_nobody_registers_after_the_demo_s_day(self, demo):
        today = date(2018, 10, 21)
        for name in ("registered_on", "reported_on", "league_account_on", "profile_completed_on"):
            assert not Member.objects.filter(**{f"{name}__gt": today}).exists()

    def test_each_role_has_an_account_that_signs_in(self, demo, client):
        assert {account["role"] for account in demo["accounts"]} == {role.label for role in Role}
        for account in demo["accounts"]:
            entered = {"login": account["number"], "password": account["password"]}
            assert client.post(reverse("account_login"), entered).status_code == 302
            client.post(reverse("account_logout"))
        assert sum(user.has_usable_password() for user in User.objects.all()) == 5

    def test_the_member_to_sign_in_as_has_still_to_register(self, demo):
        number = next(account["number"] for account in demo["accounts"] if account["role"] == "团员")
        assert Member.objects.get(student_no=number).registered_on is None

    def test_a_second_call_refuses_and_changes_nothing(self, demo):
        with pytest.raises(CommandError, match="已有学校"):
            run("--today", "2018-10-21")
        again = run("--if-empty")
        assert not again["seeded"]
        assert {key: again[key] for key in ("people", "bulletins", "accounts")} == {
            key: demo[key] for key in ("people", "bulletins", "accounts")
        }

    def test_an_account_whose_password_was_changed_is_no_longer_shown(self, demo):
        user = User.objects.get(number="T0001")
        user.set_password("ein-anderes-wort-2018")
        user.save()
        assert "T0001" not in {account["number"] for account in run("--if-empty")["accounts"]}


def test_beside_another_school_it_stays_silent(world):
    assert run("--if-empty") == {"seeded": False, "school": None, "people": 0, "bulletins": 0, "accounts": []}
    assert School.objects.count() == 2


def test_production_refuses(db, settings):
    settings.PRODUCTION = True
    with pytest.raises(CommandError, match="生产环境"):
        run()
    assert not School.objects.exists()


@pytest.mark.parametrize("today", [date(2018, 10, 10), date(2018, 11, 3), date(2018, 12, 31)])
def test_from_10_october_on_the_notice_s_dates_stand(today):
    assert shift_for(today) == timedelta()


@pytest.mark.parametrize("today", [date(2018, 1, 1), date(2018, 6, 15), date(2018, 10, 9), date(2020, 2, 29)])
def test_before_it_the_calendar_moves_so_that_bulletins_are_running(today):
    assert date(today.year, 10, 10) + shift_for(today) == today - timedelta(days=9)


def test_a_demo_in_spring_has_five_bulletins(db):
    assert run("--today", "2019-03-14")["bulletins"] == 5


def test_the_same_seed_makes_the_same_school():
    def plans():
        return branch_plans(Random(1), date(2018, 10, 21))

    assert plans() == plans()
    assert [new_name(Random(5), "female") for _ in range(20)] == [
        new_name(Random(5), "female") for _ in range(20)
    ]


def test_names_hold_what_real_rosters_hold():
    random = Random(3)
    names = [new_name(random, random.choice(("male", "female"))) for _ in range(2000)]
    assert any("·" in name for name in names)
    assert any(ord(character) > 0xFFFF for name in names for character in name)
    assert len(set(names)) < len(names)
