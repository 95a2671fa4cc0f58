"""Triggers write the history: every change of a row, also by raw SQL, saves author, time, old and new value."""

import pghistory
import pytest
from django.db import DatabaseError, connection, transaction

from members.models import Grant, Member

MemberEvent = Member.pgh_event_model


def list_events_of(member):
    return MemberEvent.objects.filter(pgh_obj=member.pk).order_by("pgh_id")


def test_raw_sql_over_many_rows_leaves_a_row_of_history_for_each_changed_person(world):
    before = MemberEvent.objects.count()
    with connection.cursor() as cursor:
        cursor.execute("UPDATE members_member SET grade = '2019' WHERE branch_id = %s", [world.a1.pk])
        changed = cursor.rowcount
        cursor.execute("UPDATE members_member SET grade = '2019' WHERE branch_id = %s", [world.a1.pk])
    assert changed > 5
    assert MemberEvent.objects.count() == before + changed


def test_a_deletion_by_raw_sql_leaves_the_last_state(world):
    name = world.quiet.name
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM members_spell WHERE member_id = %s", [world.quiet.pk])
        cursor.execute("DELETE FROM members_member WHERE id = %s", [world.quiet.pk])
    last = list_events_of(world.quiet).last()
    assert (last.pgh_label, last.name) == ("delete", name)


def test_taking_a_role_away_by_deleting_it_stands_in_the_history(world):
    grant = Grant.objects.get(user=world.secretary)
    pk = grant.pk
    grant.delete()
    assert Grant.pgh_event_model.objects.filter(pgh_obj=pk, pgh_label="delete").exists()


def test_it_says_who_and_by_which_command(world):
    with pghistory.context(user=world.admin.pk, command="import_file roster"):
        Member.objects.filter(pk=world.quiet.pk).update(grade="2020")
    about = list_events_of(world.quiet).last().pgh_context.metadata
    assert about == {"user": world.admin.pk, "command": "import_file roster"}


@pytest.mark.parametrize(
    "statement", ["UPDATE members_memberevent SET name = 'x'", "DELETE FROM members_memberevent"]
)
def test_history_itself_cannot_be_changed(world, statement):
    assert MemberEvent.objects.exists()
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)
