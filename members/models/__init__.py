"""The tables of people and their organisations, accounts, the rules of a year, imports and exports."""

from members.models.account_events import AccountEvent
from members.models.accounts import Grant, User
from members.models.activation import ActivationCode
from members.models.audit import ExportLog
from members.models.calendar_days import CalendarDay
from members.models.campus import CampusLink, CampusSession
from members.models.exports import ExportJob
from members.models.imports import ImportRow, ImportRun, VolunteerRecord
from members.models.messages import Message, MessageReading
from members.models.numbers import StudentNumber
from members.models.organisation import Branch, College, School, Street
from members.models.people import Member
from members.models.spells import Spell
from members.models.years import Semester, ServiceYear

__all__ = [
    "AccountEvent",
    "ActivationCode",
    "Branch",
    "CalendarDay",
    "CampusLink",
    "CampusSession",
    "College",
    "ExportJob",
    "ExportLog",
    "Grant",
    "ImportRow",
    "ImportRun",
    "Member",
    "Message",
    "MessageReading",
    "School",
    "Semester",
    "ServiceYear",
    "Spell",
    "Street",
    "StudentNumber",
    "User",
    "VolunteerRecord",
]
