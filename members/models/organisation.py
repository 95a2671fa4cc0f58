"""School → college → branch, and the city's streets."""

import pgtrigger
from django.db import models
from django.db.models import Q
from django.urls import reverse

from members.models.history import track_history
from members.models.one_school import build_school_stays_trigger
from members.querysets import BranchQuerySet, CollegeQuerySet, SchoolQuerySet, StreetQuerySet


@track_history()
class School(models.Model):
    code = models.CharField("代码", max_length=20, unique=True)
    name = models.CharField("名称", max_length=100, unique=True)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = SchoolQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "学校"
        ordering = ["name"]

    def __str__(self):
        return self.name


@track_history()
class College(models.Model):
    school = models.ForeignKey(School, models.PROTECT, related_name="colleges", verbose_name="学校")
    name = models.CharField("学院", max_length=100)
    # The number in the outside system (北京共青团): an import finds the college by it after a change of name.
    outside_no = models.CharField("组织编号", max_length=40, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = CollegeQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "学院"
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(fields=["school", "name"], name="college_name_once_per_school"),
            models.UniqueConstraint(
                fields=["school", "outside_no"], condition=~Q(outside_no=""), name="college_outside_no_once"
            ),
        ]
        triggers = [build_school_stays_trigger("学院")]

    def __str__(self):
        return self.name

    def get_absolute_url(self):
        return reverse("college", args=[self.pk])


@track_history()
class Branch(models.Model):
    college = models.ForeignKey(College, models.PROTECT, related_name="branches", verbose_name="学院")
    name = models.CharField("团支部", max_length=100)
    outside_no = models.CharField("组织编号", max_length=40, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = BranchQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "团支部"
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(fields=["college", "name"], name="branch_name_once_per_college"),
        ]
        triggers = [
            # A branch may move to another college of its school, never to another school: its people would
            # not move.
            pgtrigger.Trigger(
                name="stays_in_school",
                when=pgtrigger.Before,
                operation=pgtrigger.Update,
                condition=pgtrigger.Condition("OLD.college_id IS DISTINCT FROM NEW.college_id"),
                func="""
                    IF (SELECT school_id FROM members_college WHERE id = OLD.college_id)
                        IS DISTINCT FROM (SELECT school_id FROM members_college WHERE id = NEW.college_id)
                    THEN
                        RAISE EXCEPTION '团支部不能改到其他学校。' USING ERRCODE = 'check_violation';
                    END IF;
                    RETURN NEW;
                """,
            )
        ]

    def __str__(self):
        return self.name

    def get_absolute_url(self):
        return reverse("branch", args=[self.pk])


@track_history()
class Street(models.Model):
    """The League committee of a street or township.

    It belongs to the city: its cap counts pairings of all schools.
    """

    class Kind(models.TextChoices):
        URBAN = "urban", "城区"
        SUBURBAN = "suburban", "郊区"

    district = models.CharField("区", max_length=40)
    name = models.CharField("街乡名称", max_length=80)
    kind = models.CharField("类型", max_length=10, choices=Kind.choices)
    contact = models.CharField("联系人", max_length=60, blank=True)
    contact_phone = models.CharField("联系电话", max_length=40, blank=True)
    taken_elsewhere = models.PositiveSmallIntegerField("全市已对接数", default=0)
    taken_as_of = models.DateField("数据时间", null=True, blank=True)
    taken_source = models.CharField("数据来源", max_length=200, blank=True)

    objects = StreetQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "街乡"
        ordering = ["district", "name"]
        constraints = [
            # Two districts have a 八里庄街道, so district and name together identify a street.
            models.UniqueConstraint(fields=["district", "name"], name="street_name_once_per_district"),
            models.CheckConstraint(condition=Q(kind__in=["urban", "suburban"]), name="street_kind_known"),
        ]

    def __str__(self):
        return f"{self.district}{self.name}"
