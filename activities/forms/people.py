"""Filter for lists of rows that belong to people: records, objections."""

from django.db.models import QuerySet

from members.forms.people import PeopleFilter
from members.models import Member
from members.queries.roster import filter_members

PEOPLE = ("q", "college", "branch")


class OfPeopleFilter(PeopleFilter):
    def filter_by_people(self, rows: QuerySet) -> QuerySet:
        """Keep rows (with a column `member`) whose person matches the filter."""
        wanted = {name: self.cleaned_data[name] for name in PEOPLE}
        return (
            rows.filter(member__in=filter_members(Member.objects.all(), wanted))
            if any(wanted.values())
            else rows
        )
