"""The student numbers of a person: a new one comes with a change of level or college (requirements §3)."""

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Upper

from members.models.history import track_history
from members.models.organisation import School
from members.models.people import Member


@track_history()
class StudentNumber(models.Model):
    """One number of one person, from `starts_on` to the day before `ends_on`; an empty day is not known.

    The open number is `Member.student_no`. Files and sign-in find a person by every number, in any case. `twin`: as
    `Member.number_twin`.
    """

    school = models.ForeignKey(School, models.CASCADE, related_name="+")
    member = models.ForeignKey(Member, models.CASCADE, related_name="numbers", verbose_name="人员")
    number = models.CharField("学号", max_length=40)
    twin = models.PositiveSmallIntegerField(default=0, db_default=0, editable=False)
    starts_on = models.DateField("起", null=True, blank=True)
    ends_on = models.DateField("止（不含）", null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "学号"
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(Upper("number"), "school", "twin", name="number_of_one_person"),
            models.UniqueConstraint(
                fields=["member"], condition=Q(ends_on=None), name="number_one_open_per_member"
            ),
            models.CheckConstraint(
                name="number_ends_after_start",
                condition=Q(ends_on=None) | Q(starts_on=None) | Q(ends_on__gte=F("starts_on")),
            ),
        ]
        indexes = [models.Index(fields=["school"], condition=Q(twin__gt=0), name="number_twins")]

    def __str__(self):
        return self.number
