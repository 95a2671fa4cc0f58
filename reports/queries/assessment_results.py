"""The weights in force for a year, and a locked result of 学院考核 beside the current figures and rules."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone

from members.models import Branch, ServiceYear
from reports.models import Assessment, AssessmentLine, AssessmentScheme
from reports.queries.assessment import Ground
from reports.rules.assessment import Line, Score

RULE_NAMES = {
    "required_minutes": "年度服务时长要求（分钟）",
    "appraisal_sources": "评议认定的时长来源",
    "semesters": "已开始的学期",
    "pairing_closes_at": "街乡结对关闭时间",
    "first_service_by": "首次志愿服务完成期限",
    "confirm_working_days": "时长确认期限（工作日）",
}


def get_current_scheme(year: ServiceYear) -> AssessmentScheme | None:
    """Return the last published weights of the year, or None."""
    return AssessmentScheme.objects.filter(year=year).order_by("version").last()


def get_draft_weights(year: ServiceYear) -> dict[str, int] | None:
    """Return the weights to start from before any are published: those of the year before, or None."""
    before = AssessmentScheme.objects.filter(year__school=year.school_id, year__year=year.year - 1)
    last = before.order_by("version").last()
    return last.weights if last else None


def find_ground(user, year: ServiceYear, **narrowed) -> Ground:
    """Return what the user may see of the year, narrowed by lookups of branches."""
    chosen = {name: value for name, value in narrowed.items() if value}
    branches = Branch.objects.visible_to(user, "assessment.view").filter(college__school=year.school_id)
    return Ground(year, branches.filter(**chosen), timezone.localdate())


def build_school_ground(year: ServiceYear, now: datetime) -> Ground:
    """Return every branch of the school in the year, as of `now`."""
    return Ground(year, Branch.objects.filter(college__school=year.school_id), timezone.localdate(now))


def freeze_rules(year: ServiceYear, semesters: int) -> dict:
    """Return the values of the year that the figures depend on."""
    return {
        "required_minutes": year.required_minutes,
        "appraisal_sources": [str(source) for source in year.appraisal_sources],
        "semesters": semesters,
        "pairing_closes_at": year.pairing_closes_at.isoformat(),
        "first_service_by": year.first_service_by.isoformat(),
        "confirm_working_days": year.confirm_working_days,
    }


@dataclass(frozen=True)
class Compared:
    """A college's locked line beside its current score; None where the college is not visible or gone.

    `pairs`: (line then, line now or None, whether the measure differs).
    """

    line: AssessmentLine
    now: Score | None
    pairs: list[tuple[Line, Line | None, bool]]

    @property
    def name_now(self) -> str:
        """Return the current name if it differs from that of the result, else ""."""
        return self.now.name if self.now and self.now.name != self.line.college_name else ""

    @property
    def differs(self) -> bool:
        return any(differs for *_, differs in self.pairs)


def compare_scores(assessment: Assessment, scores: Iterable[Score]) -> list[Compared]:
    """Return every line of a result, in its order, beside the current scores."""
    present = {score.pk: score for score in scores}
    found = []
    for line in assessment.lines.all():
        now = present.get(line.college_id)
        lines = {one.indicator.key: one for one in now.lines} if now else {}
        pairs = [
            (
                then,
                after := lines.get(then.indicator.key),
                after is not None and after.measure != then.measure,
            )
            for then in line.then.lines
        ]
        found.append(Compared(line, now, pairs))
    return found


def list_changed_rules(assessment: Assessment, now: datetime) -> list[tuple[str, str, str]]:
    """Return (name, value then, value now) of the year's values that were changed after locking."""
    present = freeze_rules(assessment.year, build_school_ground(assessment.year, now).semesters)
    return [
        (RULE_NAMES[name], str(then), str(present[name]))
        for name, then in assessment.rules.items()
        if name in present and present[name] != then
    ]
