"""Every address of the portal. Each view declares its permission with @allow."""

from allauth.account import views as account
from allauth.mfa.base import views as mfa
from allauth.mfa.recovery_codes import views as recovery
from allauth.mfa.totp import views as totp
from allauth.mfa.webauthn import views as webauthn
from django.contrib import admin
from django.urls import include, path

from members.permissions import allow
from members.views import security
from volunteer_portal import health

own = allow("account.own", recent=True)

# Only the allauth pages that the portal offers: committees create accounts, so there is no sign-up and no
# mail reset.
account_urls = [
    path("login/", account.login, name="account_login"),
    path("password/", account.password_change, name="account_change_password"),
    path("password/set/", own(account.password_set), name="account_set_password"),
    path("reauthenticate/", account.reauthenticate, name="account_reauthenticate"),
    path("inactive/", account.account_inactive, name="account_inactive"),
]

# The second factor. Whoever changes it has lately proved who they are.
security_urls = [
    path("sign-in/", mfa.authenticate, name="mfa_authenticate"),
    path("sign-in/passkey/", webauthn.login_webauthn, name="mfa_login_webauthn"),
    path("confirm/code/", mfa.reauthenticate, name="mfa_reauthenticate"),
    path("confirm/passkey/", webauthn.reauthenticate_webauthn, name="mfa_reauthenticate_webauthn"),
    path("codes/", own(totp.activate_totp), name="mfa_activate_totp"),
    path("codes/end/", own(totp.deactivate_totp), name="mfa_deactivate_totp"),
    path("passkeys/add/", own(webauthn.add_webauthn), name="mfa_add_webauthn"),
    path("passkeys/<int:pk>/name/", own(webauthn.edit_webauthn), name="mfa_edit_webauthn"),
    path("passkeys/<int:pk>/remove/", own(security.passkey_remove), name="mfa_remove_webauthn"),
    path("recovery/", own(recovery.view_recovery_codes), name="mfa_view_recovery_codes"),
    path("recovery/new/", own(recovery.generate_recovery_codes), name="mfa_generate_recovery_codes"),
    path("recovery/file/", own(recovery.download_recovery_codes), name="mfa_download_recovery_codes"),
    # allauth returns to these two names; both are the one page of the own account.
    path("", security.security, name="mfa_list_webauthn"),
    path("", security.security, name="mfa_index"),
]

handler500 = "members.lost_connections.server_error"

urlpatterns = [
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
    path("accounts/", include(account_urls)),
    path("security/", security.security, name="security"),
    path("security/", include(security_urls)),
    path("admin/", admin.site.urls),
    path("", include("members.campus.urls")),
    path("", include("members.urls")),
    path("", include("pairing.urls")),
    path("", include("activities.urls")),
    path("", include("reports.urls")),
]
