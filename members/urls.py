from django.urls import path

from members.views import branches, home, me, organisation, people, registration, streets, years

urlpatterns = [
    path("", home.home, name="home"),
    path("roster/", people.roster, name="roster"),
    path("roster/export/", people.roster_export, name="roster_export"),
    path("members/<int:pk>/", people.member, name="member"),
    path("members/<int:pk>/edit/", people.member_edit, name="member_edit"),
    path("members/<int:pk>/confirm/", registration.registration_confirm, name="registration_confirm"),
    path("members/<int:pk>/revoke/", registration.registration_revoke, name="registration_revoke"),
    path("registration/", registration.registration, name="registration"),
    path("registration/reports/", registration.registration_reports, name="registration_reports"),
    path("branches/<int:pk>/", branches.branch, name="branch"),
    path("me/", me.me, name="me"),
    path("me/report/", me.me_report, name="me_report"),
    path("organisation/", organisation.organisation, name="organisation"),
    path("streets/", streets.streets, name="streets"),
    path("streets/export/", streets.streets_export, name="streets_export"),
    path("years/", years.current_year, name="years"),
    path("years/<int:year>/", years.year, name="year"),
]
