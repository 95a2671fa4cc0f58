import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("members", "0007_pairing_switches"),
    ]

    operations = [
        migrations.AddField(
            model_name="importrun",
            name="year",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="imports",
                to="members.serviceyear",
                verbose_name="年度",
            ),
        ),
        migrations.AlterField(
            model_name="importrun",
            name="kind",
            field=models.CharField(
                choices=[
                    ("organisation", "组织架构"),
                    ("roster", "团员花名册"),
                    ("volunteers", "志愿者名单"),
                    ("streets", "街乡名录"),
                    ("codes", "申请结对码"),
                ],
                max_length=20,
                verbose_name="类别",
            ),
        ),
    ]
