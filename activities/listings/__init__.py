"""The lists of projects, activities and hours."""

from activities.listings.attendance import ATTENDANCE, SETTLING, STREET_ACTIVITIES
from activities.listings.changes import CHANGED_TOTALS
from activities.listings.hours import DIFFERENCES, OBJECTIONS, PENDING, RECORDS, SUPPLEMENTS, TOTALS
from activities.listings.plans import ACTIVITIES, OFFERS, PROJECTS, SIGNUPS
from activities.listings.waiting import WAITING_HOURS

ALL = (
    PROJECTS,
    ACTIVITIES,
    SIGNUPS,
    OFFERS,
    ATTENDANCE,
    SETTLING,
    STREET_ACTIVITIES,
    PENDING,
    SUPPLEMENTS,
    OBJECTIONS,
    TOTALS,
    RECORDS,
    DIFFERENCES,
    CHANGED_TOTALS,
    WAITING_HOURS,
)
