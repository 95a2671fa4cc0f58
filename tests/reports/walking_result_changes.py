"""Targets of the walk for results whose verdict does not hold any more: of appraisals and of honours."""

from dataclasses import replace

from members.permissions import Role
from reports.models import Appraisal, Nomination, ResultChange
from tests.places import Place, Target, make_place
from tests.reports.appraising import NOW

FACTS = {"not_judged": "目前不在籍（转出）", "missing": []}


def make_result_targets() -> dict[str, list[Target]]:
    """Return a change under a grade of each sheet, and one under each nomination, made by the targets before."""
    given = {"result_at": NOW, "noticed_at": NOW, "facts": FACTS}
    targets = []
    for sheet in Appraisal.objects.select_related("branch__college__school"):
        member = sheet.grades.first().member
        change = ResultChange.objects.create(appraisal=sheet, member=member, **given)
        # The college approves; neither the school nor the branch decides about the grade.
        targets.append(Target((change.pk,), replace(make_place(sheet.branch), role=Role.COLLEGE_SECRETARY)))
    for row in Nomination.objects.select_related("title__year__school", "title__college__school"):
        title, change = row.title, ResultChange.objects.create(nomination=row, **given)
        place = make_place(title.college) if title.college else Place(title.year.school)
        targets.append(Target((change.pk,), place))
    return {"result_change": targets}
