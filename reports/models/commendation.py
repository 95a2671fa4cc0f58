"""表彰 (三(五)): a list of volunteers, teams or projects by published criteria.

Issued lists are frozen with their evidence.
"""

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse

from activities.models import Project
from members.models import Member, ServiceYear
from members.models.history import build_truncate_trigger, track_history
from pairing.models import ServiceTeam
from reports.models.assessment import build_refusal_sql
from reports.querysets import OfSchoolQuerySet
from reports.rules.commendation import CRITERIA, KINDS, Criterion, figure_text

STAYS = build_refusal_sql("已公布的表彰名单不能修改或删除。")


@track_history()
class Commendation(models.Model):
    """Criteria and number of places. The list follows from them, and is kept once it is issued."""

    year = models.ForeignKey(ServiceYear, models.PROTECT, related_name="commendations", verbose_name="年度")
    kind = models.CharField("对象", max_length=10, choices=list(KINDS.items()))
    name = models.CharField("名称", max_length=60)
    places = models.PositiveSmallIntegerField("名额")
    # {key of the criterion: minimum}
    minimum = models.JSONField("条件")
    order = models.CharField("排序依据", max_length=10)
    created_at = models.DateTimeField("创建时间")
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    issued_at = models.DateTimeField("公布时间", null=True, blank=True)
    issued_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    # Thresholds and sources when it was issued.
    rules = models.JSONField("认定依据", null=True, blank=True)

    objects = OfSchoolQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "表彰"
        ordering = ["-year__year", "-created_at", "-pk"]
        constraints = [
            models.UniqueConstraint(fields=["year", "name"], name="commendation_name_once_per_year"),
            models.CheckConstraint(name="commendation_has_places", condition=Q(places__gte=1)),
            models.CheckConstraint(
                name="commendation_issued_with_signer",
                condition=Q(issued_at=None, issued_by=None, rules__isnull=True)
                | Q(issued_at__isnull=False, issued_by__isnull=False, rules__isnull=False),
            ),
        ]
        triggers = [
            build_truncate_trigger("表彰"),
            pgtrigger.Trigger(
                name="issued_stays",
                when=pgtrigger.Before,
                operation=pgtrigger.Update | pgtrigger.Delete,
                condition=pgtrigger.Condition("OLD.issued_at IS NOT NULL"),
                func=STAYS,
            ),
        ]

    def __str__(self):
        return self.name

    def get_absolute_url(self):
        return reverse("commendation", args=[self.pk])

    @property
    def criteria(self) -> list[tuple[Criterion, str]]:
        """Return (criterion, minimum as text) of the criteria with a minimum above 0."""
        return [
            (criterion, figure_text(criterion, self.minimum[criterion.key]))
            for criterion in CRITERIA[self.kind]
            if self.minimum[criterion.key]
        ]

    @property
    def order_label(self) -> str:
        return next(criterion.label for criterion in CRITERIA[self.kind] if criterion.key == self.order)


class Commended(models.Model):
    """A name on an issued list: chosen with its place, or left out with the reasons. Texts stay as issued."""

    commendation = models.ForeignKey(Commendation, models.PROTECT, related_name="names")
    # The place on the list; None for a candidate that was left out.
    place = models.PositiveSmallIntegerField("序号", null=True)
    member = models.ForeignKey(Member, models.PROTECT, null=True, related_name="commended")
    team = models.ForeignKey(ServiceTeam, models.PROTECT, null=True, related_name="commended")
    project = models.ForeignKey(Project, models.PROTECT, null=True, related_name="commended")
    name = models.CharField("名称", max_length=120)
    where = models.CharField("所在", max_length=210)
    figures = models.JSONField("各项数字")
    barred = models.JSONField("未列入原因", default=list)
    # [[day, title, source or people, minutes], …]
    evidence = models.JSONField("服务记录", default=list)

    class Meta:
        verbose_name = verbose_name_plural = "表彰名单"
        ordering = ["place", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["commendation", "place"], name="commended_place_once"),
            models.CheckConstraint(
                name="commended_placed_or_barred",
                condition=Q(place__gte=1, barred=[]) | Q(place=None) & ~Q(barred=[]),
            ),
            models.CheckConstraint(
                name="commended_one_thing",
                condition=Q(member__isnull=False, team=None, project=None)
                | Q(member=None, team__isnull=False, project=None)
                | Q(member=None, team=None, project__isnull=False),
            ),
        ]
        triggers = [
            build_truncate_trigger("表彰名单"),
            pgtrigger.Trigger(
                name="within_places_then_stays",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert | pgtrigger.Update | pgtrigger.Delete,
                func=(
                    f"IF TG_OP <> 'INSERT' THEN {STAYS} END IF; "
                    "IF EXISTS (SELECT FROM reports_commendation c WHERE c.id = NEW.commendation_id "
                    f"AND c.issued_at IS NOT NULL) THEN {STAYS} END IF; "
                    "IF NEW.place > (SELECT c.places FROM reports_commendation c "
                    "WHERE c.id = NEW.commendation_id) THEN "
                    "RAISE EXCEPTION '超出表彰名额。' USING ERRCODE = 'check_violation'; END IF; RETURN NEW;"
                ),
            ),
        ]

    def __str__(self):
        return self.name

    @property
    def name_now(self) -> str:
        """Return the current name if it differs from that on the list, else ""."""
        subject = self.member or self.team or self.project
        assert subject is not None  # the constraint asks for one of the three
        now = subject.name
        return now if now != self.name else ""
