from django.urls import path

from reports.views import bulletins, channels, dashboards, issuing, years

urlpatterns = [
    path("overview/", dashboards.overview, name="overview"),
    path("colleges/<int:pk>/", dashboards.college, name="college"),
    path("years/<int:year>/edit/", years.year_edit, name="year_edit"),
    path("bulletins/", bulletins.bulletins, name="bulletins"),
    path("bulletins/export/", bulletins.bulletins_excel, name="bulletins_excel"),
    path("bulletins/next/", issuing.bulletin_next, name="bulletin_next"),
    path("bulletins/<int:pk>/", bulletins.bulletin, name="bulletin"),
    path("bulletins/<int:pk>/excel/", bulletins.bulletin_excel, name="bulletin_excel"),
    path("bulletins/<int:pk>/text/", bulletins.bulletin_text, name="bulletin_text"),
    path("bulletins/<int:pk>/correct/", issuing.bulletin_correct, name="bulletin_correct"),
    path("public/<str:code>/", bulletins.bulletin_public, name="bulletin_public"),
    path("channels/", channels.channels, name="channels"),
    path("channels/<int:pk>/switch/", channels.channel_switch, name="channel_switch"),
    path("channels/<int:pk>/drop/", channels.channel_drop, name="channel_drop"),
]
