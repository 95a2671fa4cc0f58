"""The registrations of this app in other apps when it is ready."""

import re

import pytest
from django.urls import reverse

from members.forms.audit import describe_exports
from members.models import ExportLog
from tests.factories import make_branch_secretary
from tests.reports.appraising import make_branch_of_twelve, start_as


@pytest.mark.parametrize(
    ("page", "args", "query", "kind", "filters"),
    [
        ("appraisals_export", [], {"state": "none"}, "教育评议", "状态：未开始"),
        ("honours_export", [], {"level": "city"}, "荣誉申报", "级别：市级"),
        ("admissions_export", [], {"standing": "candidate"}, "入团培养", "阶段：发展对象"),
        ("assessment_export", [], {}, "学院考核", "年度：2018"),
        ("assessment_rows_export", ["hours"], {"only": "missed"}, "学院考核明细", "范围：只看未达成的；指标：时长达标率"),
        ("exceptions_export", [], {"state": "granted"}, "评优例外", "状态：已同意"),
    ],
)  # fmt: skip
def test_the_audit_log_names_every_export_and_how_it_was_narrowed(
    world, client_of, page, args, query, kind, filters
):
    assert client_of(world.admin).get(reverse(page, args=args), query).status_code == 200
    (line,) = describe_exports(ExportLog.objects.all())
    assert (line["kind"], line["filters"]) == (kind, filters)


def test_a_sheet_that_was_taken_out_is_named_by_its_branch(world, client_of):
    quiet = make_branch_of_twelve(world)[0][0]
    sheet = start_as(world, make_branch_secretary(world.a2, quiet))
    assert client_of(world.secretary).get(reverse("appraisal_export", args=[sheet.pk])).status_code == 200
    (line,) = describe_exports(ExportLog.objects.all())
    assert (line["kind"], line["filters"]) == ("评议表", f"年度：2018；团支部：{world.a2.name}")


def test_no_kind_of_the_log_is_left_in_english(world):
    kinds = ("commendation", "assessment_result", "eligibility", "eligibility_branches", "rollover")
    ExportLog.objects.bulk_create(ExportLog(school=world.school, kind=kind, rows=1) for kind in kinds)
    assert not any(re.search("[a-z]", line["kind"]) for line in describe_exports(ExportLog.objects.all()))
