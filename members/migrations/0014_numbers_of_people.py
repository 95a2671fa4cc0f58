"""Every person's present number becomes the first row of their numbers; the day it began is not known."""

from django.db import migrations

FILL = """
INSERT INTO members_studentnumber (school_id, member_id, number)
SELECT school_id, id, student_no FROM members_member
ON CONFLICT (school_id, number) DO NOTHING
"""


class Migration(migrations.Migration):
    dependencies = [("members", "0013_known_dates_of_registration")]

    operations = [migrations.RunSQL(FILL, migrations.RunSQL.noop)]
