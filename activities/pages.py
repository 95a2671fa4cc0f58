"""Functions for several views of this app: objects in the user's scope, and the breadcrumbs of pages."""

from django.http import Http404
from django.shortcuts import get_object_or_404
from django.urls import reverse

from activities.models import Activity, Project
from members.lists import ListQuery
from members.models import Member
from members.permissions import may

Breadcrumb = list[tuple[str, str]]


def get_project_or_404(user, pk: int, action: str) -> Project:
    """Return a project in the scope of the action. Raises Http404."""
    projects = Project.objects.visible_to(user, action)
    return get_object_or_404(
        projects.select_related("college__school", "street", "agreed_by", "created_by"), pk=pk
    )


def build_project_breadcrumb(project: Project) -> Breadcrumb:
    return [("项目", reverse("projects")), (project.name, project.get_absolute_url())]


def get_activity_or_404(user, pk: int, action: str) -> Activity:
    """Return an activity in the scope of the action. Raises Http404."""
    activities = Activity.objects.visible_to(user, action)
    return get_object_or_404(activities.select_related("project__college__school", "project__year"), pk=pk)


def get_listed_activity_or_404(query: ListQuery) -> Activity:
    """Return the activity that the filter form found, whose people are listed.

    Raises Http404 if there is none.
    """
    activity = query.form.of_activity
    if activity is None:
        raise Http404
    return activity


def build_activity_breadcrumb(activity: Activity) -> Breadcrumb:
    """Return the links to the project and the activity, for organisers."""
    return [*build_project_breadcrumb(activity.project), (activity.name, activity.get_absolute_url())]


def build_attendance_breadcrumb(user, activity: Activity) -> Breadcrumb:
    """Return the link to the activity's page for organisers; a steward has no such page and gets no link."""
    return [(activity.name, activity.get_absolute_url())] if may(user, "activity.view") else []


def get_own_person_or_404(user) -> Member:
    """Return the person of the account. Raises Http404 if the account has none."""
    people = Member.objects.visible_to(user, "signup.own").select_related("branch__college")
    return get_object_or_404(people, pk=user.member_id)


def get_offer_or_404(person: Member, pk: int) -> Activity:
    """Return a published activity that the person may look at, with its numbers of people. Raises Http404."""
    activities = Activity.objects.shown_to(person).with_places()
    return get_object_or_404(activities.select_related("street", "project__college"), pk=pk)
