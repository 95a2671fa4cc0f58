from django.apps import AppConfig


class ActivitiesConfig(AppConfig):
    name = "activities"
    verbose_name = "项目、活动与时长"

    def ready(self):
        # The portal's imports stand in members, which knows nothing of hours.
        from activities.forms.activities import ActivityFilter
        from activities.forms.attendance import RollFilter
        from activities.forms.hours import PendingFilter
        from activities.forms.objections import ObjectionFilter
        from activities.forms.projects import ProjectFilter
        from activities.forms.supplements import SupplementFilter
        from activities.forms.totals import DifferenceFilter, RecordFilter, TotalsFilter
        from activities.models import Project
        from activities.resources.hours import HoursResource
        from activities.resources.lists import records_list
        from activities.services import hours_imports
        from members.forms import audit
        from members.transfer import resources
        from members.transfer.services import exports, imports

        resources.register("hours", HoursResource)
        imports.register("hours", compare=hours_imports.compare, merge=hours_imports.merge, of_a_year=False)
        exports.register("hours_records", title="服务记录", action="hours.view", open=records_list)
        # Members knows nothing of these lists either, and still says in words how an export was narrowed.
        audit.NAMED["project"] = Project
        audit.FILTERS |= {
            "activities": ActivityFilter,
            "attendance": RollFilter,
            "hours_differences": DifferenceFilter,
            "hours_pending": PendingFilter,
            "hours_records": RecordFilter,
            "hours_totals": TotalsFilter,
            "objections": ObjectionFilter,
            "projects": ProjectFilter,
            "signups": ActivityFilter,
            "supplements": SupplementFilter,
        }
