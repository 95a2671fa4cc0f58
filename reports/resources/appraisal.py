"""The appraisal's sheet: export and import use the same headers."""

from typing import Any, ClassVar

from members.resources.base import SheetResource, make_column
from members.sheets.cells import CellError, clean_name, clean_number, clean_text
from reports.models import Appraisal, AppraisalGrade
from reports.queries.appraisal_sheets import Row
from reports.rules.appraisal import format_kept_reasons, parse_grade
from reports.rules.eligibility import MemberVerdict, freeze_verdict

TAKING_PART = {"是": True, "参加": True, "✓": True, "√": True, "否": False, "不参加": False, "×": False}


def clean_grade(value: object) -> str:
    try:
        return parse_grade(clean_text(value))
    except ValueError as error:
        raise CellError(str(error)) from error


def clean_taking_part(value: object) -> bool | str:
    text = clean_text(value)
    if text and text not in TAKING_PART:
        raise CellError(f"“{text[:20]}”请填写是或否")
    return TAKING_PART.get(text, "")


class AppraisalResource(SheetResource):
    student_no = make_column("学号", "member__student_no", clean_number)
    name = make_column("姓名", "member__name", clean_name)
    eligible = make_column("评优资格", None, clean_text)
    reasons = make_column("未达到的条件", None, clean_text)
    taking_part = make_column("参加评议", "taking_part", clean_taking_part)
    self_grade = make_column("自评", "get_self_grade_display", clean_grade)
    mutual = make_column("互评", "get_mutual_display", clean_grade)
    proposed = make_column("支部建议", "get_proposed_display", clean_grade)
    final = make_column("最终等次", "get_final_display", clean_grade)
    note = make_column("备注", "note", clean_text)

    class Meta:
        model = AppraisalGrade
        import_id_fields = ("student_no",)
        fields = (
            "student_no",
            "name",
            "eligible",
            "reasons",
            "taking_part",
            "self_grade",
            "mutual",
            "proposed",
            "final",
            "note",
        )

    key = "student_no"
    required = frozenset({"student_no"})
    any_of = (frozenset({"taking_part", "self_grade", "mutual", "proposed", "final", "note"}),)
    must_have: ClassVar = {"student_no": "缺少学号"}
    # The portal judges the verdict; an import ignores these columns.
    export_only = frozenset({"eligible", "reasons"})
    aliases: ClassVar = {
        "student_no": ("学籍号", "学生学号", "编号(学号)"),
        "name": ("学生姓名", "团员姓名", "名字"),
        "taking_part": ("是否参加评议", "是否参评", "参评"),
        "self_grade": ("自我评价", "个人自评", "自评等次"),
        "mutual": ("团员互评", "民主互评", "互评等次", "民主测评"),
        "proposed": ("支部建议等次", "支委会建议", "建议等次"),
        "final": ("评议等次", "评议结果", "等次", "最终评议等次", "评定等次"),
        "note": ("说明", "备注说明"),
    }

    def __init__(self, verdicts: dict[int, MemberVerdict] | None = None):
        super().__init__()
        self.verdicts = verdicts or {}

    def dehydrate_taking_part(self, grade: AppraisalGrade) -> str:
        return "是" if grade.taking_part else "否"

    # An approved sheet is exported as approved, even if the verdict has changed since.

    def dehydrate_name(self, grade: AppraisalGrade) -> str:
        return grade.name

    def dehydrate_eligible(self, grade: AppraisalGrade) -> str:
        return grade.verdict["answer"] if grade.verdict else self.verdicts[grade.pk].answer

    def dehydrate_reasons(self, grade: AppraisalGrade) -> str:
        if grade.verdict:
            return grade.verdict["not_judged"] or format_kept_reasons(grade.verdict)
        verdict = self.verdicts[grade.pk]
        return verdict.not_judged or format_kept_reasons(freeze_verdict(verdict))


def build_appraisal_sheet(rows: list[Row]) -> tuple[str, list[str], list[list[Any]]]:
    """Return (title, header, rows) for a workbook."""
    resource = AppraisalResource({row.grade.pk: row.verdict for row in rows})
    cells = [resource.export_resource(row.grade) for row in rows]
    return "团员教育评议", resource.get_export_headers(), cells


STATES = dict(Appraisal.State.choices)
BRANCHES_HEADER = ("学院", "团支部", "状态", "评议会日期", "应到", "实到", "参加评议", "已评定", "优秀")


def build_branch_row(branch) -> tuple:
    """Return a branch's progress as a row; takes one of `branches_with_appraisal`."""
    return (
        branch.college_name,
        branch.name,
        STATES.get(branch.state, "未开始"),
        branch.held_on,
        branch.entitled if branch.held_on else None,
        branch.present,
        branch.taking,
        branch.graded,
        branch.taken,
    )


def build_left_out_sheet(people) -> tuple[str, list[str], list[list[Any]]]:
    """Return a sheet of the people who are on no sheet of the year."""
    header = ["学院", "团支部", "学号", "姓名"]
    rows = [[person.college_name, person.branch_name, person.student_no, person.name] for person in people]
    return "不在评议名单", header, rows
