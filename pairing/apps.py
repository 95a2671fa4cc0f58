from django.apps import AppConfig
from django.urls import reverse_lazy


class PairingConfig(AppConfig):
    name = "pairing"
    verbose_name = "街乡结对与服务队"

    def ready(self):
        # The app members may not import pairing, so pairing registers its import of codes, its hall and its lists.
        from members import lists
        from members.transfer import resources
        from members.transfer.queries.links import ResultPage, register_links
        from members.transfer.services import imports
        from members.transfer.services.imports import changes
        from pairing import listings
        from pairing.models import PairingCode
        from pairing.queries.imports import link_streets
        from pairing.resources import CodeResource
        from pairing.services import code_imports
        from pairing.services.streets import forget_every_hall

        resources.register_resource("codes", CodeResource)
        imports.register_import(
            "codes", compare=code_imports.compare_codes, merge=code_imports.merge_codes, of_a_year=True
        )
        changes.register_lock_order(PairingCode, 30)
        imports.register_undo(words={PairingCode: lambda code: f"{code}{code.get_state_display()}"})
        imports.register_after_import("streets", forget_every_hall)
        register_links("streets", link_streets)
        register_links("codes", None, ResultPage("查看结对码", reverse_lazy("codes"), "code.view"))
        lists.register(listings.STREETS, listings.STREETS_ASSIGNED, listings.HALL)
        lists.register(listings.CODES, listings.BOARD, listings.PAIRINGS)
        lists.register(listings.TEAMS, listings.TEAM_ROLL, listings.INVITATIONS, listings.LIAISONS)
