from allauth.socialaccount.views import login_cancelled
from django.urls import path

from members.campus.views import identities, links, sign_in

urlpatterns = [
    path("accounts/logout/", sign_in.CampusLogoutView.as_view(), name="account_logout"),
    path("accounts/campus/reauthenticate/", sign_in.campus_reauthenticate, name="campus_reauthenticate"),
    # Its name is the one to which allauth redirects.
    path("accounts/campus/cancelled/", login_cancelled, name="socialaccount_login_cancelled"),
    path("accounts/campus/<str:code>/login/", sign_in.campus_login, name="campus_login"),
    path("accounts/campus/<str:code>/callback/", sign_in.campus_callback, name="campus_callback"),
    path("accounts/wechat/login/", sign_in.wechat_login, name="weixin_login"),
    path("accounts/wechat/callback/", sign_in.wechat_callback, name="weixin_callback"),
    path("accounts/identities/<int:pk>/unlink/", identities.campus_unlink, name="campus_unlink"),
    path("campus-links/", links.campus_links, name="campus_links"),
    path("campus-links/<int:pk>/", links.campus_link, name="campus_link"),
]
