"""The track of an applicant follows the service that writes the stage, no longer a trigger for each person."""

import pgtrigger.migrations
from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [
        ("members", "0015_spells_from_history"),
        ("reports", "0003_roll_over_without_entry"),
    ]

    operations = [
        pgtrigger.migrations.RemoveTrigger(
            model_name="applicant",
            name="track_follows",
        ),
        # Removing a trigger leaves its function.
        migrations.RunSQL("DROP FUNCTION IF EXISTS pgtrigger_track_follows_c4561()", migrations.RunSQL.noop),
    ]
