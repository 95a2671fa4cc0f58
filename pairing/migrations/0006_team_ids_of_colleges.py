import django.contrib.postgres.constraints
import django.db.models.deletion
from django.db import migrations, models
from django.db.models import OuterRef, Q, Subquery


def note_holders(apps, schema_editor):
    """Teams of standing pairings hold their ID; what a closed team was bound to hinders nobody."""
    pairings = apps.get_model("pairing", "Pairing").objects.filter(pk=OuterRef("pairing"))
    teams = apps.get_model("pairing", "ServiceTeam").objects.filter(pairing__state="active")
    teams.update(holder=Subquery(pairings.values("college")))


class Migration(migrations.Migration):
    dependencies = [
        ("members", "0013_export_jobs"),
        ("pairing", "0005_carried_into_years"),
    ]

    operations = [
        migrations.AddField(
            model_name="serviceteam",
            name="holder",
            field=models.ForeignKey(
                editable=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="members.college",
            ),
        ),
        migrations.RunPython(note_holders, migrations.RunPython.noop),
        # The constraint waits for the foreign keys just written.
        migrations.RunSQL("SET CONSTRAINTS ALL IMMEDIATE", migrations.RunSQL.noop),
        migrations.RemoveConstraint(model_name="serviceteam", name="team_outside_id_once"),
        migrations.AddConstraint(
            model_name="serviceteam",
            constraint=django.contrib.postgres.constraints.ExclusionConstraint(
                condition=Q(("outside_id", ""), _negated=True),
                expressions=[("outside_id", "="), ("holder", "<>")],
                name="team_outside_id_of_one_college",
            ),
        ),
    ]
