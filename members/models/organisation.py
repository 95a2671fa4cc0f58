"""School → college → branch, and the city's streets."""

import pgtrigger
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.urls import reverse

from members.models.history import track_history
from members.models.one_school import build_school_stays_trigger
from members.querysets import BranchQuerySet, CollegeQuerySet, SchoolQuerySet, StreetQuerySet
from members.unit_names import make_branch_key, make_college_key


class NameKeyField(models.CharField):
    """The key of a unit's name (members.unit_names), made anew by each save and each bulk insert of the unit."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **{"max_length": 100, "default": "", "editable": False, **kwargs})

    def deconstruct(self):
        """Be a plain CharField in migrations and in the history, whose models cannot make keys."""
        name, _, args, kwargs = super().deconstruct()
        return name, "django.db.models.CharField", args, kwargs

    def pre_save(self, model_instance, add):
        key = model_instance.make_name_key()
        setattr(model_instance, self.attname, key)
        return key


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
    name_key = NameKeyField()
    # Two units whose names have one key existed before the portal took them for one: this one is the second.
    twin = models.BooleanField("疑似重名", default=False, db_default=False, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = CollegeQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "学院"
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(fields=["school", "name"], name="college_name_once_per_school"),
            models.UniqueConstraint(
                fields=["school", "name_key"], condition=Q(twin=False), name="college_key_once_per_school"
            ),
            models.UniqueConstraint(
                fields=["school", "outside_no"], condition=~Q(outside_no=""), name="college_outside_no_once"
            ),
        ]
        triggers = [build_school_stays_trigger("学院")]

    def __str__(self):
        return self.name

    def get_absolute_url(self):
        return reverse("college", args=[self.pk])

    def make_name_key(self) -> str:
        return make_college_key(self.name, self.school.name)

    def clean(self):
        if self.school_id is None:
            return  # the form asks for the school
        others = College.objects.filter(school=self.school_id, twin=False).exclude(pk=self.pk)
        if not self.twin and (same := others.filter(name_key=self.make_name_key()).first()):
            raise ValidationError({"name": f"已有“{same}”，两个名称视为同一个学院。"})


@track_history()
class Branch(models.Model):
    college = models.ForeignKey(College, models.PROTECT, related_name="branches", verbose_name="学院")
    name = models.CharField("团支部", max_length=100)
    outside_no = models.CharField("组织编号", max_length=40, blank=True)
    name_key = NameKeyField()
    twin = models.BooleanField("疑似重名", default=False, db_default=False, editable=False)  # as of a college
    created_at = models.DateTimeField(auto_now_add=True)

    objects = BranchQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "团支部"
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(fields=["college", "name"], name="branch_name_once_per_college"),
            models.UniqueConstraint(
                fields=["college", "name_key"], condition=Q(twin=False), name="branch_key_once_per_college"
            ),
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

    def make_name_key(self) -> str:
        return make_branch_key(self.name, self.college.name, self.college.school.name)

    def clean(self):
        if self.college_id is None:
            return  # the form asks for the college
        others = Branch.objects.filter(college=self.college_id, twin=False).exclude(pk=self.pk)
        if not self.twin and (same := others.filter(name_key=self.make_name_key()).first()):
            raise ValidationError({"name": f"该学院已有“{same}”，两个名称视为同一个团支部。"})


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
