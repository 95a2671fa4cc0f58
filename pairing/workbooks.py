"""Rows of the sheets of pairing: 结对台账, which the portal can read again, 入队名单, and street liaisons."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.utils import timezone

from members.models import Grant, Member
from members.sheets.cells import mask_phone
from members.sheets.sheets import Column
from pairing.models import Invitation, Pairing
from pairing.models.invitations import STATE_NAMES
from pairing.queries.board import Line

LEDGER = (
    Column("college", "学院", required=True),
    Column("state", "结对状态", required=True),
    Column("code_kind", "结对码类型"),
    Column("code_on", "结对码分配日期"),
    Column("district", "区"),
    Column("street", "街乡名称", required=True),
    Column("kind", "类型"),
    Column("claimed_at", "线上结对时间"),
    Column("due_on", "线下结对期限"),
    Column("offline_on", "线下结对日期"),
    Column("people", "到场人员"),
    Column("note", "情况说明"),
    Column("team", "服务队"),
    Column("outside_id", "志愿团队ID"),
    Column("bound_on", "绑定日期"),
    Column("branches", "团支部数"),
    Column("in_group", "已入群团支书数"),
    Column("contact_on", "街乡负责人入群日期"),
    Column("qr_expires_on", "群二维码有效期至"),
    Column("members", "团员数"),
    Column("joined", "已加入团员数"),
    Column("percent", "加入比例（%）"),
    Column("ended_at", "解除时间"),
    Column("end_reason", "解除原因"),
)


LEDGER_HEADER = [column.title for column in LEDGER]
INVITATIONS_HEADER = (
    "区", "街乡名称", "邀请对象", "邀请方", "邀请时间", "有效期至", "状态", "核实提示", "账号", "姓名", "手机号码",
)  # fmt: skip
LIAISONS_HEADER = ("区", "街乡名称", "账号", "姓名", "开始日期", "结束日期", "状态")
ROLL_HEADER = ("学号", "姓名", "学院", "团支部", "发展阶段", "是否加入", "加入日期")


def build_ledger_row(line: Line) -> list:
    """Return a row under LEDGER_HEADER, also for a college without a pairing. It has no code."""
    values = _read_line_values(line)
    return [values.get(column.key) for column in LEDGER]


def build_invitation_row(invitation: Invitation, *, now: datetime) -> list:
    """Return a row under INVITATIONS_HEADER without the link, because anybody can open the account with it."""
    return [
        invitation.street.district,
        invitation.street.name,
        invitation.invitee,
        str(invitation.host),
        format_to_second(invitation.created_at),
        format_to_second(invitation.expires_at),
        STATE_NAMES[invitation.state(now)],
        "核实号码不在街乡名录中" if invitation.called_outside else None,
        invitation.account and invitation.account.number,
        invitation.account and invitation.account.name,
        mask_phone(invitation.phone),
    ]


def build_liaison_row(grant: Grant, *, today: date) -> list:
    """Return a row under LIAISONS_HEADER."""
    in_use = grant.starts_on <= today and not (grant.ends_on and grant.ends_on < today)
    assert grant.street is not None  # a liaison's grant has a street (grant_role_fits_scope)
    return [
        grant.street.district,
        grant.street.name,
        grant.user.number,
        grant.user.name,
        grant.starts_on,
        grant.ends_on,
        "使用中" if in_use else "已停用或到期",
    ]


def build_roll_row(person: Member) -> list:
    """Return a row under ROLL_HEADER; `person` is a row of queries.teams.roll."""
    return [
        person.student_no,
        person.name,
        person.branch.college.name,
        person.branch.name,
        person.get_stage_display(),
        "已加入" if person.membership else "尚未加入",  # type: ignore[attr-defined]  # of `roll`
        timezone.localdate(person.joined_at) if person.joined_at else None,  # type: ignore[attr-defined]
    ]


def _read_line_values(line: Line) -> dict:
    found: dict[str, Any] = {
        "college": line.college.name,
        "state": "未结对",
        "branches": line.branches or None,
    }
    if code := line.code:
        found |= {
            "code_kind": code.get_kind_display(),
            "code_on": code.handed_at and timezone.localdate(code.handed_at),
        }
    if pairing := line.pairing:
        found |= _read_pairing_values(line, pairing) | {
            "outside_id": pairing.team.outside_id,
            "bound_on": pairing.team.bound_on,
            "contact_on": pairing.team.street_contact_in_on,
            "qr_expires_on": pairing.team.group_qr_expires_on,
            "team": pairing.team.name,
            "in_group": line.in_group,
            "ended_at": format_to_second(pairing.ended_at),
            "end_reason": pairing.end_reason,
        }
    if line.joined.members:
        found |= {
            "members": line.joined.members,
            "joined": line.joined.joined,
            "percent": Decimal(line.joined.text),
        }
    return found


def _read_pairing_values(line: Line, pairing: Pairing) -> dict:
    state = pairing.get_state_display()
    if pairing.ended_at is None:
        state = f"线下结对{line.cells[2].label}"
    return {
        "state": state,
        "district": pairing.street.district,
        "street": pairing.street.name,
        "kind": pairing.street.get_kind_display(),
        "claimed_at": format_to_second(pairing.claimed_at),
        "due_on": pairing.due_on,
        "offline_on": pairing.offline_on,
        "people": pairing.offline_people,
        "note": pairing.offline_note,
    }


def format_to_second(moment) -> str | None:
    """Return a moment as text in Beijing time, to the second; None stays None."""
    return f"{timezone.localtime(moment):%Y-%m-%d %H:%M:%S}" if moment else None
