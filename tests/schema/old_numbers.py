"""Runs the migrations over numbers of before that differ in case or width only; prints what became of them.

On the empty database in DATABASE_URL. Before: two people and their accounts with one number in two cases, a person in
full width, two volunteers of one number, and a row of hours that waits for a number in lower case.
"""

import json
import sys
from datetime import UTC, date, datetime

import django
from django.core.management import call_command
from django.db import connection, transaction

from members.migration_states import LeanExecutor

BEFORE = [("members", "0021_what_cells_say"), ("activities", "0008_fewer_indexes")]
NOW = datetime(2018, 10, 16, 1, tzinfo=UTC)
PEOPLE = [("B18010001", "张三"), ("b18010001", "李四"), ("Ｃ18010001", "王五"), ("C18010002", "赵六")]


def fill(apps) -> None:
    """Write the rows as the former models had them."""

    def create(app, model, **values):
        return apps.get_model(app, model).objects.create(**values)

    school = create("members", "School", code="JH", name="京华大学")
    college = create("members", "College", school=school, name="法学院", name_key="法学")
    branch = create("members", "Branch", college=college, name="法学1801团支部", name_key="法学1801")
    for number, name in PEOPLE:
        place = {"branch": branch, "stage": "member", "state": "active"}
        person = create(
            "members", "Member", school=school, student_no=number, name=name, name_key=name, **place
        )
        create("members", "Spell", member=person, starts_on=date(2018, 9, 1), first=True, **place)
        create("members", "StudentNumber", school=school, member=person, number=number)
        create(
            "members", "User", school=school, username=f"{number}@JH", number=number, name=name, member=person
        )
    for number in ("v1", "V1"):
        create("members", "VolunteerRecord", school=school, volunteer_no=number, name=number, name_key=number,
               state="unclear", listed_on=date(2018, 9, 1))  # fmt: skip
    create("activities", "WaitingHours", school=school, source="league", outside_no="d1|2018-10-01 08:00", person_no="d1",
           name="钱七", name_key="钱七", data={}, question="nobody", state="waiting", created_at=NOW)  # fmt: skip


def read() -> dict:
    """Return the rows as the present models have them."""
    from activities.models import WaitingHours
    from members.models import Member, StudentNumber, User, VolunteerRecord

    return {
        "people": list(Member.objects.order_by("pk").values_list("student_no", "name", "number_twin")),
        "numbers": list(StudentNumber.objects.order_by("pk").values_list("number", "twin")),
        "accounts": list(User.objects.order_by("pk").values_list("username", "number", "number_twin")),
        "volunteers": list(VolunteerRecord.objects.order_by("pk").values_list("volunteer_no", "twin")),
        "waiting": list(WaitingHours.objects.values_list("outside_no", "person_no")),
    }


def main() -> None:
    django.setup()
    executor = LeanExecutor(connection)
    executor.migrate(BEFORE)
    with transaction.atomic():  # a person and the first spell are compared at commit
        fill(executor.loader.project_state(BEFORE).apps)
    call_command("migrate", verbosity=0)
    json.dump(read(), sys.stdout, ensure_ascii=False)


if __name__ == "__main__":
    main()
