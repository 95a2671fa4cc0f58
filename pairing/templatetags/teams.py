"""Template tags by which pages of the apps below show service teams without importing this app."""

from django import template

from members.models import Member
from pairing.queries.teams import find_team
from pairing.services.teams import join_problem

register = template.Library()


@register.inclusion_tag("pairing/_my_team_card.html")
def my_team_card(person: Member) -> dict:
    """Render the card 我的服务队: the day of joining, or how to join."""
    own = find_team(person)
    problem = "" if own and own.membership else join_problem(own, person)
    return {"own": own, "problem": problem}
