"""Sign-ups that organisers ended before become removals: they are the ones with a reason of the organiser's own."""

from django.db import migrations

# The reasons that the portal wrote itself, for people who left the team or the school.
REMOVE = """
UPDATE activities_signup SET state = 'removed'
WHERE state = 'cancelled' AND cancel_reason NOT IN ('', '已不在服务队。', '目前不在籍。')
"""
RESTORE = "UPDATE activities_signup SET state = 'cancelled' WHERE state = 'removed'"


class Migration(migrations.Migration):
    dependencies = [("activities", "0010_ways_out_and_removals")]

    operations = [migrations.RunSQL(REMOVE, RESTORE)]
