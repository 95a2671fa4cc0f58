"""Issued bulletins, frozen with every figure, and where they are pushed to."""

from reports.models.bulletins import Bulletin, BulletinBranch, BulletinLine
from reports.models.channels import Channel, Delivery

__all__ = ["Bulletin", "BulletinBranch", "BulletinLine", "Channel", "Delivery"]
