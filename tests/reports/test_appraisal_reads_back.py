"""The sheet of an appraisal, exported and uploaded again, changes nothing: every mark, every note, odd names (§4)."""

import pytest

from members.models import Member
from members.sheets.reading import read_file
from members.sheets.workbooks import build_workbook
from reports.models import AppraisalGrade
from reports.queries.appraisal_sheets import build_sheet
from reports.resources.appraisal import AppraisalResource, build_appraisal_sheet
from reports.services.appraisal_sheets import compare_sheet
from tests.factories import MemberFactory
from tests.reports.appraising import make_branch_of_twelve, start_as
from tests.reports.reading_back import list_forms

pytestmark = pytest.mark.django_db

NOTES = [
    "=1+1",
    "-",
    "无",
    "@x",
    "_x0041_",
    "两行\n文字",
    "  前后空格 ",
    '"引号"',
    "a,b]]>",
    "<b>&amp;</b>",
    "0",
    "2018-10-01",
]


def test_a_sheet_with_every_mark_and_odd_notes_reads_back(world):
    make_branch_of_twelve(world)
    MemberFactory(branch=world.a2, name="阿依古丽·买买提", student_no="b-018")
    MemberFactory(branch=world.a2, name="𠮷田", student_no="00018")
    appraisal = start_as(world, world.secretary)
    marks = AppraisalGrade._meta.get_field("final").choices
    for place, grade in enumerate(appraisal.grades.order_by("pk")):
        mark = [choice for choice, _ in marks if choice != "excellent"][place % (len(marks) - 1)]
        values = {"self_grade": mark, "mutual": mark, "proposed": mark, "final": mark}
        if place % 5 == 4:
            values = {"self_grade": mark, "mutual": "", "taking_part": False}
        appraisal.grades.filter(pk=grade.pk).update(note=NOTES[place % len(NOTES)], **values)
    content = build_workbook([build_appraisal_sheet(build_sheet(appraisal))])
    for name, form in list_forms(content):
        resource = AppraisalResource()
        sheet = resource.open(read_file(form, name))
        found = compare_sheet(appraisal, resource.rows(sheet))
        assert [
            (line.student_no, line.problem, line.changes) for line in found.lines if line.status != "same"
        ] == []
        assert len(found.lines) == appraisal.grades.count() == Member.objects.filter(branch=world.a2).count()
        assert (sheet.ignored, sheet.asked) == ((), ())
