from django.apps import AppConfig


class ReportsConfig(AppConfig):
    name = "reports"
    verbose_name = "统计与通报"

    def ready(self):
        # The audit log and the exports stand in members, which knows nothing of these lists, and still says in words
        # how each was narrowed.
        from members.forms import audit
        from members.services import exports
        from reports.forms.eligibility import BranchesFilter, EligibilityFilter, ExceptionFilter
        from reports.forms.hours import HoursFilter
        from reports.resources.lists import eligibility_list

        audit.FILTERS |= {
            "eligibility": EligibilityFilter,
            "eligibility_branches": BranchesFilter,
            "exceptions": ExceptionFilter,
            "hours": HoursFilter,
        }
        exports.register("eligibility", title="评优资格", action="eligibility.export", open=eligibility_list)
