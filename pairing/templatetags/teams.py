"""What pages of the apps below show about service teams without knowing this app."""

from django import template

from members.models import Member
from pairing.queries.teams import team_of
from pairing.services.teams import join_problem

register = template.Library()


@register.inclusion_tag("pairing/_my_team_card.html")
def my_team_card(person: Member) -> dict:
    """The card 我的服务队: joined since when, or how to join."""
    own = team_of(person)
    return {"own": own, "may_join": not join_problem(own, person)}
