"""The lists of projects, activities and hours."""

from activities.listings.attendance import ATTENDANCE, SETTLING, STREET_ACTIVITIES
from activities.listings.hours import RECORDS
from activities.listings.plans import ACTIVITIES, OFFERS, PROJECTS, SIGNUPS

ALL = (PROJECTS, ACTIVITIES, SIGNUPS, OFFERS, ATTENDANCE, SETTLING, STREET_ACTIVITIES, RECORDS)
