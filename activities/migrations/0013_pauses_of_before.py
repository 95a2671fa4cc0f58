"""Activities whose street or pairing had fallen away before pause; people with a place may leave until the start."""

from django.db import migrations

PAUSE = """
UPDATE activities_activity a SET pause = CASE WHEN r.state = 'released' THEN 'released' ELSE 'agreement' END
FROM activities_project p JOIN pairing_serviceteam t ON t.id = p.team_id JOIN pairing_pairing r ON r.id = t.pairing_id
WHERE p.id = a.project_id AND a.state = 'open' AND a.starts_at > now() AND (r.state = 'released' OR p.state <> 'published')
    AND NOT EXISTS (SELECT FROM activities_signup s WHERE s.activity_id = a.id AND s.checked_in_at IS NOT NULL)
"""
OPEN_WAYS_OUT = """
UPDATE activities_signup s SET moved_at = now()
FROM activities_activity a WHERE a.id = s.activity_id AND a.pause <> '' AND s.state = 'signed_up'
"""


class Migration(migrations.Migration):
    dependencies = [("activities", "0012_paused_activities"), ("pairing", "0006_fewer_indexes")]

    operations = [migrations.RunSQL([PAUSE, OPEN_WAYS_OUT], migrations.RunSQL.noop)]
