import django.db.models.deletion
import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.db import migrations, models
from django.db.models import OuterRef, Subquery


def fill(apps, schema_editor):
    """Service so far was at the street with which the team is paired."""
    project, activity = apps.get_model("activities", "Project"), apps.get_model("activities", "Activity")
    team = apps.get_model("pairing", "ServiceTeam").objects.filter(pk=OuterRef("team"))
    project.objects.filter(kind="street").update(street=Subquery(team.values("pairing__street")))
    of_project = project.objects.filter(pk=OuterRef("project"))
    activity.objects.filter(project__kind="street").update(street=Subquery(of_project.values("street")))


class Migration(migrations.Migration):
    dependencies = [
        ("activities", "0002_links_with_reason"),
        ("members", "0012_import_of_hours"),
        ("pairing", "0004_assigned_streets_history"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        pgtrigger.migrations.RemoveTrigger(
            model_name="activity",
            name="insert_insert",
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name="activity",
            name="update_update",
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name="activity",
            name="delete_delete",
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name="project",
            name="insert_insert",
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name="project",
            name="update_update",
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name="project",
            name="delete_delete",
        ),
        migrations.RemoveConstraint(
            model_name="project",
            name="project_team_fits_kind",
        ),
        migrations.AddField(
            model_name="activity",
            name="street",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="activities",
                to="members.street",
                verbose_name="街乡",
            ),
        ),
        migrations.AddField(
            model_name="activityevent",
            name="street",
            field=models.ForeignKey(
                blank=True,
                db_constraint=False,
                null=True,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="+",
                related_query_name="+",
                to="members.street",
                verbose_name="街乡",
            ),
        ),
        migrations.AddField(
            model_name="project",
            name="street",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="projects",
                to="members.street",
                verbose_name="街乡",
            ),
        ),
        migrations.AddField(
            model_name="projectevent",
            name="street",
            field=models.ForeignKey(
                blank=True,
                db_constraint=False,
                null=True,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="+",
                related_query_name="+",
                to="members.street",
                verbose_name="街乡",
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="activity",
            trigger=pgtrigger.compiler.Trigger(
                name="insert_insert",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='WITH _pgh_attached_context AS ( SELECT _pgh_attach_context() AS value ) INSERT INTO "activities_activityevent" ("cancel_reason", "cancel_until", "capacity", "check_in_closes_at", "check_in_opens_at", "check_out_closes_at", "closed_at", "closed_by_id", "created_at", "created_by_id", "ends_at", "id", "latitude", "location_check", "longitude", "name", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "place", "project_id", "radius_m", "sequence", "signup_closes_at", "signup_opens_at", "starts_at", "state", "street_confirmed_at", "street_confirmed_by_id", "street_id", "walk_ins") SELECT new_values."cancel_reason", new_values."cancel_until", new_values."capacity", new_values."check_in_closes_at", new_values."check_in_opens_at", new_values."check_out_closes_at", new_values."closed_at", new_values."closed_by_id", new_values."created_at", new_values."created_by_id", new_values."ends_at", new_values."id", new_values."latitude", new_values."location_check", new_values."longitude", new_values."name", _pgh_attached_context.value, NOW(), \'insert\', new_values."id", new_values."place", new_values."project_id", new_values."radius_m", new_values."sequence", new_values."signup_closes_at", new_values."signup_opens_at", new_values."starts_at", new_values."state", new_values."street_confirmed_at", new_values."street_confirmed_by_id", new_values."street_id", new_values."walk_ins" FROM ( SELECT new_values.* FROM new_values  ) AS new_values, _pgh_attached_context; RETURN NULL;',
                    hash="c1ca1e4ef90b4152d903bcd23aa3a05172249214",
                    level="STATEMENT",
                    operation="INSERT",
                    pgid="pgtrigger_insert_insert_6de9c",
                    referencing="REFERENCING NEW TABLE AS new_values ",
                    table="activities_activity",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="activity",
            trigger=pgtrigger.compiler.Trigger(
                name="update_update",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='WITH _pgh_attached_context AS ( SELECT _pgh_attach_context() AS value ) INSERT INTO "activities_activityevent" ("cancel_reason", "cancel_until", "capacity", "check_in_closes_at", "check_in_opens_at", "check_out_closes_at", "closed_at", "closed_by_id", "created_at", "created_by_id", "ends_at", "id", "latitude", "location_check", "longitude", "name", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "place", "project_id", "radius_m", "sequence", "signup_closes_at", "signup_opens_at", "starts_at", "state", "street_confirmed_at", "street_confirmed_by_id", "street_id", "walk_ins") SELECT new_values."cancel_reason", new_values."cancel_until", new_values."capacity", new_values."check_in_closes_at", new_values."check_in_opens_at", new_values."check_out_closes_at", new_values."closed_at", new_values."closed_by_id", new_values."created_at", new_values."created_by_id", new_values."ends_at", new_values."id", new_values."latitude", new_values."location_check", new_values."longitude", new_values."name", _pgh_attached_context.value, NOW(), \'update\', new_values."id", new_values."place", new_values."project_id", new_values."radius_m", new_values."sequence", new_values."signup_closes_at", new_values."signup_opens_at", new_values."starts_at", new_values."state", new_values."street_confirmed_at", new_values."street_confirmed_by_id", new_values."street_id", new_values."walk_ins" FROM ( SELECT new_values.* FROM old_values JOIN new_values ON (old_values."id") = (new_values."id") WHERE (old_values."cancel_reason" IS DISTINCT FROM (new_values."cancel_reason") OR old_values."cancel_until" IS DISTINCT FROM (new_values."cancel_until") OR old_values."capacity" IS DISTINCT FROM (new_values."capacity") OR old_values."check_in_closes_at" IS DISTINCT FROM (new_values."check_in_closes_at") OR old_values."check_in_opens_at" IS DISTINCT FROM (new_values."check_in_opens_at") OR old_values."check_out_closes_at" IS DISTINCT FROM (new_values."check_out_closes_at") OR old_values."closed_at" IS DISTINCT FROM (new_values."closed_at") OR old_values."closed_by_id" IS DISTINCT FROM (new_values."closed_by_id") OR old_values."created_at" IS DISTINCT FROM (new_values."created_at") OR old_values."created_by_id" IS DISTINCT FROM (new_values."created_by_id") OR old_values."ends_at" IS DISTINCT FROM (new_values."ends_at") OR old_values."id" IS DISTINCT FROM (new_values."id") OR old_values."latitude" IS DISTINCT FROM (new_values."latitude") OR old_values."location_check" IS DISTINCT FROM (new_values."location_check") OR old_values."longitude" IS DISTINCT FROM (new_values."longitude") OR old_values."name" IS DISTINCT FROM (new_values."name") OR old_values."place" IS DISTINCT FROM (new_values."place") OR old_values."project_id" IS DISTINCT FROM (new_values."project_id") OR old_values."radius_m" IS DISTINCT FROM (new_values."radius_m") OR old_values."sequence" IS DISTINCT FROM (new_values."sequence") OR old_values."signup_closes_at" IS DISTINCT FROM (new_values."signup_closes_at") OR old_values."signup_opens_at" IS DISTINCT FROM (new_values."signup_opens_at") OR old_values."starts_at" IS DISTINCT FROM (new_values."starts_at") OR old_values."state" IS DISTINCT FROM (new_values."state") OR old_values."street_id" IS DISTINCT FROM (new_values."street_id") OR old_values."street_confirmed_at" IS DISTINCT FROM (new_values."street_confirmed_at") OR old_values."street_confirmed_by_id" IS DISTINCT FROM (new_values."street_confirmed_by_id") OR old_values."walk_ins" IS DISTINCT FROM (new_values."walk_ins")) ) AS new_values, _pgh_attached_context; RETURN NULL;',
                    hash="ecb8e126c51a723a2c98403a79d6485966f334a4",
                    level="STATEMENT",
                    operation="UPDATE",
                    pgid="pgtrigger_update_update_a56a1",
                    referencing="REFERENCING OLD TABLE AS old_values  NEW TABLE AS new_values ",
                    table="activities_activity",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="activity",
            trigger=pgtrigger.compiler.Trigger(
                name="delete_delete",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='WITH _pgh_attached_context AS ( SELECT _pgh_attach_context() AS value ) INSERT INTO "activities_activityevent" ("cancel_reason", "cancel_until", "capacity", "check_in_closes_at", "check_in_opens_at", "check_out_closes_at", "closed_at", "closed_by_id", "created_at", "created_by_id", "ends_at", "id", "latitude", "location_check", "longitude", "name", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "place", "project_id", "radius_m", "sequence", "signup_closes_at", "signup_opens_at", "starts_at", "state", "street_confirmed_at", "street_confirmed_by_id", "street_id", "walk_ins") SELECT old_values."cancel_reason", old_values."cancel_until", old_values."capacity", old_values."check_in_closes_at", old_values."check_in_opens_at", old_values."check_out_closes_at", old_values."closed_at", old_values."closed_by_id", old_values."created_at", old_values."created_by_id", old_values."ends_at", old_values."id", old_values."latitude", old_values."location_check", old_values."longitude", old_values."name", _pgh_attached_context.value, NOW(), \'delete\', old_values."id", old_values."place", old_values."project_id", old_values."radius_m", old_values."sequence", old_values."signup_closes_at", old_values."signup_opens_at", old_values."starts_at", old_values."state", old_values."street_confirmed_at", old_values."street_confirmed_by_id", old_values."street_id", old_values."walk_ins" FROM ( SELECT old_values.* FROM old_values  ) AS old_values, _pgh_attached_context; RETURN NULL;',
                    hash="842554150931f2b620881e589955edd91e532ab5",
                    level="STATEMENT",
                    operation="DELETE",
                    pgid="pgtrigger_delete_delete_cc776",
                    referencing="REFERENCING OLD TABLE AS old_values ",
                    table="activities_activity",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="project",
            trigger=pgtrigger.compiler.Trigger(
                name="insert_insert",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='WITH _pgh_attached_context AS ( SELECT _pgh_attach_context() AS value ) INSERT INTO "activities_projectevent" ("agreed_at", "agreed_by_id", "college_id", "contact_name", "contact_phone", "content", "created_at", "created_by_id", "ends_on", "id", "kind", "name", "people_needed", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "published_at", "purpose", "starts_on", "state", "street_id", "team_id", "year_id") SELECT new_values."agreed_at", new_values."agreed_by_id", new_values."college_id", new_values."contact_name", new_values."contact_phone", new_values."content", new_values."created_at", new_values."created_by_id", new_values."ends_on", new_values."id", new_values."kind", new_values."name", new_values."people_needed", _pgh_attached_context.value, NOW(), \'insert\', new_values."id", new_values."published_at", new_values."purpose", new_values."starts_on", new_values."state", new_values."street_id", new_values."team_id", new_values."year_id" FROM ( SELECT new_values.* FROM new_values  ) AS new_values, _pgh_attached_context; RETURN NULL;',
                    hash="557290edbfbf326d887a515772e86354875a0bc3",
                    level="STATEMENT",
                    operation="INSERT",
                    pgid="pgtrigger_insert_insert_afc7e",
                    referencing="REFERENCING NEW TABLE AS new_values ",
                    table="activities_project",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="project",
            trigger=pgtrigger.compiler.Trigger(
                name="update_update",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='WITH _pgh_attached_context AS ( SELECT _pgh_attach_context() AS value ) INSERT INTO "activities_projectevent" ("agreed_at", "agreed_by_id", "college_id", "contact_name", "contact_phone", "content", "created_at", "created_by_id", "ends_on", "id", "kind", "name", "people_needed", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "published_at", "purpose", "starts_on", "state", "street_id", "team_id", "year_id") SELECT new_values."agreed_at", new_values."agreed_by_id", new_values."college_id", new_values."contact_name", new_values."contact_phone", new_values."content", new_values."created_at", new_values."created_by_id", new_values."ends_on", new_values."id", new_values."kind", new_values."name", new_values."people_needed", _pgh_attached_context.value, NOW(), \'update\', new_values."id", new_values."published_at", new_values."purpose", new_values."starts_on", new_values."state", new_values."street_id", new_values."team_id", new_values."year_id" FROM ( SELECT new_values.* FROM old_values JOIN new_values ON (old_values."id") = (new_values."id") WHERE (old_values.* IS DISTINCT FROM new_values.*) ) AS new_values, _pgh_attached_context; RETURN NULL;',
                    hash="c25d7eb24153ae589f6bbe4065eabdbe3590f1f3",
                    level="STATEMENT",
                    operation="UPDATE",
                    pgid="pgtrigger_update_update_f66bb",
                    referencing="REFERENCING OLD TABLE AS old_values  NEW TABLE AS new_values ",
                    table="activities_project",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="project",
            trigger=pgtrigger.compiler.Trigger(
                name="delete_delete",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='WITH _pgh_attached_context AS ( SELECT _pgh_attach_context() AS value ) INSERT INTO "activities_projectevent" ("agreed_at", "agreed_by_id", "college_id", "contact_name", "contact_phone", "content", "created_at", "created_by_id", "ends_on", "id", "kind", "name", "people_needed", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "published_at", "purpose", "starts_on", "state", "street_id", "team_id", "year_id") SELECT old_values."agreed_at", old_values."agreed_by_id", old_values."college_id", old_values."contact_name", old_values."contact_phone", old_values."content", old_values."created_at", old_values."created_by_id", old_values."ends_on", old_values."id", old_values."kind", old_values."name", old_values."people_needed", _pgh_attached_context.value, NOW(), \'delete\', old_values."id", old_values."published_at", old_values."purpose", old_values."starts_on", old_values."state", old_values."street_id", old_values."team_id", old_values."year_id" FROM ( SELECT old_values.* FROM old_values  ) AS old_values, _pgh_attached_context; RETURN NULL;',
                    hash="3f812ffbbbe7cd387c2724c68e6f0dbdeb7f46c7",
                    level="STATEMENT",
                    operation="DELETE",
                    pgid="pgtrigger_delete_delete_91f47",
                    referencing="REFERENCING OLD TABLE AS old_values ",
                    table="activities_project",
                    when="AFTER",
                ),
            ),
        ),
        # The constraint follows in a migration of its own: PostgreSQL alters no table with rows just written.
        migrations.RunPython(fill, migrations.RunPython.noop),
    ]
