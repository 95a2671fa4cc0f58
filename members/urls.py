from django.urls import path

from members.views import home

urlpatterns = [
    path("", home.home, name="home"),
]
