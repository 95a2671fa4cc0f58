"""The portal's addresses with those of allauth's second factor."""

from django.urls import include, path

from volunteer_portal.urls import urlpatterns as portal

urlpatterns = [*portal, path("accounts/2fa/", include("allauth.mfa.urls"))]
