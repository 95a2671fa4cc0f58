"""Rules for passwords with messages in the portal's Chinese; Django's own say 你."""

from django.contrib.auth import password_validation


class LengthValidator(password_validation.MinimumLengthValidator):
    """Refuse a password that is too short (length in characters)."""

    def get_error_message(self) -> str:
        return f"密码太短，至少需要 {self.min_length} 个字符。"

    def get_help_text(self) -> str:
        return f"密码至少需要 {self.min_length} 个字符。"


class SimilarityValidator(password_validation.UserAttributeSimilarityValidator):
    """Refuse a password that is much like the name or the number."""

    def get_error_message(self) -> str:
        return "密码与您的姓名或账号太相似。"

    def get_help_text(self) -> str:
        return "不能与您的姓名或账号太相似。"


class CommonValidator(password_validation.CommonPasswordValidator):
    """Refuse a password of the list that everybody tries first."""

    def get_error_message(self) -> str:
        return "这个密码太常见，容易被猜中。"

    def get_help_text(self) -> str:
        return "不能是常见的密码。"


class NumericValidator(password_validation.NumericPasswordValidator):
    """Refuse a password of digits only."""

    def get_error_message(self) -> str:
        return "密码不能全是数字。"

    def get_help_text(self) -> str:
        return "不能全是数字。"


def describe_rules() -> str:
    """Return what a password must have, as one sentence for the field in which it is typed."""
    lengths = [
        rule.min_length
        for rule in password_validation.get_default_password_validators()
        if isinstance(rule, LengthValidator)
    ]
    return f"至少需要 {max(lengths)} 个字符；不能全是数字，不能是常见密码，不能与姓名或学号相近。"
