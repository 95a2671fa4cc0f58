from django.apps import AppConfig


class ActivitiesConfig(AppConfig):
    name = "activities"
    verbose_name = "项目、活动与时长"

    def ready(self):
        from activities import listings
        from activities.forms.hours import PendingFilter
        from activities.forms.objections import ObjectionFilter
        from activities.forms.supplements import SupplementFilter
        from activities.forms.totals import DifferenceFilter, TotalsFilter
        from activities.models import Activity, Project
        from activities.resources.hours import HoursResource
        from activities.services import hours_imports
        from members import tables
        from members.transfer import resources
        from members.transfer.services import imports

        resources.register("hours", HoursResource)
        imports.register("hours", compare=hours_imports.compare, merge=hours_imports.merge, of_a_year=False)
        # Members knows nothing of these lists either, and still says in words how an export was narrowed.
        tables.NAMED_FILTERS |= {"project": Project, "activity": Activity}
        tables.register_document("slip", "时长确认单")
        tables.register_document("hours_totals", "时长汇总", TotalsFilter)
        tables.register_document("hours_differences", "台账核对", DifferenceFilter)
        tables.register_document("hours_pending", "待确认时长", PendingFilter)
        tables.register_document("supplements", "补录", SupplementFilter)
        tables.register_document("objections", "异议", ObjectionFilter)
        tables.register(*listings.ALL)
