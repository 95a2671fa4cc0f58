"""The account with whose rights a command works."""

from django.core.management.base import CommandError

from members.models import School, User


def find_user(name: str | None, school: School) -> User | None:
    """Return the account of this name, or of this number at the school; None for the operator.

    Raises CommandError where there is no such account.
    """
    if name is None:
        return None
    user = (
        User.objects.filter(username=name).first() or User.objects.filter(number=name, school=school).first()
    )
    if user is None or not user.is_active:
        raise CommandError(f"没有账号 {name}。")
    return user
