"""Messages: everybody reads the own ones only."""

from django.db import models

from members.permissions import may


class MessageQuerySet(models.QuerySet):
    def visible_to(self, user, action: str):
        return self.filter(user=user) if may(user, action) else self.none()

    def unread(self):
        return self.filter(read_at=None)
