"""Lines of the ledger for a slip of hours, and the comparison of a slip with the present ledger."""

from datetime import date

from activities.models import HoursSlip, ServiceRecord
from activities.queries.mine import counted
from activities.rules.slips import SOURCES, Check, Line, compared


def lines_of(member_id: int, first: date, last: date) -> list[Line]:
    """Return the present lines of the ledger, in the order of the paper."""
    records = ServiceRecord.objects.filter(member=member_id).served_between(first, last)
    chosen = counted(records, SOURCES).order_by("served_on", "pk")
    return list(chosen.values_list("served_on", "title", "source", "minutes"))


def checked(slip: HoursSlip) -> Check:
    """Compare the paper with the present ledger."""
    ledger = lines_of(slip.member_id, slip.starts_on, slip.ends_on)
    return compared(slip.lines, slip.digest, ledger)
