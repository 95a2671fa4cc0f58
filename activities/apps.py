from django.apps import AppConfig
from django.urls import reverse_lazy


class ActivitiesConfig(AppConfig):
    name = "activities"
    verbose_name = "项目、活动与时长"

    def ready(self):
        from activities import listings
        from activities.models import Activity, CountedRecord, Project, RecordLink, ServiceRecord
        from activities.queries.imports import link_records
        from activities.resources.hours import HoursResource
        from activities.services import counting, hours_imports, hours_undoing, moves, units, waiting_hours
        from members import lists
        from members.services import years
        from members.services.known_numbers import register_number_follower
        from members.services.spells import register_spell_follower
        from members.transfer import resources
        from members.transfer.queries.links import register_links
        from members.transfer.services import imports
        from members.transfer.services.imports import changes
        from pairing.services import followers

        resources.register_resource("hours", HoursResource)
        imports.register_import(
            "hours", compare=hours_imports.compare_hours, merge=hours_imports.merge_hours, of_a_year=False
        )
        imports.register_reverting("hours", hours_imports.count_reverting)
        missing = reverse_lazy("differences", query={"kind": "missing"})
        imports.register_missing("hours", hours_imports.count_missing, page=missing)
        imports.register_unclear("hours", "待录入", reverse_lazy("waiting_hours"))
        register_links("hours", link_records)
        imports.register_undo(
            list_built_on=hours_undoing.list_built_on_hours, take_back=hours_undoing.take_back_records
        )
        changes.register_kept_table(ServiceRecord, person="member_id")
        changes.register_derived_table(RecordLink)
        changes.register_derived_table(CountedRecord)
        changes.register_lock_order(Activity, 40)
        register_number_follower(waiting_hours.take_waiting_rows)
        years.register_year_follower(counting.follow_year)
        followers.register_pairing_follower(moves.follow_pairing)
        register_spell_follower(units.follow_units)
        # Members does not know these tables, but says in words how an export was narrowed by them.
        lists.NAMED_FILTERS |= {"project": Project, "activity": Activity}
        lists.register_document("slip", "时长确认单")
        lists.register(*listings.ALL)
