"""Sign-in by OpenID Connect: allauth's provider with a nonce, a checked signature and a checked time of sign-in."""

import time
from typing import Any

import jwt
from allauth.socialaccount.internal import jwtkit
from allauth.socialaccount.providers.base import ProviderException
from allauth.socialaccount.providers.oauth2.client import OAuth2Error
from allauth.socialaccount.providers.oauth2.views import OAuth2CallbackView
from allauth.socialaccount.providers.openid_connect.provider import OpenIDConnectProvider
from allauth.socialaccount.providers.openid_connect.views import OpenIDConnectOAuth2Adapter
from allauth.utils import build_absolute_uri
from django.utils.crypto import constant_time_compare, get_random_string

from members.campus.config import get_origin, list_origins
from members.campus.http import BriefSession, refuse_bad_answers
from members.campus.identities import CampusProviderMixin

ALGORITHMS = frozenset({"RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512"})
SKEW = 60  # seconds by which the clocks of campus and portal may differ
ENDPOINTS = ("issuer", "authorization_endpoint", "token_endpoint", "jwks_uri")


class CampusOpenIDAdapter(OpenIDConnectOAuth2Adapter):
    """allauth's adapter, which also proves that an answer belongs to this sign-in."""

    state: dict = {}

    @property
    def openid_config(self):
        with refuse_bad_answers():
            config = super().openid_config
            for name in ENDPOINTS:
                if not isinstance(config[name], str):
                    raise ValueError(f"{name} is no address")
        campus = self.get_provider().campus
        if get_origin(config["authorization_endpoint"]) not in list_origins(campus):
            raise ProviderException(
                f"{config['authorization_endpoint']} is not at an origin of campus {campus.code}: browsers would "
                "refuse to go there. Add its origin to `origins` in CAMPUS_SIGN_IN."
            )
        return config

    def get_callback_url(self, request, app) -> str:
        return build_absolute_uri(request, self.get_provider().get_callback_url(), self.redirect_uri_protocol)

    def get_access_token_data(self, request, app, client, pkce_code_verifier=None):
        with refuse_bad_answers():
            data = super().get_access_token_data(request, app, client, pkce_code_verifier)
            if not isinstance(data, dict) or not isinstance(data.get("id_token"), str):
                raise ValueError("no id_token")
        return data

    def parse_token(self, data):
        with refuse_bad_answers():
            return super().parse_token(data)

    def complete_login(self, request, app, token, **kwargs):
        with refuse_bad_answers():
            claims = self._read_id_token(app, kwargs["response"]["id_token"])
            self._check_belongs(claims)
            person = self._fetch_user_info(token.token) if self.openid_config.get("userinfo_endpoint") else {}
            if person and person["sub"] != claims["sub"]:
                raise ValueError("userinfo is of somebody else")
            login = self.get_provider().sociallogin_from_response(request, {**claims, **person})
        login.campus_session = {"ticket": "", "logout": self._get_logout_address()}
        return login

    def _read_id_token(self, app, id_token: str) -> dict:
        """Return the claims of a token whose signature, issuer, audience and times are right.

        allauth trusts the direct connection and leaves the signature unchecked; its check also allows no skew.
        """
        try:
            algorithm, key = self._find_key(jwt.get_unverified_header(id_token))
            claims = jwt.decode(
                id_token,
                key=key,
                algorithms=[algorithm],
                issuer=self.openid_config["issuer"],
                audience=app.client_id,
                leeway=SKEW,
                options={"require": ["exp", "iat", "sub"]},
            )
        except jwt.PyJWTError as problem:
            raise OAuth2Error(f"Invalid id_token: {problem}") from problem
        jwtkit.verify_jti(claims)
        return claims

    def _find_key(self, header: dict) -> tuple[str, Any]:
        """Return algorithm and key of a token; a campus with one key may leave out its name."""
        if header["alg"] not in ALGORITHMS:
            raise OAuth2Error(f"Unsupported signing algorithm: {header['alg']}")
        with BriefSession() as session:
            answer = session.get(self.openid_config["jwks_uri"])
        answer.raise_for_status()
        name = header.get("kid")
        keys = [key for key in answer.json()["keys"] if key.get("use", "sig") == "sig"]
        fitting = [key for key in keys if name is None or key.get("kid") == name]
        if len(fitting) != 1:
            raise OAuth2Error(f"{len(fitting)} keys fit kid {name!r}")
        return header["alg"], jwt.PyJWK.from_dict(fitting[0], algorithm=header["alg"]).key

    def _check_belongs(self, claims: dict) -> None:
        """Refuse a token that was made for another sign-in, or for a sign-in of long ago if a new one was asked."""
        if not constant_time_compare(str(claims.get("nonce", "")), self.state["nonce"]):
            raise OAuth2Error("The nonce is of another sign-in")
        if self.state.get("renews") and int(claims["auth_time"]) < self.state["asked_at"] - SKEW:
            raise OAuth2Error("The campus did not ask the person to sign in again")

    def _get_logout_address(self) -> str:
        """Return where the campus ends its session, or "" if no browser may go there."""
        address = self.openid_config.get("end_session_endpoint")
        known = isinstance(address, str) and get_origin(address) in list_origins(self.get_provider().campus)
        return address if known else ""


class CampusOpenIDProvider(CampusProviderMixin, OpenIDConnectProvider):
    """A campus with OpenID Connect. Nothing in the address of a request changes what the campus is asked."""

    oauth2_adapter_class = CampusOpenIDAdapter

    def get_auth_params_from_request(self, request, action) -> dict:
        return {}

    def get_scope_from_request(self, request) -> list[str]:
        return self.get_scope()

    def extract_uid(self, data: dict) -> str:
        return data["sub"]

    def redirect(self, request, process, next_url=None, data=None, **kwargs):
        nonce = get_random_string(32)
        asked = {"nonce": nonce}
        if kwargs.get("renews"):
            asked |= {"prompt": "login", "max_age": "0"}
        kwargs |= {"auth_params": asked, "nonce": nonce, "asked_at": time.time()}
        return super().redirect(request, process, next_url, data, **kwargs)


class CampusCallbackView(OAuth2CallbackView):
    """allauth's view for the way back, which gives the adapter what was noted on the way there."""

    def _get_state(self, request, provider):
        state, response = super()._get_state(request, provider)
        self.adapter.state = state or {}
        return state, response
