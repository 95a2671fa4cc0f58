"""Settings of allauth's second factor: texts in Chinese, encrypted secrets, each code once."""

from io import BytesIO

from allauth.account.adapter import get_adapter as get_account_adapter
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.base.forms import AuthenticateForm, ReauthenticateForm
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.forms import ActivateTOTPForm
from allauth.mfa.webauthn.forms import AddWebAuthnForm, EditWebAuthnForm
from django.core.cache import cache
from segno import make_qr

from members.cipher import build_cipher
from members.queries.safety import needs_second_factor
from members.sheets.cells import tidy_number

SITE = "志愿服务工作台"
CODE_LABEL = "验证码"
REMEMBERED = 300  # seconds; longer than any code is valid


class PortalMFAAdapter(DefaultMFAAdapter):
    error_messages = DefaultMFAAdapter.error_messages | {
        "cannot_delete_authenticator": "您的角色必须启用第二步验证。请先添加另一种方式，再关闭这一种。",
        "cannot_generate_recovery_codes": "请先启用第二步验证，再生成恢复码。",
        "incorrect_code": "验证码不正确，请重试。",
    }

    def get_totp_issuer(self) -> str:
        return SITE

    def _get_site_name(self) -> str:
        return SITE

    def build_totp_svg(self, url: str) -> str:
        # With a light ground and border, so that it can be scanned in dark colours too.
        drawing = BytesIO()
        make_qr(url, error="m").save(drawing, kind="svg", scale=5, light="white", border=3)
        return drawing.getvalue().decode()

    def encrypt(self, text: str) -> str:
        return build_cipher("members.second_factor").encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text: str) -> str:
        return build_cipher("members.second_factor").decrypt(encrypted_text.encode()).decode()

    def can_delete_authenticator(self, authenticator: Authenticator) -> bool:
        """Refuse to remove the last factor of somebody who must have one."""
        others = Authenticator.objects.filter(user=authenticator.user_id).exclude(pk=authenticator.pk)
        others = others.exclude(type=Authenticator.Type.RECOVERY_CODES)
        return others.exists() or not needs_second_factor(authenticator.user)

    def generate_authenticator_name(self, user, type: Authenticator.Type) -> str:
        return f"通行密钥 {Authenticator.objects.filter(user_id=user.pk, type=type).count() + 1}"


class CodeOnce:
    """Accept each code once, and however its digits are typed.

    allauth remembers a used code for one period, but with a tolerance it stays valid for three.
    """

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        field = self.fields["code"]  # type: ignore[attr-defined]  # of the form
        field.label, field.widget.attrs = (
            CODE_LABEL,
            field.widget.attrs
            | {
                "placeholder": "",
                "inputmode": "numeric",
                "autofocus": True,
            },
        )

    def clean_code(self) -> str:
        code = self.cleaned_data["code"] = tidy_number(self.cleaned_data["code"])  # type: ignore[attr-defined]
        code = super().clean_code()  # type: ignore[misc]
        if not cache.add(f"code-used:{self.user.pk}:{code}", True, REMEMBERED):  # type: ignore[attr-defined]
            raise get_account_adapter().validation_error("code_used")
        return code


class SignInCodeForm(CodeOnce, AuthenticateForm):
    pass


class ConfirmCodeForm(CodeOnce, ReauthenticateForm):
    pass


class StartCodesForm(CodeOnce, ActivateTOTPForm):
    pass


class AddPasskeyForm(AddWebAuthnForm):
    """Add a passkey. It always asks for the finger, face or PIN, so that it can also replace the password."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["name"].label = "名称"
        self.fields["name"].help_text = "便于以后区分，例如“办公室电脑”。"
        self.fields["passwordless"].label = "以后只用它登录，不再输入密码"
        self.fields["passwordless"].help_text = "设备会要求指纹、面容或 PIN。"
        self.fields["passwordless"].initial = True


class RenamePasskeyForm(EditWebAuthnForm):
    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["name"].label = "名称"
        self.fields["name"].max_length = 60
