"""Read the configuration of campus sign-in and WeChat from the environment.

Pure functions of text. A mistake raises ImproperlyConfigured at the start, in English and with the name of the key.
docs/operations.md describes each key.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from django.core.exceptions import ImproperlyConfigured

PREFIX = "campus-"  # of the names by which allauth knows the campuses; so a school's code is never "weixin"
WECHAT_ORIGIN = "https://open.weixin.qq.com"
KINDS = ("oidc", "cas")
KEYS = frozenset(
    {"kind", "label", "server", "client_id", "number", "name", "version", "logout", "origins", "scope"}
)
ONLY_OF = {"client_id": "oidc", "scope": "oidc", "version": "cas"}
LONGEST_LABEL = 30


@dataclass(frozen=True)
class Campus:
    """The sign-in of one school. `number` and `name` are the claims or attributes with which we identify a person."""

    code: str
    kind: str
    label: str
    server: str
    number: str
    name: str
    client_id: str = ""
    secret: str = field(default="", repr=False)
    version: int = 3
    logout: str = ""
    origins: tuple[str, ...] = ()
    scope: tuple[str, ...] = ("openid", "profile")

    @property
    def provider_id(self) -> str:
        """The name by which allauth and the stored identities know this campus."""
        return PREFIX + self.code


@dataclass(frozen=True)
class WeChat:
    """An app of WeChat: a website app, or with `inside` an official account, for the browser within WeChat."""

    app_id: str
    secret: str = field(repr=False)
    inside: bool = False


def parse_campuses(text: str, secrets: str, *, https_only: bool) -> dict[str, Campus]:
    """Return the campuses by the code of their school.

    `text`: the JSON of CAMPUS_SIGN_IN, `secrets`: the JSON of CAMPUS_SECRETS; both map codes of schools.
    """
    given, hidden = _read_object(text, "CAMPUS_SIGN_IN"), _read_object(secrets, "CAMPUS_SECRETS")
    if unknown := hidden.keys() - given.keys():
        raise ImproperlyConfigured(f"CAMPUS_SECRETS names {_join(unknown)}, which CAMPUS_SIGN_IN lacks.")
    return {
        code: _build_campus(code, values, hidden.get(code, ""), https_only) for code, values in given.items()
    }


def parse_wechat(app_id: str, secret: str, *, inside: bool) -> WeChat | None:
    """Return WeChat's app, or None if sign-in with WeChat is off."""
    if not app_id and not secret:
        return None
    if not app_id or not secret:
        raise ImproperlyConfigured("WeChat needs both WECHAT_APP_ID and WECHAT_APP_SECRET.")
    return WeChat(app_id=app_id, secret=secret, inside=inside)


def build_providers(campuses: Mapping[str, Campus], wechat: WeChat | None) -> dict[str, dict]:
    """Return allauth's SOCIALACCOUNT_PROVIDERS."""
    apps: dict[str, list[dict]] = {kind: [] for kind in KINDS}
    for campus in campuses.values():
        apps[campus.kind].append(
            {
                "provider_id": campus.provider_id,
                "name": campus.label,
                "client_id": campus.client_id or campus.provider_id,
                "secret": campus.secret,
                "settings": {
                    "code": campus.code,
                    "server_url": campus.server,
                    "scope": list(campus.scope),
                    "oauth_pkce_enabled": True,
                },
            }
        )
    weixin: dict[str, Any] = {"provider_class": "members.campus.wechat.WeChatProvider", "APPS": []}
    if wechat:
        weixin["APPS"] = [{"client_id": wechat.app_id, "secret": wechat.secret, "name": "微信"}]
        if wechat.inside:
            weixin |= {"AUTHORIZE_URL": f"{WECHAT_ORIGIN}/connect/oauth2/authorize", "SCOPE": ["snsapi_base"]}
    return {
        "openid_connect": {
            "provider_class": "members.campus.openid.CampusOpenIDProvider",
            "APPS": apps["oidc"],
        },
        "cas": {"APPS": apps["cas"]},
        "weixin": weixin,
    }


def list_form_origins(campuses: Mapping[str, Campus], wechat: WeChat | None) -> list[str]:
    """Return the origins to which a form of the portal may lead, besides its own: those configured, and no other."""
    found = [origin for campus in campuses.values() for origin in list_origins(campus)]
    if wechat:
        found.append(WECHAT_ORIGIN)
    return list(dict.fromkeys(found))


def list_origins(campus: Campus) -> list[str]:
    """Return the origins of a campus: of its server, of its logout, and the others that it names."""
    addresses = [campus.server, *([campus.logout] if campus.logout else [])]
    return list(dict.fromkeys([*map(get_origin, addresses), *campus.origins]))


def get_origin(address: str) -> str:
    """Return scheme, host and port of an address."""
    parts = urlsplit(address)
    return f"{parts.scheme}://{parts.netloc}".lower()


def _read_object(text: str, name: str) -> dict[str, Any]:
    if not text.strip():
        return {}
    try:
        found = json.loads(text)
    except ValueError as problem:
        raise ImproperlyConfigured(f"{name} is not JSON: {problem}") from problem
    if not isinstance(found, dict):
        raise ImproperlyConfigured(f"{name} must be an object that maps codes of schools.")
    return found


def _build_campus(code: str, values: Any, secret: Any, https_only: bool) -> Campus:
    where = f"CAMPUS_SIGN_IN, school {code!r}"
    if not isinstance(values, dict):
        raise ImproperlyConfigured(f"{where}: must be an object.")
    if not code or not all(letter.isalnum() or letter in "-_" for letter in code):
        raise ImproperlyConfigured(f"{where}: a code has letters, digits, - and _ only.")
    if unknown := values.keys() - KEYS:
        raise ImproperlyConfigured(f"{where}: unknown {_join(unknown)}.")
    kind = values.get("kind")
    if kind not in KINDS:
        raise ImproperlyConfigured(f"{where}: kind must be one of {_join(KINDS)}.")
    if useless := [key for key, owner in ONLY_OF.items() if key in values and owner != kind]:
        raise ImproperlyConfigured(f"{where}: {_join(useless)} has no meaning for {kind}.")
    _check_secret(where, kind, secret, values)
    return Campus(
        code=code,
        kind=kind,
        label=_read_label(where, values),
        server=_read_server(where, kind, values, https_only),
        number=_read_text(where, values, "number", "sub" if kind == "oidc" else "user"),
        name=_read_text(where, values, "name", "name" if kind == "oidc" else "cn"),
        client_id=_read_text(where, values, "client_id", ""),
        secret=secret,
        version=_read_version(where, values),
        logout=_read_address(where, "logout", values["logout"], https_only) if values.get("logout") else "",
        origins=_read_origins(where, values, https_only),
        scope=_read_scope(where, values),
    )


def _check_secret(where: str, kind: str, secret: Any, values: dict) -> None:
    if not isinstance(secret, str):
        raise ImproperlyConfigured(f"{where}: the entry of CAMPUS_SECRETS must be text.")
    if kind == "oidc" and not (values.get("client_id") and secret):
        raise ImproperlyConfigured(f"{where}: oidc needs client_id, and a secret in CAMPUS_SECRETS.")
    if kind == "cas" and secret:
        raise ImproperlyConfigured(f"{where}: CAS has no secret; remove it from CAMPUS_SECRETS.")


def _read_text(where: str, values: dict, key: str, default: str) -> str:
    found = values.get(key, default)
    if not isinstance(found, str) or (not found.strip() and default):
        raise ImproperlyConfigured(f"{where}: {key} must be text.")
    return found.strip()


def _read_label(where: str, values: dict) -> str:
    label = values.get("label")
    if not isinstance(label, str) or not label.strip() or len(label.strip()) > LONGEST_LABEL:
        raise ImproperlyConfigured(f"{where}: label must be text of 1 to {LONGEST_LABEL} characters.")
    return label.strip()


def _read_version(where: str, values: dict) -> int:
    version = values.get("version", 3)
    if version not in (2, 3) or isinstance(version, bool):
        raise ImproperlyConfigured(f"{where}: version must be 2 or 3.")
    return version


def _read_server(where: str, kind: str, values: dict, https_only: bool) -> str:
    """Return the server's address: for CAS with a slash at the end, for OpenID Connect without."""
    address = _read_address(where, "server", values.get("server"), https_only)
    if urlsplit(address).query:
        raise ImproperlyConfigured(f"{where}: server must have no query.")
    return address.rstrip("/") + ("/" if kind == "cas" else "")


def _read_address(where: str, key: str, address: Any, https_only: bool) -> str:
    try:
        parts = urlsplit(address) if isinstance(address, str) else urlsplit("")
        well_formed = bool(parts.hostname) and (parts.port is None or parts.port > 0)
    except ValueError:
        well_formed = False
    if not well_formed or parts.scheme not in ("https", "http") or parts.fragment or "@" in parts.netloc:
        raise ImproperlyConfigured(f"{where}: {key} must be an address that begins with https://.")
    if https_only and parts.scheme != "https":
        raise ImproperlyConfigured(f"{where}: production needs https:// in {key}.")
    if any(letter in parts.netloc for letter in " ;,'\"*"):
        raise ImproperlyConfigured(f"{where}: {key} has a letter that no host has.")
    return address


def _read_origins(where: str, values: dict, https_only: bool) -> tuple[str, ...]:
    found = values.get("origins", [])
    if not isinstance(found, list):
        raise ImproperlyConfigured(f"{where}: origins must be a list of addresses.")
    for address in found:
        if _read_address(where, "origins", address, https_only).lower() != get_origin(address):
            raise ImproperlyConfigured(f"{where}: {address} in origins must be scheme, host and port only.")
    return tuple(get_origin(address) for address in found)


def _read_scope(where: str, values: dict) -> tuple[str, ...]:
    scope = values.get("scope", ["openid", "profile"])
    if not isinstance(scope, list) or not all(isinstance(word, str) and word for word in scope):
        raise ImproperlyConfigured(f"{where}: scope must be a list of words.")
    if "openid" not in scope:
        raise ImproperlyConfigured(f"{where}: scope must have openid.")
    return tuple(scope)


def _join(words: Iterable[str]) -> str:
    return ", ".join(sorted(words))
