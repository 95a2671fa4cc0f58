"""Every address of the portal. Each view declares its permission with @allow."""

from allauth.account import views as account
from django.contrib import admin
from django.urls import include, path

from volunteer_portal import health

# Only the allauth pages that the portal offers: committees create accounts, so there is no sign-up and no
# mail reset.
account_urls = [
    path("login/", account.login, name="account_login"),
    path("password/", account.password_change, name="account_change_password"),
    path("reauthenticate/", account.reauthenticate, name="account_reauthenticate"),
    path("inactive/", account.account_inactive, name="account_inactive"),
]

handler500 = "members.lost_connections.server_error"

urlpatterns = [
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
    path("accounts/", include(account_urls)),
    path("admin/", admin.site.urls),
    path("", include("members.campus.urls")),
    path("", include("members.urls")),
    path("", include("pairing.urls")),
    path("", include("activities.urls")),
    path("", include("reports.urls")),
]
