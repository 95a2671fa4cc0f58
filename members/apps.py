from django.apps import AppConfig
from django.core.checks import Tags, register


class MembersConfig(AppConfig):
    name = "members"
    verbose_name = "团员与组织"

    def ready(self):
        from members import tables
        from members.checks import check_folded_migrations
        from members.listings import AUDIT, ROSTER
        from members.models import Branch, College, Member, Street

        register(check_folded_migrations, Tags.database)
        tables.register(ROSTER, AUDIT)
        tables.register_document("rejects", "未录入的行")
        tables.NAMED_FILTERS |= {"college": College, "branch": Branch, "member": Member, "street": Street}
