"""Messages to a college when the school acts for it, and the accounts that receive them."""

from collections import defaultdict
from datetime import date

from django.utils import timezone

from members.models import Grant, User
from members.permissions import Role
from members.services.messages import send_messages
from pairing.models import Pairing


def find_role_holders(role: str, place: str, ids: set[int], today: date) -> dict[int, list[User]]:
    """Return {id of the college or school: accounts with this role there on `today`}."""
    grants = Grant.objects.active_on(today).filter(role=role, user__is_active=True, **{f"{place}__in": ids})
    found = defaultdict(list)
    for grant in grants.select_related("user"):
        found[getattr(grant, f"{place}_id")].append(grant.user)
    return found


def notify_claimed_for(pairing: Pairing) -> None:
    """Tell the college that the school has claimed a street for it."""
    due = pairing.due_on
    _notify_college(
        pairing,
        title=f"校团委已代{pairing.college}结对",
        text=f"{pairing.college}已与{pairing.street}结对，原因：{pairing.claimed_for}。"
        f"请在{due.month}月{due.day}日24:00前完成线下结对并登记。",
        key=f"pairing:{pairing.pk}:claimed",
    )


def notify_released(pairing: Pairing) -> None:
    """Tell the college that the school has released its pairing."""
    _notify_college(
        pairing,
        title=f"校团委已解除{pairing.college}的结对",
        text=f"{pairing.college}与{pairing.street}的结对已解除，原因：{pairing.end_reason}。"
        "服务队已关闭；原来的结对码可以再次用于结对，请与校团委联系。",
        key=f"pairing:{pairing.pk}:released",
    )


def notify_moved(pairing: Pairing, *, before: str, reason: str, number: int) -> None:
    """Tell the college that its pairing has moved; `number` distinguishes the moves of one pairing."""
    due = pairing.due_on
    _notify_college(
        pairing,
        title=f"校团委已调整{pairing.college}对接的街乡",
        text=f"{pairing.college}由{before}改为对接{pairing.street}，原因：{reason}。结对码和服务队不变；"
        f"请在{due.month}月{due.day}日24:00前与新的街乡完成线下结对并登记，并邀请新街乡的负责人加入微信群。",
        key=f"pairing:{pairing.pk}:moved:{number}",
    )


def _notify_college(pairing: Pairing, **message: str) -> None:
    college = pairing.college_id
    told = find_role_holders(Role.COLLEGE_SECRETARY, "college", {college}, timezone.localdate())
    send_messages(users=told[college], url=pairing.get_absolute_url(), **message)
