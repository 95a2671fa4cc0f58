"""Reminders: the offline part is due tomorrow, due today or overdue, and a group's QR code expires.

Every message has its own key, so that a task that runs twice, late or on two machines sends no duplicate. If
no task ran on a day, the next run sends what is true then: due today, or overdue.
"""

from datetime import date, datetime, timedelta

from django.urls import reverse
from django.utils import timezone

from members.queries.receivers import build_college_office, build_school_office
from members.services.notify import notify
from pairing.models import Pairing, ServiceTeam
from pairing.rules import get_group_qr_state


def remind_offices(*, now: datetime) -> None:
    """Send the reminders of today. It is safe to call this at any time and in parallel."""
    today = timezone.localdate(now)
    _remind_of_offline_part(today)
    _remind_of_group_codes(today)


def _remind_of_offline_part(today: date) -> None:
    """Remind colleges of the offline part (三(三)1), one day before and on the due day.

    If it is overdue, the school gets the reminder too.
    """
    pending = Pairing.objects.active().filter(offline_on=None, due_on__lte=today + timedelta(days=1))
    for pairing in pending.select_related("college", "street", "year"):
        phase = _get_offline_phase(pairing.due_on, today)
        told = [build_college_office(pairing.college_id)]
        if phase == "overdue":
            told.append(build_school_office(pairing.year.school_id))
        key = f"offline:{pairing.pk}:{pairing.due_on}:{phase}"
        notify(told, f"offline_{phase}", pairing.get_absolute_url(), key=key, pairing=pairing)


def _get_offline_phase(due: date, today: date) -> str:
    if due > today:
        return "before"
    return "today" if due == today else "overdue"


def _remind_of_group_codes(today: date) -> None:
    """Remind colleges whose WeChat group's QR code (三(三)3) expires within days or has expired."""
    teams = ServiceTeam.objects.filter(pairing__state=Pairing.State.ACTIVE, group_qr_expires_on__isnull=False)
    for team in teams.select_related("pairing"):
        day = team.group_qr_expires_on
        if day is None or (state := get_group_qr_state(day, today)) not in ("soon", "expired"):
            continue
        notify(
            build_college_office(team.pairing.college_id),
            f"group_qr_{state}",
            reverse("team_group", args=[team.pk]),
            key=f"group-qr:{team.pk}:{day}:{state}",
            team=team,
            day=day,
        )
