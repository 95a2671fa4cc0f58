"""Runs the migrations over registrations of before a date could be unknown; prints what became of them.

On the empty database in DATABASE_URL. Before: people whose date is the day of an import, of a claim or of a roster,
and people whose date somebody told, among them one whom a later file without dates registered once more.
"""

import json
import sys
from datetime import UTC, date, datetime

import django
from django.core.management import call_command
from django.db import connection

from members.migration_states import LeanExecutor

BEFORE = [("members", "0010_spells_and_numbers"), ("reports", "0001_initial")]
TOLD, IMPORTED = date(2018, 9, 28), date(2018, 10, 12)
# name: (date, source, evidence, whether the list has a record of the person, the record's date)
PEOPLE = {
    "file without dates": (IMPORTED, "file", "文件未写注册日期，按导入日期；文件“志愿者.xlsx”第3行", True, None),
    "claim without a date": (IMPORTED, "claim", "志愿北京名单“未写团体”，由曹书记认领；名单未写注册日期，按认领日期", True, None),
    "roster after a list without dates": (IMPORTED, "file", "志愿北京名单，人员导入后自动匹配", True, None),
    "file with dates": (TOLD, "file", "文件“志愿者.xlsx”第2行", True, TOLD),
    "claim with a date": (TOLD, "claim", "志愿北京名单“未写团体”，由曹书记认领", True, TOLD),
    "roster after a list with dates": (TOLD, "file", "志愿北京名单，人员导入后自动匹配", True, TOLD),
    "confirmed": (TOLD, "secretary", "看过本人手机", False, None),
    "unregistered": (None, "", "", False, None),
}  # fmt: skip


def fill(apps) -> None:
    """Write the rows as the former models had them."""

    def create(model, **values):
        return apps.get_model("members", model).objects.create(**values)

    school = create("School", code="JH", name="京华大学")
    branch = create("Branch", name="一班", college=create("College", school=school, name="法学院"))

    def register(place, name, day, source, evidence):
        return create(
            "Member", school=school, branch=branch, student_no=f"20180100{place:02d}", name=name, name_key=name,
            sort_key=name, stage="member", state="active", registered_on=day, registration_source=source,
            registration_evidence=evidence, volunteer_no=f"1100880000{place:02d}" if source else "",
        )  # fmt: skip

    for place, (name, (day, source, evidence, listed, listed_on)) in enumerate(PEOPLE.items()):
        person = register(place, name, day, source, evidence)
        if listed:
            record = create(
                "VolunteerRecord", school=school, volunteer_no=person.volunteer_no, name=name, name_key=name,
                registered_on=listed_on, state="matched", member=person,
            )  # fmt: skip
            rows = apps.get_model("members", "VolunteerRecord").objects.filter(pk=record.pk)
            rows.update(created_at=datetime(2018, 10, 11, 17, tzinfo=UTC))  # 12 October in Beijing
    twice = register(90, "confirmed, then a file without dates", TOLD, "secretary", "看过本人手机")
    twice.registration_source, twice.registration_evidence = (
        "file",
        "文件未写注册日期，按导入日期；文件“x”第2行",
    )
    twice.save()


def read() -> dict:
    """Return the rows as the present models have them, with the number of their events."""
    from members.models import Member, VolunteerRecord
    from members.models.history import event_rows

    people = Member.objects.order_by("pk")
    return {
        "people": {
            person.name: [str(person.registered_on), str(person.counts_from), person.is_registered]
            for person in people
        },
        "events": {person.name: event_rows(Member).filter(pgh_obj=person).count() for person in people},
        "reasons": sorted(
            {
                event.pgh_context.metadata["reason"]
                for event in event_rows(Member).exclude(pgh_context=None).select_related("pgh_context")
            }
        ),
        "listed": sorted({str(day) for day in VolunteerRecord.objects.values_list("listed_on", flat=True)}),
    }


def main() -> None:
    django.setup()
    executor = LeanExecutor(connection)
    executor.migrate(BEFORE)
    fill(executor.loader.project_state(BEFORE).apps)
    call_command("migrate", verbosity=0)
    json.dump(read(), sys.stdout, ensure_ascii=False)


if __name__ == "__main__":
    main()
