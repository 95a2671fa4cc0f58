"""Codes, each college's own only; the school sees all of its own."""

from django.db import models

from members.permissions import scope


class CodeQuerySet(models.QuerySet):
    def visible_to(self, user, action: str):
        return self.filter(scope(user, action).q(school="year__school", college="college"))
