"""The settings of a real process, as the environment makes them."""

import json
import os
import subprocess
import sys

from django.conf import settings

CAMPUS = {"JH": {"kind": "cas", "label": "京华大学统一身份认证", "server": "https://cas.jh.edu.cn/cas"}}
SHOW = (
    "from django.conf import settings; "
    "print(settings.CONTENT_SECURITY_POLICY['DIRECTIVES']['form-action'], list(settings.CAMPUS_SIGN_IN))"
)


def read_settings(**environment) -> subprocess.CompletedProcess:
    given = {**os.environ, "DJANGO_SETTINGS_MODULE": "volunteer_portal.settings", **environment}
    return subprocess.run(  # noqa: S603  # this Python, with constants
        [sys.executable, "-c", SHOW],
        env=given,
        capture_output=True,
        text=True,
        cwd=settings.BASE_DIR,
        check=False,
    )


def test_without_a_campus_forms_lead_to_the_portal_only():
    assert read_settings().stdout.strip() == "[\"'self'\"] []"


def test_a_campus_of_the_environment_is_in_the_policy():
    found = read_settings(CAMPUS_SIGN_IN=json.dumps(CAMPUS), WECHAT_APP_ID="wx1", WECHAT_APP_SECRET="s")
    allowed = "[\"'self'\", 'https://cas.jh.edu.cn', 'https://open.weixin.qq.com'] ['JH']"
    assert found.stdout.strip() == allowed


def test_a_mistake_stops_the_start_and_names_itself():
    wrong = {"JH": CAMPUS["JH"] | {"kind": "ldap"}}
    found = read_settings(CAMPUS_SIGN_IN=json.dumps(wrong))
    assert found.returncode != 0
    assert "ImproperlyConfigured: CAMPUS_SIGN_IN, school 'JH': kind must be one of cas, oidc." in found.stderr


def test_no_model_of_allauth_holds_a_secret(db, rf):
    """An app in the database would be a second configuration, with a secret in every backup."""
    from allauth.socialaccount.adapter import get_adapter
    from allauth.socialaccount.models import SocialApp

    SocialApp.objects.create(provider="openid_connect", provider_id="x", name="x", client_id="x", secret="x")
    assert get_adapter().list_apps(rf.get("/")) == []
