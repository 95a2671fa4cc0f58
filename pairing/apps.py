from django.apps import AppConfig


class PairingConfig(AppConfig):
    name = "pairing"
    verbose_name = "街乡结对与服务队"

    def ready(self):
        # The portal's imports stand in members, which knows nothing of codes and halls; nor does the audit.
        from members.forms import audit
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
        audit.FILTERS |= {
            "codes": CodeFilter,
            "invitations": InvitationFilter,
            "liaisons": LiaisonFilter,
            "pairings": PairingFilter,
            "streets": StreetRoomFilter,
            "team_roll": RollFilter,
        }
