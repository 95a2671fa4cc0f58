"""Projects, activities, sign-ups and the ledger of hours."""

from activities.models.cases import SettledCase
from activities.models.counts import (
    ChangedTotal,
    CountedRecord,
    MissingRecord,
    OverlapDecision,
    WaitingHours,
)
from activities.models.ledger import HoursSlip, Objection, RecordLink, ServiceRecord
from activities.models.projects import Activity, Post, Project, ProjectReply
from activities.models.signups import CalendarFeed, Flag, How, SignUp, Where

__all__ = [
    "Activity",
    "CalendarFeed",
    "ChangedTotal",
    "CountedRecord",
    "Flag",
    "HoursSlip",
    "How",
    "MissingRecord",
    "Objection",
    "OverlapDecision",
    "Post",
    "Project",
    "ProjectReply",
    "RecordLink",
    "ServiceRecord",
    "SettledCase",
    "SignUp",
    "WaitingHours",
    "Where",
]
