"""Tell offices or people something: the one way in which services send messages."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.template import Context
from django.template.loader import get_template

from members.models import Grant, Member, User
from members.permissions import RoleHeld
from members.services.messages import write_inbox

Office = RoleHeld | Grant
Recipient = User | Member | Office


@dataclass(frozen=True)
class Notice:
    """The words of a message, with a link of the portal. `key` is the event: it is told once to each receiver."""

    title: str
    text: str
    link: str
    key: str


# Each channel is a function of a notice, accounts and offices. 消息 is the only channel so far.
CHANNELS = (write_inbox,)


def notify(to: Recipient | Iterable[Recipient], template: str, link: str, *, key: str, **values) -> None:
    """Tell people and offices something, once per `key` and receiver.

    `key` names the event, never a value: what becomes 1 h a second time is told a second time
    (`members.models.history.build_event_key`).

    `to`: one or many of: an account, a person of the roster (told if they have an account), or an office.
    An office is a `RoleHeld` or a `Grant`: a role and its place. Its message is for the people who hold the office when
    they read it, so a successor finds it, and a vacancy keeps it. `template` names
    templates/notices/<template>.txt: its first line is the title, the rest the text; `values` fill it. `link` is an
    address of the portal, made by `reverse`. The number of queries does not depend on the number of receivers.
    """
    receivers = [to] if isinstance(to, Recipient) else list(to)
    if not receivers:
        return
    words = get_template(f"notices/{template}.txt").template.render(Context(values, autoescape=False))  # type: ignore[attr-defined]  # of Django's engine
    title, _, text = words.strip().partition("\n")
    notice = Notice(title.strip(), text.strip(), link, key)
    users = _find_users(receivers)
    offices = [receiver for receiver in receivers if isinstance(receiver, Office)]
    for send in CHANNELS:
        send(notice=notice, users=users, offices=offices)


def _find_users(receivers: list[Recipient]) -> list[User]:
    people = [receiver for receiver in receivers if isinstance(receiver, Member)]
    users = [receiver for receiver in receivers if isinstance(receiver, User)]
    return users + list(User.objects.filter(member__in=people, is_active=True)) if people else users
