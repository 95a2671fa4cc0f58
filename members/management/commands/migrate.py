"""`migrate` of Django with states that render only the models that are asked for (`members.migration_states`)."""

from unittest.mock import patch

from django.core.management.commands import migrate

from members.migration_states import LeanExecutor


class Command(migrate.Command):
    def handle(self, *args, **options):
        """Do what Django's command does."""
        with patch.object(migrate, "MigrationExecutor", LeanExecutor):
            return super().handle(*args, **options)
