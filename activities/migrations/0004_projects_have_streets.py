from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("activities", "0003_own_streets")]

    operations = [
        migrations.AddConstraint(
            model_name="project",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("kind", "street"), ("street__isnull", False), ("team__isnull", False)),
                    models.Q(("kind", "other"), ("street", None), ("team", None)),
                    _connector="OR",
                ),
                name="project_team_fits_kind",
            ),
        ),
    ]
