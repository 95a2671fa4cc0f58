"""A liaison's role names the school for which the liaison works at the street.

Until now the school of the account was meant. A superuser without a school gets the first school: superusers see
everything anyway.
"""

from django.db import migrations, models
from django.db.models import OuterRef, Q, Subquery
from django.db.models.functions import Coalesce


def fill_school(apps, schema_editor):
    users, schools = (apps.get_model("members", name).objects for name in ("User", "School"))
    own = users.filter(pk=OuterRef("user")).values("school")[:1]
    first = schools.order_by("pk").values("pk")[:1]
    liaisons = apps.get_model("members", "Grant").objects.filter(role="liaison", school=None)
    liaisons.update(school=Coalesce(Subquery(own), Subquery(first)))


def empty_school(apps, schema_editor):
    """Go back: keep one role for each account and street, since the older constraint allows only one."""
    liaisons = apps.get_model("members", "Grant").objects.filter(role="liaison")
    kept = liaisons.order_by("user", "street", "-ends_on", "pk").distinct("user", "street")
    liaisons.exclude(pk__in=list(kept.values_list("pk", flat=True))).delete()
    liaisons.update(school=None)


class Migration(migrations.Migration):
    dependencies = [("members", "0008_messages_of_offices")]

    operations = [
        migrations.RemoveConstraint(model_name="grant", name="grant_role_fits_scope"),
        migrations.RunPython(fill_school, empty_school),
        # The next change of the table needs the checks of the new foreign keys done.
        migrations.RunSQL("SET CONSTRAINTS ALL IMMEDIATE", "SET CONSTRAINTS ALL IMMEDIATE"),
        migrations.AddConstraint(
            model_name="grant",
            constraint=models.CheckConstraint(
                condition=Q(
                    Q(
                        branch=None,
                        college=None,
                        role="school_admin",
                        school__isnull=False,
                        street=None,
                    ),
                    Q(
                        branch=None,
                        college__isnull=False,
                        role="college_secretary",
                        school=None,
                        street=None,
                    ),
                    Q(
                        branch__isnull=False,
                        college=None,
                        role="branch_secretary",
                        school=None,
                        street=None,
                    ),
                    Q(
                        branch=None,
                        college=None,
                        role="liaison",
                        school__isnull=False,
                        street__isnull=False,
                    ),
                    _connector="OR",
                ),
                name="grant_role_fits_scope",
            ),
        ),
    ]
