"""Issued bulletins with frozen figures, their push channels, exceptions, appraisals, honours and more."""

from reports.models.admission import Admission, Applicant
from reports.models.appraisal import Appraisal, AppraisalGrade, AppraisalStep, Grade
from reports.models.assessment import Assessment, AssessmentLine, AssessmentScheme
from reports.models.bulletins import Bulletin, BulletinBranch, BulletinLine
from reports.models.channels import Channel, Delivery
from reports.models.commendation import Commendation, Commended
from reports.models.exceptions import ExcellentException
from reports.models.honours import HonourTitle, Nomination
from reports.models.result_changes import ResultChange
from reports.models.rollover import RollOver

__all__ = [
    "Admission",
    "Applicant",
    "Appraisal",
    "AppraisalGrade",
    "AppraisalStep",
    "Assessment",
    "AssessmentLine",
    "AssessmentScheme",
    "Bulletin",
    "BulletinBranch",
    "BulletinLine",
    "Channel",
    "Commendation",
    "Commended",
    "Delivery",
    "ExcellentException",
    "Grade",
    "HonourTitle",
    "Nomination",
    "ResultChange",
    "RollOver",
]
