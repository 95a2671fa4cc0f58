"""The school's audit log describes exports of this app in words, never by names from the code."""

import re

import pytest
from django.urls import reverse

from members.forms.audit import describe_exports
from members.lists import DOCUMENTS, LISTINGS
from members.models import ExportLog
from members.services.export_log import log_export
from tests.activities.ledger import make_attended_record

EXPORTS = {
    "projects_export": {"q": "课堂"},
    "activities_export": {"state": "ahead"},
    "hours_export": {"source": "attendance"},
    "supplements_export": {"q": "李"},
    "objections_export": {"q": "李"},
    "totals_export": {"by": "branch", "count": "admission", "first": "2018-11-01"},
    "records_export": {"state": "pending", "without": "street"},
    "differences_export": {"kind": "maybe"},
}


@pytest.mark.parametrize("name", EXPORTS)
def test_an_export_and_how_it_was_narrowed_is_said_in_words(in_november, client_of, name):
    client_of(in_november.world.secretary).get(reverse(name), EXPORTS[name])
    (line,) = describe_exports(ExportLog.objects.all())
    assert line["filters"].count("：") == len(EXPORTS[name])
    assert not re.search("[a-z]", line["kind"] + line["filters"])


@pytest.mark.parametrize("name", ["attendance_export", "activity_signups_export"])
def test_lists_of_one_activity_are_named_too(in_november, client_of, name):
    activity = in_november.activity()
    client_of(in_november.world.secretary).get(reverse(name, args=[activity.pk]))
    (line,) = describe_exports(ExportLog.objects.all())
    assert not re.search("[a-z]", line["kind"] + line["filters"])


def test_keys_of_a_line_of_the_sums_are_named(in_november, client_of):
    record = make_attended_record(in_november, in_november.world.registered)
    keys = {"member": record.member_id, "project": record.project_id, "street": record.street_id}
    client_of(in_november.world.secretary).get(reverse("records_export"), keys)
    (line,) = describe_exports(ExportLog.objects.all())
    for row in (record.member, record.project, record.street):
        assert str(row) in line["filters"]


def test_a_key_that_never_was_one_is_shown_as_it_was_sent(world):
    sent = "9" * 30
    log_export(user=world.admin, kind="supplements", filters={"college": sent}, rows=0)
    assert sent in describe_exports(ExportLog.objects.all())[0]["filters"]


def test_every_list_with_filters_has_a_name_and_every_filter_a_label():
    for kind, listed in {**LISTINGS, **DOCUMENTS}.items():
        assert listed.title, kind
        assert all(field.label for field in listed.filter_form.base_fields.values()), kind
