from django.apps import AppConfig


class PairingConfig(AppConfig):
    name = "pairing"
    verbose_name = "街乡结对与服务队"

    def ready(self):
        # The portal's imports stand in members, which knows nothing of codes and halls; nor does the audit.
        from members import tables
        from members.transfer import resources
        from members.transfer.services import imports
        from pairing.forms.codes import CodeFilter
        from pairing.forms.liaison import InvitationFilter, LiaisonFilter
        from pairing.forms.pairings import PairingFilter
        from pairing.forms.streets import StreetRoomFilter
        from pairing.forms.teams import RollFilter
        from pairing.resources import CodeResource
        from pairing.services import code_imports
        from pairing.services.streets import forget_every_hall

        resources.register("codes", CodeResource)
        imports.register("codes", compare=code_imports.compare, merge=code_imports.merge, of_a_year=True)
        imports.when_written("streets", forget_every_hall)
        tables.register_document("streets", "街乡名录", StreetRoomFilter)
        tables.register_document("pairings", "结对台账", PairingFilter)
        tables.register_document("codes", "申请结对码", CodeFilter)
        tables.register_document("team_roll", "入队名单", RollFilter)
        tables.register_document("invitations", "街乡负责人邀请", InvitationFilter)
        tables.register_document("liaisons", "街乡负责人账号", LiaisonFilter)
