"""Rules for passwords in plain Chinese: the messages that Django does not have, and all rules in one sentence."""

from django.contrib.auth.password_validation import MinimumLengthValidator, get_default_password_validators


class LengthValidator(MinimumLengthValidator):
    """Refuse a password that is too short (length in characters), with a message in Chinese."""

    def get_error_message(self) -> str:
        return f"密码太短，至少需要 {self.min_length} 个字符。"

    def get_help_text(self) -> str:
        return f"密码至少需要 {self.min_length} 个字符。"


def describe_rules() -> str:
    """Return what a password must have, as one sentence for the field in which it is typed."""
    lengths = [
        rule.min_length for rule in get_default_password_validators() if isinstance(rule, LengthValidator)
    ]
    return f"至少需要 {max(lengths)} 个字符；不能全是数字，不能是常见密码，不能与姓名或学号相近。"
