"""Count every record by the rule, and keep each yearly total that changes, with its reasons.

The former total added up whole records: of linked ones the first by source, however they overlapped. The rule is
pure, so the migration calls it; the tables are read and written by SQL of their form at this migration.
"""

from collections import defaultdict
from dataclasses import astuple

from django.db import migrations
from django.utils import timezone

from activities.rules.counting import LedgerRecord, YearRules, count_records
from activities.rules.shortfalls import Named, Shortfall, explain_shortfall
from members.calendar import duration_text

CHUNK = 2000
SOURCES = {
    "attendance": "本平台签到",
    "supplement": "补录",
    "league": "北京共青团",
    "volunteer_beijing": "志愿北京",
}
DEFAULT = YearRules(("league", "attendance", "supplement"), ("volunteer_beijing", "attendance", "supplement"))
RECORDS = """
SELECT r.school_id, r.member_id, r.id, r.source, r.served_on, r.minutes, r.starts_at, r.ends_at, r.title,
    r.outside_no, r.state, CASE WHEN l.service > 0 THEN l.service END, d.record_id IS NOT NULL
FROM activities_servicerecord r LEFT JOIN activities_recordlink l ON l.record_id = r.id
LEFT JOIN activities_overlapdecision d ON d.record_id = r.id
WHERE r.member_id = ANY(%s) AND r.state IN ('pending', 'confirmed') ORDER BY r.id
"""
SAVE = """
INSERT INTO activities_countedrecord (record_id, member_id, served_on, appraisal, admission, waiting,
    appraisal_reason, admission_reason, appraisal_yields_to_id, admission_yields_to_id)
SELECT * FROM unnest(%s::bigint[], %s::bigint[], %s::date[], %s::int[], %s::int[], %s::int[], %s::varchar[],
    %s::varchar[], %s::bigint[], %s::bigint[])
"""
# The records that the former sum added up in a year that the school has opened; {0} is the purpose.
FORMER = """
SELECT r.id, r.member_id, y.year, r.minutes FROM activities_servicerecord r
JOIN members_serviceyear y ON y.school_id = r.school_id AND y.year = extract(year FROM r.served_on)
WHERE r.state = 'confirmed' AND r.source = ANY(y.{0}_sources) AND NOT EXISTS (
    SELECT FROM activities_recordlink own
    JOIN activities_recordlink other ON other.service = own.service AND other.member_id = own.member_id
        AND other.record_id <> own.record_id
    JOIN activities_servicerecord b ON b.id = other.record_id AND b.state = 'confirmed'
        AND b.source = ANY(y.{0}_sources)
    WHERE own.record_id = r.id AND (array_position(y.{0}_sources, b.source), b.id)
        < (array_position(y.{0}_sources, r.source), r.id)
)
"""
CHANGED = """
WITH former AS MATERIALIZED ({former}), lines AS (
    SELECT c.record_id, c.member_id, y.year, c.{0} AS after, coalesce(f.minutes, 0) AS before
    FROM activities_countedrecord c JOIN activities_servicerecord r ON r.id = c.record_id
    JOIN members_serviceyear y ON y.school_id = r.school_id AND y.year = extract(year FROM c.served_on)
    LEFT JOIN former f ON f.id = c.record_id
), totals AS (
    SELECT member_id, year, sum(before) AS before, sum(after) AS after FROM lines GROUP BY 1, 2
    HAVING sum(before) <> sum(after)
)
SELECT t.member_id, t.year, t.before, t.after, l.before, l.after, r.served_on, r.source, r.title,
    c.{0}_reason, o.served_on, o.source, o.title
FROM totals t JOIN lines l ON l.member_id = t.member_id AND l.year = t.year AND l.before <> l.after
JOIN activities_servicerecord r ON r.id = l.record_id JOIN activities_countedrecord c ON c.record_id = r.id
LEFT JOIN activities_servicerecord o ON o.id = c.{0}_yields_to_id
ORDER BY t.member_id, t.year, r.served_on, r.id
"""


def fill(apps, schema_editor):
    with schema_editor.connection.cursor() as cursor:
        cursor.execute("SELECT DISTINCT member_id FROM activities_servicerecord ORDER BY 1")
        people = [pk for (pk,) in cursor.fetchall()]
        rules = load_rules(cursor)
        for place in range(0, len(people), CHUNK):
            count_people(cursor, people[place : place + CHUNK], rules)
        # The planner must know the new rows before the comparison joins them.
        cursor.execute("ANALYZE activities_countedrecord, activities_servicerecord, activities_recordlink")
        for purpose in ("appraisal", "admission"):
            keep_changes(apps.get_model("activities", "ChangedTotal"), cursor, purpose)


def load_rules(cursor) -> dict:
    cursor.execute(
        "SELECT school_id, year, appraisal_sources, admission_sources, longest_counts FROM members_serviceyear"
    )
    return {
        (school, year): YearRules(tuple(appraisal), tuple(admission), longest)
        for school, year, appraisal, admission, longest in cursor.fetchall()
    }


def count_people(cursor, people: list[int], rules: dict) -> None:
    cursor.execute(RECORDS, [people])
    found = defaultdict(list)
    for school, member, *facts, group, apart in cursor.fetchall():
        found[school, member].append(LedgerRecord(*facts, group=group, apart=apart))
    rows = []
    for (school, member), records in found.items():
        counted = count_records(records, lambda year, school=school: rules.get((school, year), DEFAULT))
        for record in records:
            rows.append((record.pk, member, record.served_on, *astuple(counted[record.pk])))
    if rows:
        cursor.execute(SAVE, [list(column) for column in zip(*rows, strict=True)])


def keep_changes(model, cursor, purpose: str) -> None:
    cursor.execute(CHANGED.format(purpose, former=FORMER.format(purpose)))
    found: dict = {}
    for member, year, before, after, *line in cursor.fetchall():
        found.setdefault((member, year, int(before), int(after)), []).append(describe_line(purpose, *line))
    now = timezone.now()
    model.objects.bulk_create(
        (
            model(
                member_id=member,
                year=year,
                purpose=purpose,
                before=before,
                after=after,
                reasons=reasons,
                found_at=now,
            )
            for (member, year, before, after), reasons in found.items()
        ),
        batch_size=1000,
    )


def describe_line(purpose, before, after, day, source, title, reason, *other) -> str:
    named = Named(other[0], SOURCES[other[1]], other[2]) if other[0] else None
    why = explain_shortfall(Shortfall(purpose, reason, counted=after, other=named))
    head = f"{Named(day, SOURCES[source], title).text.strip()}：原计 {duration_text(before)}，现计 {duration_text(after)}"
    return f"{head}（{why}）" if why else head


class Migration(migrations.Migration):
    dependencies = [("activities", "0005_changed_totals")]
    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]
