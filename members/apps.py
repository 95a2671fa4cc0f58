from django.apps import AppConfig


class MembersConfig(AppConfig):
    name = "members"
    verbose_name = "团员与组织"

    def ready(self):
        # The filters of a list stand above the services that make its file.
        from members.transfer.lists import roster_list
        from members.transfer.services import exports

        exports.register("roster", title="花名册", action="member.export", open=roster_list)
