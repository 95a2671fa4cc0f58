from pathlib import Path

from django.apps import AppConfig
from django.conf import settings
from django.core.checks import Tags, register


class MembersConfig(AppConfig):
    name = "members"
    verbose_name = "团员与组织"

    def ready(self):
        from members import listings, lists
        from members.account_signals import connect_account_signals
        from members.checks import check_folded_migrations
        from members.models import Branch, College, ImportRun, Member, Street
        from members.services.left_officers import follow_leavers
        from members.services.spells import register_spell_follower
        from members.sheets.reading import set_lock_file
        from members.stored_text import install_in_database
        from members.transfer import listings as transfers
        from members.typed_text import install_in_forms

        if settings.READER_LOCK:
            set_lock_file(Path(settings.READER_LOCK))
        install_in_forms()
        install_in_database()
        connect_account_signals()
        register_spell_follower(follow_leavers)
        register(check_folded_migrations, Tags.database)
        lists.register(listings.ROSTER, listings.BRANCH_PEOPLE, listings.RATES, listings.REPORTS)
        lists.register(listings.CLAIMS, listings.MESSAGES, listings.AUDIT)
        lists.register(listings.ACTIVATION_CODES, listings.OFFICES, listings.CALENDAR)
        lists.register(
            transfers.IMPORTS, transfers.IMPORT_ROWS, transfers.REJECTED_ROWS, transfers.EXPORT_JOBS
        )
        lists.register(transfers.MISSING_PEOPLE, transfers.MISSING_BRANCHES)
        lists.register_document("rejects", "未录入的行")
        lists.register_document("activation_slips", "激活纸条")
        lists.NAMED_FILTERS |= {"college": College, "branch": Branch, "member": Member, "street": Street}
        lists.NAMED_FILTERS |= {"imported": ImportRun}
