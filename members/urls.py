from django.urls import path

from members.listings import AUDIT, ROSTER
from members.transfer.views import exports, imports
from members.views import (
    accounts,
    activation,
    audit,
    branches,
    claims,
    finder,
    home,
    messages,
    organisation,
    people,
    registration,
    security,
    years,
)

urlpatterns = [
    path("", home.home, name="home"),
    path("roster/", people.roster, name="roster"),
    path("roster/export/", exports.export_view(ROSTER), name="roster_export"),
    path("members/<int:pk>/", people.member, name="member"),
    path("members/<int:pk>/edit/", people.member_edit, name="member_edit"),
    path("members/<int:pk>/confirm/", registration.registration_confirm, name="registration_confirm"),
    path("members/<int:pk>/revoke/", registration.registration_revoke, name="registration_revoke"),
    path("people/find/", finder.people_find, name="people_find"),
    path("registration/", registration.registration, name="registration"),
    path("registration/reports/", registration.registration_reports, name="registration_reports"),
    path("branches/<int:pk>/", branches.branch, name="branch"),
    path("imports/", imports.import_list, name="imports"),
    path("imports/new/", imports.import_new, name="import_new"),
    path("imports/<int:pk>/", imports.import_run, name="import"),
    path("imports/<int:pk>/confirm/", imports.import_confirm, name="import_confirm"),
    path("imports/<int:pk>/drop/", imports.import_drop, name="import_drop"),
    path("imports/<int:pk>/rejects/", imports.import_rejects, name="import_rejects"),
    path("imports/<int:pk>/missing/", imports.import_missing, name="import_missing"),
    path("exports/", exports.export_jobs, name="exports"),
    path("exports/<int:pk>/", exports.export, name="export"),
    path("exports/<int:pk>/file/", exports.export_file, name="export_file"),
    path("exports/<int:pk>/again/", exports.export_again, name="export_again"),
    path("claims/", claims.claim_list, name="claims"),
    path("claims/<int:pk>/", claims.claim, name="claim"),
    path("messages/", messages.message_list, name="messages"),
    path("messages/read/", messages.messages_read, name="messages_read"),
    path("messages/<int:pk>/", messages.message_open, name="message_open"),
    path("accounts/<int:pk>/", accounts.account, name="account"),
<<<<<<< HEAD
    path("security/confirm/", security.confirm_identity, name="confirm_identity"),
=======
    path("activate/", activation.activate, name="activate"),
    path("activate/password/", activation.activate_password, name="activate_password"),
    path("activate/<str:code>/", activation.activate_code, name="activate_code"),
>>>>>>> db890fa (Issue activation codes, enter and use them)
    path("organisation/", organisation.organisation, name="organisation"),
    path("audit/", audit.audit, name="audit"),
    path("audit/export/", exports.export_view(AUDIT), name="audit_export"),
    path("years/", years.current_year, name="years"),
    path("years/<int:year>/", years.year, name="year"),
]
