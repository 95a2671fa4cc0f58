"""Lines of the ledger for a slip of hours, and the comparison of a slip with the present ledger."""

from datetime import date

from activities.models import HoursSlip, ServiceRecord
from activities.queries.mine import filter_own_counted
from activities.rules.slips import SOURCES, Check, Line, compare_with_ledger


def list_slip_lines(member_id: int, first: date, last: date) -> list[Line]:
    """Return the present lines of the ledger, in the order of the paper."""
    records = ServiceRecord.objects.filter(member=member_id).served_between(first, last)
    chosen = filter_own_counted(records, SOURCES).order_by("served_on", "pk")
    return list(chosen.values_list("served_on", "title", "source", "minutes"))


def check_slip(slip: HoursSlip) -> Check:
    """Compare the paper with the present ledger."""
    ledger = list_slip_lines(slip.member_id, slip.starts_on, slip.ends_on)
    return compare_with_ledger(slip.lines, slip.digest, ledger)
