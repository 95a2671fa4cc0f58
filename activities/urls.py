from django.urls import path

from activities.views import slips

urlpatterns = [
    path("slips/", slips.slips, name="slips"),
    path("slips/<int:pk>/", slips.slip, name="slip"),
    path("members/<int:pk>/slips/", slips.member_slips, name="member_slips"),
    path("check/<str:token>/", slips.slip_check, name="slip_check"),
]
