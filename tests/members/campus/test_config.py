import json

import pytest
from django.core.exceptions import ImproperlyConfigured

from members.campus.config import (
    WeChat,
    build_providers,
    list_form_origins,
    parse_campuses,
    parse_wechat,
)

OIDC = {
    "kind": "oidc",
    "label": "京华大学统一身份认证",
    "server": "https://id.jh.edu.cn",
    "client_id": "portal",
}
CAS = {"kind": "cas", "label": "北华大学统一身份认证", "server": "https://cas.bh.edu.cn/cas"}
SECRETS = json.dumps({"JH": "hidden-word"})


def parse(*, secrets=SECRETS, https_only=True, **campuses):
    return parse_campuses(json.dumps(campuses), secrets, https_only=https_only)


def test_nothing_is_configured_by_default():
    assert parse_campuses("", "", https_only=True) == {}
    assert parse_wechat("", "", inside=False) is None
    assert list_form_origins({}, None) == []


def test_the_defaults_name_the_usual_claims():
    found = parse(JH=OIDC, BH=CAS)
    assert (found["JH"].number, found["JH"].name) == ("sub", "name")
    assert (found["BH"].number, found["BH"].name, found["BH"].version) == ("user", "cn", 3)
    assert found["BH"].server == "https://cas.bh.edu.cn/cas/"


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"kind": "saml"}, "kind must be one of cas, oidc"),
        ({"kind": None}, "kind must be"),
        ({"label": " "}, "label must be text of 1 to 30"),
        ({"label": "京" * 31}, "label must be"),
        ({"server": "id.jh.edu.cn"}, "server must be an address"),
        ({"server": None}, "server must be an address"),
        ({"server": "http://id.jh.edu.cn"}, "production needs https"),
        ({"server": "https://me:pw@id.jh.edu.cn"}, "server must be an address"),
        ({"server": "https://id.jh.edu.cn/#a"}, "server must be an address"),
        ({"server": "https://id.jh.edu.cn/?a=1"}, "server must have no query"),
        ({"server": "https://id.jh.edu.cn:99999999"}, "server must be an address"),
        ({"server": "https://id.jh.edu.cn; script-src *"}, "a letter that no host has"),
        ({"server": "https://*.edu.cn"}, "a letter that no host has"),
        ({"logout": "javascript:alert(1)"}, "logout must be an address"),
        ({"origins": "https://a.cn"}, "origins must be a list"),
        ({"origins": ["https://a.cn/path"]}, "scheme, host and port only"),
        ({"version": 3}, "version has no meaning for oidc"),
        ({"number": 5}, "number must be text"),
        ({"number": " "}, "number must be text"),
        ({"client_id": ""}, "oidc needs client_id"),
        ({"scope": ["profile"]}, "scope must have openid"),
        ({"scope": "openid"}, "scope must be a list"),
        ({"secret": "x"}, "unknown secret"),
    ],
)
def test_a_mistake_is_named_with_its_school(changes, problem):
    with pytest.raises(ImproperlyConfigured, match=problem) as refusal:
        parse(JH=OIDC | changes)
    assert "JH" in str(refusal.value)
    assert "hidden-word" not in str(refusal.value)


@pytest.mark.parametrize(
    ("text", "secrets", "problem"),
    [
        ("{", "", "CAMPUS_SIGN_IN is not JSON"),
        ("[]", "", "must be an object"),
        ('{"JH": 1}', "", "must be an object"),
        ('{"J H": {}}', "", "a code has letters"),
        ("{}", '{"JH": "x"}', "CAMPUS_SECRETS names JH"),
        (json.dumps({"JH": OIDC}), "", "a secret in CAMPUS_SECRETS"),
        (json.dumps({"JH": OIDC}), '{"JH": 5}', "must be text"),
        (json.dumps({"BH": CAS}), '{"BH": "x"}', "CAS has no secret"),
        (json.dumps({"BH": CAS | {"version": 1}}), "", "version must be 2 or 3"),
        (json.dumps({"BH": CAS | {"version": True}}), "", "version must be 2 or 3"),
        (json.dumps({"BH": CAS | {"client_id": "x"}}), "", "client_id has no meaning for cas"),
    ],
)
def test_a_configuration_that_cannot_work_stops_the_start(text, secrets, problem):
    with pytest.raises(ImproperlyConfigured, match=problem):
        parse_campuses(text, secrets, https_only=True)


@pytest.mark.parametrize("given", [("wx1", ""), ("", "s")])
def test_wechat_needs_both_values(given):
    with pytest.raises(ImproperlyConfigured, match="WECHAT_APP_ID and WECHAT_APP_SECRET"):
        parse_wechat(*given, inside=False)


def test_the_policy_lists_exactly_the_configured_origins():
    given = {
        "JH": OIDC | {"server": "https://ID.jh.edu.cn:8443/realms/x", "origins": ["https://login.jh.edu.cn"]},
        "BH": CAS | {"logout": "https://out.bh.edu.cn/bye?x=1"},
    }
    assert list_form_origins(parse(**given), WeChat("wx1", "s")) == [
        "https://id.jh.edu.cn:8443",
        "https://login.jh.edu.cn",
        "https://cas.bh.edu.cn",
        "https://out.bh.edu.cn",
        "https://open.weixin.qq.com",
    ]


def test_no_secret_appears_when_the_configuration_is_printed():
    found = parse(JH=OIDC)
    assert "hidden-word" not in repr(found)
    assert "s3cret" not in repr(WeChat("wx1", "s3cret"))


def test_a_school_whose_code_is_the_name_of_a_provider_gets_its_own_app():
    apps = build_providers(parse(secrets="", weixin=CAS), None)
    assert [app["provider_id"] for app in apps["cas"]["APPS"]] == ["campus-weixin"]
    assert apps["weixin"]["APPS"] == []
