"""Tags of the templates of campus sign-in, so that pages of the core need no context of it."""

from django import template
from django.conf import settings

from members.campus.queries import (
    Choice,
    get_campus_identity,
    list_choices,
    list_identities,
    list_waiting_links,
)
from members.campus.services import is_wechat
from members.known_devices import read_school
from members.models import CampusLink, User
from members.permissions import may

register = template.Library()
register.filter("is_wechat", is_wechat)


@register.simple_tag(takes_context=True)
def campus_choices(context) -> list[Choice]:
    """Return the campuses that the sign-in page offers; with `of_school` in the context only that of the school."""
    request, school = context["request"], context.get("of_school")
    chosen = school.code if school else request.GET.get("school", "")
    return list_choices(chosen, read_school(request))


@register.simple_tag
def wechat_offered() -> bool:
    return settings.WECHAT is not None


@register.simple_tag
def has_campus_identity(account: User) -> bool:
    """Return whether the account can prove at the campus who it is."""
    return get_campus_identity(account) is not None


@register.simple_tag
def may_decide(reader: User, link: CampusLink) -> bool:
    """Return whether the reader may open the page on which the link is decided."""
    seen = CampusLink.objects.visible_to(reader, "campus.decide")
    return may(reader, "campus.decide") and seen.filter(pk=link.pk).exists()


@register.simple_tag
def account_campus(account: User) -> dict:
    """Return what an account's page says about campus and WeChat."""
    school = account.school
    campus = settings.CAMPUS_SIGN_IN.get(school.code) if school else None
    identities = list_identities(account)
    return {
        "campus": campus,
        "identities": identities,
        "waiting": list_waiting_links(account),
        "may_bind": campus is not None and get_campus_identity(account) is None,
        "may_bind_wechat": settings.WECHAT is not None
        and not any(is_wechat(linked.provider) for linked in identities),
    }
