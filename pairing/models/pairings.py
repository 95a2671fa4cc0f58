"""Pairings of colleges with streets, wishes of colleges before the hall opens, and assigned streets."""

from django.conf import settings
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import IntegerRangeField, RangeBoundary, RangeOperators
from django.db import models
from django.db.models import F, Func, Q
from django.db.models.functions import Coalesce
from django.urls import reverse

from members.models import College, ServiceYear, Street
from members.models.history import track_history
from pairing.models.codes import PairingCode
from pairing.querysets import PairingQuerySet


class Years(Func):
    """The range of calendar years in which a pairing holds its street, both ends included."""

    function = "INT4RANGE"
    output_field = IntegerRangeField()


HELD = Years("calendar_year", Coalesce("carried_to", "calendar_year"), RangeBoundary(inclusive_upper=True))


@track_history()
class Pairing(models.Model):
    """The pairing of one college with one street (三(三)).

    First come, first served: the constraints decide.
    """

    class State(models.TextChoices):
        ACTIVE = "active", "已结对"
        RELEASED = "released", "已解除"

    year = models.ForeignKey(ServiceYear, models.PROTECT, related_name="pairings", verbose_name="年度")
    college = models.ForeignKey(College, models.PROTECT, related_name="pairings", verbose_name="学院")
    street = models.ForeignKey(Street, models.PROTECT, related_name="pairings", verbose_name="街乡")
    code = models.ForeignKey(PairingCode, models.PROTECT, related_name="pairings", verbose_name="结对码")
    state = models.CharField("状态", max_length=10, choices=State.choices, default=State.ACTIVE)
    # The calendar year, because the places of a street are counted over all schools, each with its own
    # ServiceYear.
    calendar_year = models.PositiveSmallIntegerField()
    # 三(五): the last year into which the school has carried the pairing; empty if it holds for its own year
    # only.
    carried_to = models.PositiveSmallIntegerField("延续至年度", null=True, blank=True)
    place = models.PositiveSmallIntegerField("名额序号")
    cap = models.PositiveSmallIntegerField("上限")
    claimed_at = models.DateTimeField("结对时间")
    claimed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    claimed_for = models.CharField("代为结对的原因", max_length=200, blank=True)
    due_on = models.DateField("线下结对期限")

    offline_on = models.DateField("线下结对日期", null=True, blank=True)
    offline_people = models.CharField("到场人员", max_length=200, blank=True)
    offline_note = models.TextField("情况说明", max_length=1000, blank=True)
    proof = models.FileField("照片或扫描件", upload_to="pairings/%Y/", blank=True)
    confirmed_at = models.DateTimeField("线下结对登记时间", null=True, blank=True)
    confirmed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")

    ended_at = models.DateTimeField("解除时间", null=True, blank=True)
    ended_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    end_reason = models.CharField("解除原因", max_length=200, blank=True)

    objects = PairingQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "结对"
        ordering = ["claimed_at", "pk"]
        constraints = [
            ExclusionConstraint(
                name="pairing_once_per_college",
                expressions=[("college", RangeOperators.EQUAL), (HELD, RangeOperators.OVERLAPS)],
                condition=Q(state="active"),
            ),
            models.UniqueConstraint(
                name="pairing_once_per_code", fields=["code"], condition=Q(state="active")
            ),
            ExclusionConstraint(
                name="pairing_place_once",
                expressions=[
                    ("street", RangeOperators.EQUAL),
                    ("place", RangeOperators.EQUAL),
                    (HELD, RangeOperators.OVERLAPS),
                ],
                condition=Q(state="active"),
            ),
            models.CheckConstraint(
                name="pairing_carried_forward",
                condition=Q(carried_to=None) | Q(carried_to__gt=F("calendar_year")),
            ),
            models.CheckConstraint(
                name="pairing_place_within_cap", condition=Q(place__gte=1, place__lte=F("cap"))
            ),
            models.CheckConstraint(
                name="pairing_ended_with_reason",
                condition=Q(state="active", ended_at=None)
                | Q(state="released", ended_at__isnull=False) & ~Q(end_reason=""),
            ),
            models.CheckConstraint(
                name="pairing_confirmed_with_date",
                condition=Q(confirmed_at=None, offline_on=None)
                | Q(confirmed_at__isnull=False, offline_on__isnull=False),
            ),
        ]
        indexes = [
            # Places taken per street; every open hall asks for them.
            models.Index(
                fields=["calendar_year", "street"], condition=Q(state="active"), name="pairing_places"
            ),
        ]

    def __str__(self):
        return f"{self.college} — {self.street}"

    def get_absolute_url(self):
        return reverse("pairing", args=[self.pk])


class Wish(models.Model):
    """A street on a college's ranked list of favourites, made before the hall opens. It gives no claim."""

    year = models.ForeignKey(ServiceYear, models.CASCADE, related_name="wishes")
    college = models.ForeignKey(College, models.CASCADE, related_name="wishes")
    street = models.ForeignKey(Street, models.CASCADE, related_name="wishes")
    rank = models.PositiveSmallIntegerField("顺序")

    class Meta:
        verbose_name = verbose_name_plural = "意向"
        ordering = ["rank", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["year", "college", "street"], name="wish_once_per_street"),
        ]

    def __str__(self):
        return f"{self.rank} {self.street}"


@track_history()
class AssignedStreet(models.Model):
    """A street that the level above assigned to the school (二(三)).

    If the year's switch is on, only assigned streets can be taken.
    """

    year = models.ForeignKey(ServiceYear, models.CASCADE, related_name="assigned_streets")
    street = models.ForeignKey(Street, models.CASCADE, related_name="assignments")

    class Meta:
        verbose_name = verbose_name_plural = "分配的街乡"
        constraints = [
            models.UniqueConstraint(fields=["year", "street"], name="street_assigned_once_per_year"),
        ]

    def __str__(self):
        return str(self.street)
