"""Compare a sheet that was filled in outside with the portal's.

Rows are changed, the same, or wrong. Nothing is written. `write_rows` writes the accepted changes, and checks
gate and places once more.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

from members.sheets.cells import clean_text, make_name_key, make_number_key
from reports.models import Appraisal, AppraisalGrade
from reports.queries.appraisal_sheets import Row, build_sheet, get_excellent_quota
from reports.rules.appraisal import GRADES, Quota, marks_problem
from reports.services.appraisal_versions import LABELS, WRITTEN


@dataclass(frozen=True)
class Line:
    """A row of the file: `changes` are (label, old, new) in words, `problem` says why it is not imported."""

    number: int
    name: str
    student_no: str
    changes: list[tuple[str, str, str]] = field(default_factory=list)
    problem: str = ""
    grade_id: int | None = None
    values: dict[str, object] = field(default_factory=dict)
    version: int | None = None

    @property
    def status(self) -> str:
        if self.problem:
            return "error"
        return "changed" if self.changes else "same"


@dataclass(frozen=True)
class Comparison:
    """The compared rows, the places of 优秀 after the changes, and the grades of people who are not in the
    file."""

    lines: list[Line]
    quota: Quota
    missing: list[AppraisalGrade]

    @property
    def rows(self) -> dict[int, dict[str, object]]:
        """Return the changed rows as `write_rows` takes them."""
        return {
            line.grade_id: line.values for line in self.lines if line.status == "changed" and line.grade_id
        }

    @property
    def seen(self) -> dict[int, int]:
        """Return the versions of the rows that the preview was made from."""
        return {
            line.grade_id: line.version
            for line in self.lines
            if line.status == "changed" and line.grade_id and line.version
        }

    @property
    def errors(self) -> int:
        return sum(line.status == "error" for line in self.lines)


def compare_sheet(appraisal: Appraisal, staged: Iterable) -> Comparison:
    """Compare rows of reports.resources.appraisal with the sheet. Empty cells keep the value of the sheet."""
    rows = build_sheet(appraisal)
    by_number = {make_number_key(row.grade.member.student_no): row for row in rows}
    by_number |= {row.grade.member.student_no: row for row in rows}  # the exact spelling first
    lines, seen = [], set()
    for found in staged:
        key = found.key if found.key in by_number else make_number_key(found.key)
        row = by_number.get(key)
        place = row.grade.pk if row else key
        lines.append(_compare_row(found, row, place in seen))
        seen.add(place)
    grades = [row.grade for row in rows]
    missing = [grade for grade in grades if grade.pk not in seen]
    return Comparison(lines, get_excellent_quota(appraisal, grades), missing)


def _compare_row(found, row: Row | None, repeated: bool) -> Line:
    head = {
        "number": found.number,
        "student_no": found.key,
        "name": row.grade.member.name if row else found.data.get("name", ""),
    }
    if found.reason:
        return Line(**head, problem=found.reason)
    if row is None:
        return Line(**head, problem="评议名单里没有这个学号")
    if repeated:
        return Line(**head, problem="这个学号在文件里重复出现")
    if make_name_key(found.data.get("name", row.grade.member.name)) != row.grade.member.name_key:
        return Line(**head, problem=f"姓名与学号不符，名单中为{row.grade.member.name}")
    values = {name: found.data[name] for name in WRITTEN if name in found.data}
    if values.get("taking_part") is False:
        # An empty cell also means this: a person who is not assessed has no grade.
        values = {"proposed": "", "final": ""} | values
    old = {name: getattr(row.grade, name) for name in WRITTEN}
    values = {name: value for name, value in values.items() if value != _read_again(old[name])}
    return _judge_row(head, row, old, values)


def _read_again(value: object) -> object:
    """Return a stored value as the reader of a file would read it: a note without the spaces around it."""
    return clean_text(value) if isinstance(value, str) else value


def _judge_row(head: dict, row: Row, old: dict, values: dict) -> Line:
    """Put the changes into the row, so that the places count them; undo them where they are refused."""
    for name, value in values.items():
        setattr(row.grade, name, value)
    if values and (problem := marks_problem(row.grade.marks, row.verdict)):
        for name, value in old.items():
            setattr(row.grade, name, value)
        return Line(**head, problem=problem)
    changes = [
        (LABELS[name], _format_cell_value(old[name]), _format_cell_value(value))
        for name, value in values.items()
    ]
    return Line(**head, changes=changes, grade_id=row.grade.pk, values=values, version=row.grade.version)


def _format_cell_value(value: object) -> str:
    if isinstance(value, bool):
        return "是" if value else "否"
    text = str(value or "")
    return GRADES.get(text, text) or "空"
