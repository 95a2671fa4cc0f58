"""Projects, activities, sign-ups and the ledger of hours."""

from activities.models.ledger import HoursSlip, Objection, RecordLink, ServiceRecord
from activities.models.projects import Activity, Post, Project, ProjectReply
from activities.models.signups import CalendarFeed, Flag, How, SignUp, Where

__all__ = [
    "Activity",
    "CalendarFeed",
    "Flag",
    "HoursSlip",
    "How",
    "Objection",
    "Post",
    "Project",
    "ProjectReply",
    "RecordLink",
    "ServiceRecord",
    "SignUp",
    "Where",
]
