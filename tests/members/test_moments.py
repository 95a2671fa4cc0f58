"""A decision reads one snapshot of the database, and runs again if another transaction was faster."""

import pytest
from django.core.exceptions import ValidationError
from django.db import OperationalError, connection, transaction

from members.models import School
from members.services import moments
from members.services.moments import in_one_snapshot, lock_school
from tests.factories import SchoolFactory
from tests.meanwhile import run_elsewhere


def prepare_rename(school, name):
    return lambda: School.objects.filter(pk=school.pk).update(name=name)


def get_name(school) -> str:
    return School.objects.get(pk=school.pk).name


@pytest.mark.django_db(transaction=True)
def test_what_is_read_twice_is_the_same_though_it_was_changed_in_between():
    school = SchoolFactory(name="京华大学")

    @in_one_snapshot
    def look():
        first = get_name(school)
        run_elsewhere(prepare_rename(school, "北华大学"))
        return first, get_name(school)

    assert look() == ("京华大学", "京华大学")
    assert get_name(school) == "北华大学"


@pytest.mark.django_db(transaction=True)
def test_who_writes_what_was_changed_meanwhile_begins_again_with_what_is_there_now(monkeypatch):
    monkeypatch.setattr(moments, "PAUSES", (0, 0))
    school, seen = SchoolFactory(name="京华大学"), []

    @in_one_snapshot
    def add_a_word():
        seen.append(get_name(school))
        if len(seen) == 1:
            run_elsewhere(prepare_rename(school, "北华大学"))
        School.objects.filter(pk=school.pk).update(name=seen[-1] + "本部")

    add_a_word()
    assert seen == ["京华大学", "北华大学"]
    assert get_name(school) == "北华大学本部"


@pytest.mark.django_db(transaction=True)
def test_who_is_always_too_late_is_told_so_and_nothing_is_written(monkeypatch):
    monkeypatch.setattr(moments, "PAUSES", (0, 0))
    school, tries = SchoolFactory(), []

    @in_one_snapshot
    def write_too_late():
        tries.append(get_name(school))
        run_elsewhere(prepare_rename(school, f"第 {len(tries)} 次"))
        School.objects.filter(pk=school.pk).update(name="我的")

    with pytest.raises(ValidationError, match="请再试一次"):
        write_too_late()
    assert (len(tries), get_name(school)) == (3, "第 3 次")


@pytest.mark.django_db(transaction=True)
def test_what_another_try_would_not_mend_is_not_tried_again():
    tries = []

    @in_one_snapshot
    def run_slow_sql():
        tries.append(1)
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL statement_timeout = 10; SELECT pg_sleep(5)")

    with pytest.raises(OperationalError, match="statement timeout"):
        run_slow_sql()
    assert tries == [1]


@pytest.mark.django_db(transaction=True)
def test_who_has_waited_for_the_school_sees_what_was_decided_before():
    school, seen = SchoolFactory(), []

    @in_one_snapshot
    def decide():
        seen.append(School.objects.filter(name="决定").exists())
        if len(seen) == 1:
            run_elsewhere(decide_first)
        lock_school(school.pk)

    @transaction.atomic
    def decide_first():
        lock_school(school.pk)
        SchoolFactory(name="决定")

    decide()
    assert seen == [False, True]


@pytest.mark.django_db
def test_to_hold_a_school_is_no_change_of_it():
    school = SchoolFactory()
    history = School.pgh_event_model.objects.filter(pgh_obj=school)
    before = history.count()
    lock_school(school.pk)
    assert history.count() == before


@pytest.mark.django_db
def test_inside_somebody_s_transaction_it_is_written_or_taken_back_with_it():
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        in_one_snapshot(SchoolFactory)(name="京华大学")
        assert School.objects.filter(name="京华大学").exists()
        raise ZeroDivisionError
    assert not School.objects.filter(name="京华大学").exists()
