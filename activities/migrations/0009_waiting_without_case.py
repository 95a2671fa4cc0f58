"""Rows of hours that wait get made-up numbers without case, so that a later file finds them again."""

from django.db import migrations

# A made-up number begins with the person's number and "|". Of two rows that would get one number the older gets it.
RENAME = """
UPDATE activities_waitinghours w SET outside_no = n.wanted FROM (
    SELECT DISTINCT ON (school_id, source, wanted) id, wanted FROM (
        SELECT *, upper(person_no) || substr(outside_no, length(person_no) + 1) AS wanted
        FROM activities_waitinghours
        WHERE person_no <> upper(person_no) AND starts_with(outside_no, person_no || '|')
    ) o WHERE NOT EXISTS (
        SELECT FROM activities_waitinghours t
        WHERE t.school_id = o.school_id AND t.source = o.source AND t.outside_no = o.wanted)
    ORDER BY school_id, source, wanted, id
) n WHERE n.id = w.id
"""


class Migration(migrations.Migration):
    dependencies = [("activities", "0008_fewer_indexes")]

    operations = [migrations.RunSQL(RENAME, migrations.RunSQL.noop)]
