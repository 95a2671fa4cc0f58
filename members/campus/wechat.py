"""Sign-in with WeChat: allauth's provider, which keeps nothing but the person's id at the app."""

from allauth.socialaccount.providers.oauth2.views import OAuth2CallbackView, OAuth2LoginView
from allauth.socialaccount.providers.weixin.client import WeixinOAuth2Client
from allauth.socialaccount.providers.weixin.provider import WeixinProvider
from allauth.socialaccount.providers.weixin.views import WeixinOAuth2Adapter

from members.campus.http import refuse_bad_answers


class WeChatClient(WeixinOAuth2Client):
    def get_redirect_url(self, authorization_url, scope, extra_params):
        return super().get_redirect_url(authorization_url, scope, extra_params) + "#wechat_redirect"

    def get_access_token(self, code, pkce_code_verifier=None):
        with refuse_bad_answers():
            return super().get_access_token(code, pkce_code_verifier)


class WeChatAdapter(WeixinOAuth2Adapter):
    """allauth's adapter without the request for the profile: name and picture of a person are not needed."""

    client_class = WeChatClient

    def parse_token(self, data):
        with refuse_bad_answers():
            return super().parse_token(data)

    def complete_login(self, request, app, token, **kwargs):
        with refuse_bad_answers():
            return self.get_provider().sociallogin_from_response(request, kwargs["response"])


class WeChatProvider(WeixinProvider):
    oauth2_adapter_class = WeChatAdapter

    def get_auth_params_from_request(self, request, action) -> dict:
        return {}

    def get_scope_from_request(self, request) -> list[str]:
        return self.get_scope()

    def extract_extra_data(self, data: dict) -> dict:
        return {}

    def extract_common_fields(self, data: dict) -> dict:
        return {}


login = OAuth2LoginView.adapter_view(WeChatAdapter)
callback = OAuth2CallbackView.adapter_view(WeChatAdapter)
