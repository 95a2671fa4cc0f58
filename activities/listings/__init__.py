"""The lists of projects, activities and hours."""

from activities.listings.hours import RECORDS
from activities.listings.plans import ACTIVITIES, OFFERS, PROJECTS, SIGNUPS

__all__ = ["ACTIVITIES", "OFFERS", "PROJECTS", "RECORDS", "SIGNUPS"]
