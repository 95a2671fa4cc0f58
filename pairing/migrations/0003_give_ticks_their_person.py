"""Give each tick of a group's checklist to the branch secretary of its day, or to the first one after it."""

from django.db import migrations

GIVE = """
    UPDATE pairing_groupcheck AS tick SET secretary_id = (
        SELECT held.user_id FROM members_grant AS held
        WHERE held.role = 'branch_secretary' AND held.branch_id = tick.branch_id
            AND (held.ends_on IS NULL OR held.ends_on >= tick.joined_on)
        ORDER BY held.starts_on, held.id LIMIT 1
    )
    WHERE tick.secretary_id IS NULL
"""


class Migration(migrations.Migration):
    dependencies = [
        ("members", "0008_messages_of_offices"),
        ("pairing", "0002_ticks_of_persons"),
    ]

    operations = [migrations.RunSQL(GIVE, migrations.RunSQL.noop)]
