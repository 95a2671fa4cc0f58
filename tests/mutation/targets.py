"""The tests of each module of rules; all are pure and need neither a database nor Django."""

TARGETS: dict[str, tuple[str, ...]] = {
    "members/rules.py": ("tests/members/test_rules.py", "tests/members/test_office_rules.py"),
    "members/activation_rules.py": ("tests/members/test_activation_rules.py",),
    "members/roster_words.py": ("tests/members/test_roster_words.py",),
    "members/unit_names.py": ("tests/members/test_unit_names.py",),
    "members/campus/rules.py": ("tests/members/campus/test_rules.py",),
    "members/working_days.py": ("tests/members/test_working_days_rules.py",),
    "members/calendar.py": ("tests/members/test_calendar.py",),
    "pairing/rules.py": ("tests/pairing/test_rules.py",),
    "activities/rules/attendance.py": ("tests/activities/test_attendance_rules.py",),
    "activities/rules/cases.py": ("tests/activities/test_case_rules.py",),
    "activities/rules/counting.py": ("tests/activities/test_counting_rules.py",),
    "activities/rules/durations.py": ("tests/activities/test_durations.py",),
    "activities/rules/hours.py": ("tests/activities/test_hours_rules.py",),
    "activities/rules/identity.py": ("tests/activities/test_identity_rules.py",),
    "activities/rules/ledgers.py": ("tests/activities/test_moments.py",),
    "activities/rules/linking.py": ("tests/activities/test_linking_rules.py",),
    "activities/rules/moments.py": ("tests/activities/test_moments.py",),
    "activities/rules/pauses.py": ("tests/activities/test_pause_rules.py",),
    "activities/rules/shortfalls.py": ("tests/activities/test_counting_rules.py",),
    "activities/rules/signups.py": ("tests/activities/test_signup_rules.py",),
    "activities/rules/slips.py": ("tests/activities/test_slip_rules.py",),
    "reports/rules/admission.py": ("tests/reports/test_admission_rules.py",),
    "reports/rules/appraisal.py": ("tests/reports/test_appraisal_rules.py",),
    "reports/rules/assessment.py": ("tests/reports/test_assessment_rules.py",),
    "reports/rules/bulletins.py": ("tests/reports/test_bulletin_rules.py",),
    "reports/rules/commendation.py": ("tests/reports/test_commendation_rules.py",),
    "reports/rules/eligibility.py": ("tests/reports/test_eligibility_rules.py",),
    "reports/rules/honours.py": ("tests/reports/test_honour_rules.py",),
    "reports/rules/result_changes.py": ("tests/reports/test_result_change_rules.py",),
    "reports/rules/rollover.py": ("tests/reports/test_rollover_rules.py",),
}


def get_module_name(path: str) -> str:
    return path.removesuffix(".py").replace("/", ".")
