from django.apps import AppConfig


class ReportsConfig(AppConfig):
    name = "reports"
    verbose_name = "统计与通报"

    def ready(self):
        # The audit log stands in members, which knows nothing of these lists, and says in words how each was narrowed.
        from members.forms import audit
        from reports.forms.eligibility import BranchesFilter, EligibilityFilter, ExceptionFilter
        from reports.forms.hours import HoursFilter

        audit.FILTERS |= {
            "eligibility": EligibilityFilter,
            "eligibility_branches": BranchesFilter,
            "exceptions": ExceptionFilter,
            "hours": HoursFilter,
        }
