from django.apps import AppConfig


class ReportsConfig(AppConfig):
    name = "reports"
    verbose_name = "统计与通报"

    def ready(self):
        # The audit log, the imports and the exports stand in members, which knows nothing of these lists, and still says in words
        # how each was narrowed.
        from members.forms import audit
        from members.transfer.services import exports, imports
        from reports.forms.admission import AdmissionFilter
        from reports.forms.appraisal import AppraisalFilter
        from reports.forms.assessment import RowsFilter
        from reports.forms.eligibility import BranchesFilter, EligibilityFilter, ExceptionFilter
        from reports.forms.honours import TitlesFilter
        from reports.forms.hours import HoursFilter
        from reports.resources.lists import eligibility_list
        from reports.services.admission_rosters import refuse_lost_memberships

        audit.FILTERS |= {
            "admissions": AdmissionFilter,
            "appraisals": AppraisalFilter,
            "assessment_rows": RowsFilter,
            "honours": TitlesFilter,
            "eligibility": EligibilityFilter,
            "eligibility_branches": BranchesFilter,
            "exceptions": ExceptionFilter,
            "hours": HoursFilter,
        }
        imports.also_refuse("roster", refuse_lost_memberships)
        exports.register("eligibility", title="评优资格", action="eligibility.export", open=eligibility_list)
