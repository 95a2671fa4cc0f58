"""The rows of the world: every test finds all of them, and no others."""

import threading

import pytest
from django.contrib.auth.models import Permission
from django.db import IntegrityError, connection, transaction

from members.models import Grant, School, User
from tests.factories import SchoolFactory
from tests.meanwhile import run_elsewhere
from tests.rows import FILLED_AT_THE_START, Rows
from tests.world import build_world


def test_a_copy_of_the_world_has_the_rows_of_one_that_is_built(world):
    copied = count_rows()
    with transaction.atomic():
        take_initial().put_alone()
        build_world()
        assert count_rows() == copied
        transaction.set_rollback(True)


def take_initial() -> Rows:
    return Rows({table: rows for table, rows in Rows.take().tables.items() if table in FILLED_AT_THE_START})


def count_rows() -> dict[str, int]:
    return {table: rows.count(b"\n") for table, rows in Rows.take().tables.items()}


@pytest.mark.parametrize("run", [1, 2])
def test_no_copy_carries_what_another_test_changed(world, run):
    assert world.admin.name == world.jh.admin.name == "孔管理"
    assert "active_grants" not in vars(world.admin)
    assert world.admin.active_grants
    world.admin.name = "另一个名字"


def test_the_objects_of_a_copy_are_one_and_the_same_where_the_world_has_one(world):
    assert world.jh.admin is world.admin
    assert world.member.member is world.missing
    assert User.objects.get(pk=world.admin.pk).name == world.admin.name


@pytest.mark.usefixtures("time_machine_in_2018")
def test_where_the_clock_was_moved_first_the_world_is_built_at_that_moment(world):
    assert world.admin.date_joined.year == 2018


@pytest.fixture
def time_machine_in_2018(time_machine):
    time_machine.move_to("2018-10-12 08:00 +0800")


@pytest.mark.django_db(transaction=True)
def test_what_is_committed_is_cleared_away_whatever_triggers_guard_it(world):
    permissions = set(Permission.objects.values_list("pk", "codename"))
    assert permissions
    initial = take_initial()
    initial.put_alone()
    assert Rows.take() == initial
    assert set(Permission.objects.values_list("pk", "codename")) == permissions


@pytest.mark.django_db(transaction=True)
def test_rows_that_another_connection_is_still_writing_are_cleared_away_too(world):
    initial = take_initial()
    written, end = threading.Event(), threading.Event()

    def write():
        with transaction.atomic():
            SchoolFactory()
            written.set()
            end.wait(10)
        connection.close()

    writer = threading.Thread(target=write)
    writer.start()
    assert written.wait(10)
    threading.Timer(0.3, end.set).start()
    initial.put_alone()
    writer.join(10)
    assert not School.objects.exists()


def test_foreign_keys_to_and_from_a_copied_world_are_still_checked(world):
    with pytest.raises(IntegrityError, match="members_grant"), transaction.atomic():
        Grant.objects.filter(user=world.admin).update(user_id=0)
        connection.check_constraints()


@pytest.mark.django_db(transaction=True)
def test_a_committed_world_is_seen_by_other_connections(world):
    seen = []
    run_elsewhere(lambda: seen.append(School.objects.get(pk=world.school.pk)))
    assert seen == [world.school]
