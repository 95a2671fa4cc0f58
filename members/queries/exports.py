"""Exports made by a worker: everybody sees the own ones only."""

from django.db import models

from members.permissions import may


class ExportJobQuerySet(models.QuerySet):
    def visible_to(self, user, action: str):
        return self.filter(user=user) if may(user, action) else self.none()

    def at_work(self):
        return self.filter(state__in=self.model.OPEN)

    def like(self, *, kind: str, filters: dict):
        """Of the same list, narrowed and sorted the same."""
        return self.filter(kind=kind, filters=filters)
