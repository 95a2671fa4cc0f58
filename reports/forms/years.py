"""Filters of lists that belong to one year of a school."""

from django import forms
from django.utils.functional import cached_property

from members.lists import ListFilter
from members.models import School, ServiceYear


def list_years(user) -> list[tuple[int, str]]:
    """Return the years of the user's school as choices, the latest first.

    A repair account gets the years of every school.
    """
    years = ServiceYear.objects.filter(school=user.school) if user.school else ServiceYear.objects.all()
    numbers = years.order_by("-year").values_list("year", flat=True).distinct()
    return [(number, f"{number} 年度") for number in numbers]


class YearFilter(ListFilter):
    """A year of the school; today's without a choice. Not valid where the school has no year at all."""

    year = forms.TypedChoiceField(label="年度", coerce=int, required=False, empty_value=None)

    def __init__(self, data, *, user, action: str):
        super().__init__(data, user=user, action=action)
        if isinstance(self.fields["year"], forms.ChoiceField):
            self.fields["year"].choices = [("", "当前年度"), *self.years]

    @cached_property
    def years(self) -> list[tuple[int, str]]:
        return list_years(self.user)

    @property
    def school(self) -> School | None:
        return self.user.school

    def clean(self):
        cleaned = super().clean()
        self._year = ServiceYear.objects.get_or_current(self.school, cleaned.get("year"))
        if self._year is None:
            self.add_error(None, "还没有年度规则。")
        return cleaned

    @property
    def of_year(self) -> ServiceYear | None:
        """Return the year of the list, also where another filter is not valid."""
        self.is_valid()
        return self._year

    @property
    def wanted(self) -> dict:
        """Return the cleaned filters; empty where one of them is not valid."""
        return self.cleaned_data if self.is_valid() else {}
