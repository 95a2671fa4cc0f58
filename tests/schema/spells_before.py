"""Runs the migrations over people of before the spells, with their history; prints the spells.

On the empty database in DATABASE_URL. The history of five people is written by hand: unchanged, changed on several
days, changed twice on one day, with a change that the history lacks, and without any history.
"""

import json
import sys
from datetime import UTC, datetime

import django
from django.core.management import call_command
from django.db import IntegrityError, connection, transaction

from members.migration_states import LeanExecutor

BEFORE = [("members", "0010_spells_and_numbers")]
MORNING, EVENING = (2, 9)  # hours in UTC; local time is 8 hours ahead


def fill(apps) -> None:
    """Write people and the events of their past."""
    school = apps.get_model("members", "School").objects.create(code="JH", name="京华大学")
    college = apps.get_model("members", "College").objects.create(school=school, name="法学院")
    one, two, gone = (
        apps.get_model("members", "Branch").objects.create(college=college, name=name)
        for name in ("法1", "法2", "散了")
    )
    people, events = {}, apps.get_model("members", "MemberEvent").objects

    def add(name, branch, stage, state, *past, created=(9, 3)):
        row = {
            "school": school,
            "student_no": str(len(people)),
            "name": name,
            "name_key": name,
            "sort_key": name,
        }
        people[name] = apps.get_model("members", "Member").objects.create(
            **row, branch=branch, stage=stage, state=state
        )
        type(people[name]).objects.filter(pk=people[name].pk).update(created_at=_utc(*created, MORNING))
        for number, (moment, (was_in, was, in_state)) in enumerate(past):
            values = row | {"branch": was_in, "stage": was, "state": in_state, "id": people[name].pk}
            event = events.create(
                **values,
                pgh_obj_id=people[name].pk,
                pgh_label="update" if number else "insert",
                created_at=_utc(9, 3, MORNING),
            )
            events.filter(pk=event.pk).update(pgh_created_at=moment)

    with connection.cursor() as cursor:  # the past is written by hand, so the triggers of the history rest
        cursor.execute("SET session_replication_role = replica")
        begin = _utc(9, 3, MORNING)
        member, activist = (one, "member", "active"), (one, "activist", "active")
        add("一直", one, "member", "active", (begin, member), (_utc(10, 1, MORNING), member))
        add(
            "变动", two, "activist", "suspended",
            (begin, (one, "applicant", "active")),
            (_utc(10, 1, 16, 30), activist),
            (_utc(10, 20, MORNING), activist),
            (_utc(11, 5, MORNING), (gone, "activist", "active")),
            (_utc(11, 5, EVENING), (two, "activist", "suspended")),
        )  # fmt: skip
        add(
            "同日", two, "member", "active", (begin, member), (_utc(9, 3, EVENING), (two, "member", "active"))
        )
        add("缺口", one, "member", "graduated", (begin, member), (_utc(10, 10, MORNING), member))
        add("无史", two, "student", "active", created=(9, 20))
        cursor.execute("SET session_replication_role = origin")
    gone.delete()


def _utc(month: int, day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2018, month, day, hour, minute, tzinfo=UTC)


def read() -> dict:
    """Return the spells by name, and which writes of one side alone the database refuses."""
    from members.models import Member, Spell

    found: dict[str, list] = {}
    for row in Spell.objects.select_related("member", "branch").order_by("member", "starts_on"):
        place = [row.branch.name, row.stage, row.state, row.first]
        span = [str(row.starts_on), row.ends_on and str(row.ends_on)]
        found.setdefault(row.member.name, []).append(span + place)
    open_ones = Spell.objects.filter(ends_on=None).select_related("member")
    agree = all(
        (row.branch_id, row.stage, row.state) == (row.member.branch_id, row.member.stage, row.member.state)
        for row in open_ones
    )
    person = Member.objects.get(name="一直")
    new = {"school": person.school, "branch": person.branch, "stage": "member", "student_no": "new"}
    alone = {
        "changed alone": lambda: Member.objects.filter(pk=person.pk).update(stage="student"),
        "spell alone": lambda: person.spells.update(state="army"),
        "spell deleted": lambda: person.spells.all().delete(),
        "person alone": lambda: Member.objects.create(**new),
    }
    return {
        "spells": found,
        "agree": agree and len(open_ones) == Member.objects.count(),
        "refused": [name for name, write in alone.items() if is_refused(write)],
    }


def is_refused(write) -> bool:
    try:
        with transaction.atomic():
            write()
    except IntegrityError:
        return True
    return False


def main() -> None:
    django.setup()
    executor = LeanExecutor(connection)
    executor.migrate(BEFORE)
    fill(executor.loader.project_state(BEFORE).apps)
    call_command("migrate", verbosity=0)
    json.dump(read(), sys.stdout, ensure_ascii=False)


if __name__ == "__main__":
    main()
