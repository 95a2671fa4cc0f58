"""The school's own table of working days, beside the state's calendar."""

from django.db import models

from members.models.history import track_history
from members.models.organisation import School


@track_history()
class CalendarDay(models.Model):
    """A day that the school declares a working day or a day off; it precedes the state's calendar."""

    school = models.ForeignKey(School, models.CASCADE, related_name="calendar_days", verbose_name="学校")
    day = models.DateField("日期")
    works = models.BooleanField("上班", default=False)
    note = models.CharField("说明", max_length=60, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "校历"
        ordering = ["day"]
        constraints = [models.UniqueConstraint(fields=["school", "day"], name="calendar_day_once_per_school")]

    def __str__(self):
        return f"{self.day}"
