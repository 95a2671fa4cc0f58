from django.urls import path

from pairing.views import join, liaison, roll, streets, teams

urlpatterns = [
    path("teams/", teams.teams, name="teams"),
    path("teams/roll/", roll.team_roll, name="team_roll"),
    path("teams/roll/export/", roll.team_roll_export, name="team_roll_export"),
    path("teams/roll/<int:pk>/remove/", roll.team_remove, name="team_remove"),
    path("teams/<int:pk>/", teams.team, name="team"),
    path("teams/<int:pk>/bind/", teams.team_bind, name="team_bind"),
    path("teams/<int:pk>/group/", teams.team_group, name="team_group"),
    path("teams/<int:pk>/renew/", teams.team_renew, name="team_renew"),
    path("teams/<int:pk>/code.png", teams.team_png, name="team_png"),
    path("teams/<int:pk>/poster/", teams.team_poster, name="team_poster"),
    path("t/<str:token>/", join.team_join, name="team_join"),
    path("me/team/", join.my_team, name="my_team"),
    path("me/team/leave/", join.team_leave, name="team_leave"),
    path("streets/", streets.streets, name="streets"),
    path("streets/export/", streets.streets_export, name="streets_export"),
    path("streets/assigned/", streets.streets_assigned, name="streets_assigned"),
    path("streets/<int:pk>/", streets.street, name="street"),
    path("streets/<int:pk>/taken/", streets.street_taken, name="street_taken"),
    path("liaison/", liaison.liaison, name="liaison"),
    path("invitations/", liaison.invitations, name="invitations"),
    path("invitations/new/", liaison.invitation_new, name="invitation_new"),
    path("invitations/<int:pk>/", liaison.invitation, name="invitation"),
    path("invitations/<int:pk>/withdraw/", liaison.invitation_withdraw, name="invitation_withdraw"),
    path("invited/<str:token>/", liaison.invited, name="invited"),
]
