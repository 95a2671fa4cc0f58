"""The account with whose rights a command works."""

from django.core.management.base import CommandError

from members.models import School, User
from members.queries.accounts import find_accounts_by_number


def find_user(name: str | None, school: School) -> User | None:
    """Return the account of this name, or of this number at the school; None for the operator.

    Raises CommandError where there is no such account.
    """
    if name is None:
        return None
    user = User.objects.filter(username=name).first()
    if user is None:
        number, _, code = name.partition("@")
        found = find_accounts_by_number(number, school) if code.upper() in ("", school.code.upper()) else []
        if len(found) > 1:
            numbers = "、".join(account.number for account in found)
            raise CommandError(f"账号 {name} 不止一个：{numbers}。请按其中一个的写法填写。")
        user = found[0] if found else None
    if user is None or not user.is_active:
        raise CommandError(f"没有账号 {name}。")
    return user
