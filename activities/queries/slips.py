"""Lines of the ledger for a slip of hours, and the comparison of a slip with the present ledger."""

from datetime import date

from activities.models import HoursSlip
from activities.queries.counting import load_records
from activities.rules.counting import count_records
from activities.rules.slips import RULES, Check, Line, compare_with_ledger


def list_slip_lines(member_id: int, first: date, last: date) -> list[Line]:
    """Return the present lines of the ledger with the minutes that count by RULES, in the order of the paper."""
    lines = []
    for records in load_records([member_id]).values():
        counted = count_records(records, lambda year: RULES)
        chosen = [r for r in records if first <= r.served_on <= last and counted[r.pk].appraisal]
        for record in sorted(chosen, key=lambda r: (r.served_on, r.pk)):
            lines.append((record.served_on, record.title, record.source, counted[record.pk].appraisal))
    return lines


def check_slip(slip: HoursSlip) -> Check:
    """Compare the paper with the present ledger."""
    ledger = list_slip_lines(slip.member_id, slip.starts_on, slip.ends_on)
    return compare_with_ledger(slip.lines, slip.digest, ledger)
