"""How Django finds the account of a request."""

from allauth.account.auth_backends import AuthenticationBackend

from members.models import User


class AccountBackend(AuthenticationBackend):
    """Read the account together with its person and school, which every page needs, in one query.

    The person's state decides on the role, see `User.active_grants`.
    """

    def get_user(self, user_id):
        found = User.objects.select_related("member", "school").filter(pk=user_id).first()
        return found if found and self.user_can_authenticate(found) else None
