from django.apps import AppConfig
from django.core.checks import Tags, register


class MembersConfig(AppConfig):
    name = "members"
    verbose_name = "团员与组织"

    def ready(self):
        # The filters of a list stand above the services that make its file.
        from members.checks import check_folded_migrations
        from members.resources.lists import roster_list
        from members.transfer.services import exports

        register(check_folded_migrations, Tags.database)
        exports.register("roster", title="花名册", action="member.export", open=roster_list)
