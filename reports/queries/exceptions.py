"""Exceptions from the conditions of 优秀, narrowed to what a user may see."""

from django.db import models

from members.permissions import scope


class ExceptionQuerySet(models.QuerySet):
    def visible_to(self, user, action: str):
        return self.filter(
            scope(user, action).q(
                school="year__school", college="member__branch__college", branch="member__branch"
            )
        )

    def asked(self):
        return self.filter(state="asked")

    def in_force(self):
        """Granted and not revoked."""
        return self.filter(state="granted")

    def open(self):
        """Asked for or in force: a person has at most one of them in a year."""
        return self.filter(state__in=("asked", "granted"))
