"""Names that were stored before variants were read as one name are found again."""

from datetime import date
from importlib import import_module

import pytest
from django.apps import apps

from members.models import VolunteerRecord
from members.sheets.cells import make_name_key
from tests.factories import MemberFactory

migration = import_module("members.migrations.0023_keys_of_restored_names")

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("stored", "today"), [("葛\U000e0100天", "葛天"), ("王\ue863", "王䶮"), ("古丽&middot;阿", "古丽·阿")]
)
def test_the_key_of_a_stored_name_is_the_one_that_a_file_has(world, stored, today):
    person = MemberFactory(branch=world.a1, name=stored, name_key="旧")
    other = MemberFactory(branch=world.a1, name="安知行", name_key="另有")
    migration.refresh_keys(apps, None)
    person.refresh_from_db()
    other.refresh_from_db()
    assert (person.name_key, other.name_key) == (make_name_key(today), "另有")


def test_of_two_records_that_become_one_both_stay(world):
    for name, key in (("葛天", make_name_key("葛天")), ("葛\U000e0100天", "旧")):
        VolunteerRecord.objects.create(
            school=world.school,
            name=name,
            name_key=key,
            phone="13800138005",
            listed_on=date(2018, 10, 1),
            state="unclear",
        )
    migration.refresh_keys(apps, None)
    assert (
        VolunteerRecord.objects.filter(
            phone="13800138005", name_key__in=["旧", make_name_key("葛天")]
        ).count()
        == 2
    )
