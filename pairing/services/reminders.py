"""Reminders: the offline part is due tomorrow, due today or overdue, and a group's QR code expires.

Every message has its own key, so that a task that runs twice, late or on two machines sends no duplicate. If
no task ran on a day, the next run sends what is true then: due today, or overdue.
"""

from datetime import date, datetime, timedelta

from django.urls import reverse
from django.utils import timezone

from members.permissions import Role
from members.services.messages import send_messages
from pairing.models import Pairing, ServiceTeam
from pairing.rules import get_group_qr_state
from pairing.services.notices import find_role_holders


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
    pairings = list(pending.select_related("college", "street", "year"))
    colleges = find_role_holders(
        Role.COLLEGE_SECRETARY, "college", {pairing.college_id for pairing in pairings}, today
    )
    schools = find_role_holders(
        Role.SCHOOL_ADMIN, "school", {pairing.year.school_id for pairing in pairings}, today
    )
    for pairing in pairings:
        phase, title, text = _write_offline_text(pairing, today)
        told = list(colleges[pairing.college_id])
        if phase == "overdue":
            told += schools[pairing.year.school_id]
        key = f"offline:{pairing.pk}:{pairing.due_on}:{phase}"
        send_messages(users=told, title=title, text=text, url=pairing.get_absolute_url(), key=key)


def _write_offline_text(pairing: Pairing, today: date) -> tuple[str, str, str]:
    due, who = pairing.due_on, f"{pairing.college}与{pairing.street}"
    if due > today:
        text = f"{who}的线下结对期限是明天（{due.month}月{due.day}日）24:00，请尽快完成并登记。"
        return "before", "线下结对明天到期", text
    if due == today:
        text = f"{who}的线下结对期限是今天（{due.month}月{due.day}日）24:00，请尽快完成并登记。"
        return "today", "线下结对今天到期", text
    text = f"{who}的线下结对期限是{due.month}月{due.day}日，现已逾期。结对仍然有效，请尽快完成并登记。"
    return "overdue", f"线下结对已逾期：{pairing.college}", text


def _remind_of_group_codes(today: date) -> None:
    """Remind colleges whose WeChat group's QR code (三(三)3) expires within days or has expired."""
    teams = ServiceTeam.objects.filter(pairing__state=Pairing.State.ACTIVE, group_qr_expires_on__isnull=False)
    ending = [
        (team, day, state)
        for team in teams.select_related("pairing")
        if (day := team.group_qr_expires_on)
        and (state := get_group_qr_state(day, today)) in ("soon", "expired")
    ]
    colleges = {team.pairing.college_id for team, *_ in ending}
    secretaries = find_role_holders(Role.COLLEGE_SECRETARY, "college", colleges, today)
    for team, day, state in ending:
        verb = "将于" if state == "soon" else "已于"
        send_messages(
            users=secretaries[team.pairing.college_id],
            title="服务队微信群二维码即将到期" if state == "soon" else "服务队微信群二维码已过期",
            text=f"{team.name}的群二维码{verb}{day.month}月{day.day}日到期，请在微信中重新生成，并更新有效期。",
            url=reverse("team_group", args=[team.pk]),
            key=f"group-qr:{team.pk}:{day}:{state}",
        )
