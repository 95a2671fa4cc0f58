"""Configure campuses for a test, as the settings do from the environment."""

import json

from csp.constants import SELF

from members.campus import config

JH = {"label": "京华大学统一身份认证"}
BH = {"label": "北华大学统一身份认证"}


def configure_campuses(settings, campuses: dict[str, dict], *, wechat: config.WeChat | None = None) -> None:
    """Set what the settings derive from CAMPUS_SIGN_IN; each OpenID campus gets the secret `secret`."""
    hidden = {code: "secret" for code, given in campuses.items() if given["kind"] == "oidc"}
    parsed = config.parse_campuses(json.dumps(campuses), json.dumps(hidden), https_only=False)
    settings.CAMPUS_SIGN_IN, settings.WECHAT = parsed, wechat
    settings.SOCIALACCOUNT_PROVIDERS = config.build_providers(parsed, wechat)
    directives = settings.CONTENT_SECURITY_POLICY["DIRECTIVES"]
    allowed = {"form-action": [SELF, *config.list_form_origins(parsed, wechat)]}
    settings.CONTENT_SECURITY_POLICY = {"DIRECTIVES": {**directives, **allowed}}
