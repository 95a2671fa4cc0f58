"""Tell an office or a person something: the one way in which services write 消息."""

from django.db.models import Q
from django.template.loader import render_to_string
from django.utils import timezone

from members.models import Grant, Member, User
from members.permissions import RoleHeld
from members.services.messages import send_messages

Recipient = User | Member | RoleHeld


def notify(to: Recipient, template: str, link: str, *, key: str, **values) -> None:
    """Write a message to a person, or to everybody who holds an office, once per `key`.

    `to`: an account, a person of the roster (told if they have an account), or an office: `RoleHeld` names a role
    and its place. `template` names templates/notices/<template>.txt: its first line is the title, the rest the text;
    `values` fill it. `link` is an address of the portal, made by `reverse`.
    """
    title, _, text = render_to_string(f"notices/{template}.txt", values).strip().partition("\n")
    send_messages(users=_list_recipients(to), title=title[:100], text=text.strip(), url=link, key=key)


def _list_recipients(to: Recipient) -> list[User]:
    if isinstance(to, User):
        return [to]
    if isinstance(to, Member):
        return list(User.objects.filter(member=to, is_active=True))
    place = Q(school=to.school_id, college=to.college_id, branch=to.branch_id, street=to.street_id)
    held = Grant.objects.active_on(timezone.localdate()).filter(place, role=to.role, user__is_active=True)
    return [grant.user for grant in held.select_related("user")]
