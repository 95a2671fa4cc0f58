"""Issued bulletins, frozen with every figure, where they are pushed to, and exceptions from the conditions of 优秀."""

from reports.models.appraisal import Appraisal, AppraisalGrade, AppraisalStep, Grade
from reports.models.bulletins import Bulletin, BulletinBranch, BulletinLine
from reports.models.channels import Channel, Delivery
from reports.models.exceptions import ExcellentException

__all__ = [
    "Appraisal",
    "AppraisalGrade",
    "AppraisalStep",
    "Bulletin",
    "BulletinBranch",
    "BulletinLine",
    "Channel",
    "Delivery",
    "ExcellentException",
    "Grade",
]
