"""The way in: each role to its place."""

from django.shortcuts import render

from members.permissions import allow


@allow("home")
def home(request):
    return render(request, "members/home.html")
