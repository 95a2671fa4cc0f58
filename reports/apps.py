from django.apps import AppConfig


class ReportsConfig(AppConfig):
    name = "reports"
    verbose_name = "统计与通报"

    def ready(self):
        # The audit log, imports and exports are in members, which does not import these lists. Registered
        # here, they can still say in words how each list was filtered.
        from activities.services.counting import register_count_follower
        from members import lists
        from members.services.spells import register_spell_follower
        from members.transfer.services import imports
        from reports.listings.admissions import ADMISSIONS
        from reports.listings.appraisals import APPRAISALS
        from reports.listings.assessment import ASSESSMENT_ROWS, COMMENDATIONS
        from reports.listings.bulletins import BULLETINS, CHANNELS
        from reports.listings.handover import HANDOVER
        from reports.listings.honours import HONOURS, NOMINATIONS, NOMINEES
        from reports.listings.hours import BRANCH_HOURS, COLLEGE_HOURS, OWN_RECORDS
        from reports.listings.verdicts import ELIGIBILITY, ELIGIBILITY_BRANCHES, EXCEPTIONS
        from reports.models import HonourTitle
        from reports.queries.undoing import list_results
        from reports.services.admission_rosters import refuse_lost_memberships
        from reports.services.admission_tracks import follow_stages
        from reports.services.result_changes import follow_counts, follow_moves

        lists.register_document("bulletin", "通报")
        lists.register_document("appraisal", "评议表")
        lists.register_document("assessment", "学院考核")
        lists.register_document("assessment_result", "学院考核结果")
        lists.register_document("commendation", "表彰")
        lists.register_document("rollover", "年度结转清单")
        lists.register_document("admission_slips", "支部大会报告单")
        register_spell_follower(follow_stages)
        register_spell_follower(follow_moves)
        register_count_follower(follow_counts)
        imports.register_refusal("roster", refuse_lost_memberships)
        imports.register_undo(list_built_on=list_results)
        lists.register(ADMISSIONS, APPRAISALS, BULLETINS, CHANNELS)
        lists.register(ELIGIBILITY, ELIGIBILITY_BRANCHES, EXCEPTIONS)
        lists.register(HONOURS, NOMINATIONS, NOMINEES, HANDOVER)
        lists.NAMED_FILTERS["honour"] = HonourTitle
        lists.register(ASSESSMENT_ROWS, COMMENDATIONS)
        lists.register(BRANCH_HOURS, COLLEGE_HOURS, OWN_RECORDS)
