"""Publish weights before scoring; then lock the scores of a year with every figure (三(五), 四.3)."""

from collections.abc import Mapping
from datetime import datetime

from django.core.exceptions import ValidationError
from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from members.models import College, ServiceYear
from members.permissions import get_scope
from members.queries.receivers import build_college_office
from members.services.moments import in_one_snapshot, lock_school
from members.services.notify import notify
from members.services.unchanged import Check, accept_all
from reports.models import Assessment, AssessmentLine, AssessmentScheme
from reports.queries.assessment import compute_college_scores
from reports.queries.assessment_results import build_school_ground, freeze_rules, get_current_scheme
from reports.rules.assessment import Score, rank_scores, weights_problem


@transaction.atomic
def publish_weights(
    *,
    user,
    year: ServiceYear,
    weights: Mapping[str, int],
    reason: str = "",
    unchanged: Check = accept_all,
    now: datetime | None = None,
) -> AssessmentScheme:
    """Publish the first version, or a new one with a reason; refused once a result of the year is locked.

    `unchanged` refuses if the page showed other weights.
    """
    _lock_assessed_school(user, year)
    if Assessment.objects.filter(year=year).exists():
        raise ValidationError("本年度考核结果已锁定，不能再改权重。")
    if problem := weights_problem(weights):
        raise ValidationError(problem)
    last = get_current_scheme(year)
    if last:
        unchanged(last.weights)
    if last and not reason.strip():
        raise ValidationError({"reason": "权重已经公布，请写明调整原因。"})
    if last and last.weights == dict(weights):
        raise ValidationError("权重没有变化。")
    scheme = AssessmentScheme.objects.create(
        year=year,
        version=last.version + 1 if last else 1,
        weights=dict(weights),
        reason=reason.strip() if last else "",
        published_at=now or timezone.now(),
        published_by=user,
    )
    _notify_colleges(scheme)
    return scheme


@in_one_snapshot
def lock_result(*, user, year: ServiceYear, reason: str = "", now: datetime | None = None) -> Assessment:
    """Freeze every college's score at one moment.

    A second time needs a reason and makes a result of its own.
    """
    now = now or timezone.now()
    _lock_assessed_school(user, year)
    year = ServiceYear.objects.get(pk=year.pk)  # with the rules of this moment
    scheme = get_current_scheme(year)
    if scheme is None:
        raise ValidationError("请先公布考核权重，再锁定结果。")
    last = Assessment.objects.filter(year=year).order_by("number").last()
    if last and not reason.strip():
        raise ValidationError({"reason": "本年度已有考核结果，请写明重新评定的原因。"})
    ground = build_school_ground(year, now)
    scores = compute_college_scores(ground, scheme.weights)
    if not scores:
        raise ValidationError("还没有可以考核的学院，请先导入花名册。")
    assessment = Assessment.objects.create(
        year=year,
        number=last.number + 1 if last else 1,
        scheme=scheme,
        reason=reason.strip() if last else "",
        as_of=now,
        locked_by=user,
        rules=freeze_rules(year, ground.semesters),
    )
    AssessmentLine.objects.bulk_create(
        _freeze_score(assessment, place, score) for place, score in rank_scores(scores)
    )
    assessment.sealed = True
    assessment.save(update_fields=["sealed"])
    return assessment


def _freeze_score(assessment: Assessment, place: int | None, score: Score) -> AssessmentLine:
    figures = [
        {
            "key": line.indicator.key,
            "label": line.indicator.label,
            "unit": line.indicator.unit,
            "counted": line.measure.counted,
            "of": line.measure.of,
            "weight": line.weight,
            "points": line.points,
        }
        for line in score.lines
    ]
    return AssessmentLine(
        assessment=assessment,
        college_id=score.pk,
        college_name=score.name,
        place=place,
        score=score.total,
        figures=figures,
    )


def _lock_assessed_school(user, year: ServiceYear) -> None:
    """Lock the school, so that changes follow one another; only the school of the year may go on."""
    seen = get_scope(user, "assessment.publish")
    if not seen.everything and year.school_id not in seen.schools:
        raise ValidationError("只有本校团委可以公布权重和锁定考核结果。")
    lock_school(year.school_id)


def _notify_colleges(scheme: AssessmentScheme) -> None:
    colleges = College.objects.filter(school=scheme.year.school_id).values_list("pk", flat=True)
    link = f"{reverse('assessment')}?year={scheme.year.year}"
    offices = [build_college_office(pk) for pk in colleges]
    notify(offices, "weights_published", link, key=f"scheme:{scheme.pk}", scheme=scheme)
