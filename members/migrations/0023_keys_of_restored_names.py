"""Make the keys of names anew where variants, private-use code points or entities kept them from being found."""

from django.db import migrations

from members.sheets.cells import make_name_key

# What `make_name_key` reads otherwise since then; hardly any name has one of these.
ODD = "[&\u2800\u2e80-\u2fdf\u3164\ue000-\uf8ff\ufe00-\ufe0f\U000e0100-\U000e01ef]"


def refresh_keys(apps, schema_editor):
    for name in ("Member", "VolunteerRecord"):
        model = apps.get_model("members", name)
        for row in model.objects.filter(name__regex=ODD).iterator():
            key = make_name_key(row.name)[:80]
            if key != row.name_key and not has_twin(model, row, key):
                model.objects.filter(pk=row.pk).update(name_key=key)


def has_twin(model, row, key):
    """Return whether another record without a number has this key already; both stay, a person decides."""
    if model._meta.model_name == "member" or row.volunteer_no:
        return False
    same = model.objects.filter(school_id=row.school_id, name_key=key, phone=row.phone)
    return same.filter(student_no=row.student_no, volunteer_no="").exists()


class Migration(migrations.Migration):
    dependencies = [("members", "0022_numbers_without_case")]

    operations = [migrations.RunPython(refresh_keys, migrations.RunPython.noop)]
