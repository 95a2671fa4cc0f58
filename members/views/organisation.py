"""组织: the tree of the school's colleges and branches; the outside system should show the same (三(一))."""

from dataclasses import replace

from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from members.forms.organisation import OrganisationFilter
from members.models import Branch, College, ServiceYear
from members.permissions import allow, may
from members.queries.organisation import CollegeNode, build_tree
from members.rules import Rate


@allow("college.view")
@require_safe
def organisation(request):
    school = request.user.school
    year = ServiceYear.objects.current(school) or ServiceYear()
    colleges = build_tree(
        College.objects.visible_to(request.user, "college.view").filter(school=school),
        Branch.objects.visible_to(request.user, "college.view").filter(college__school=school),
        floor_percent=year.floor_percent,
        today=timezone.localdate(),
    )
    form = OrganisationFilter(request.GET, colleges=[(college.pk, college.name) for college in colleges])
    shown = filter_tree(colleges, form.cleaned_data if form.is_valid() else {})
    context = {
        "form": form,
        "colleges": shown,
        "total": sum((college.rate for college in colleges), Rate(floor_percent=year.floor_percent)),
        "branch_count": sum(len(college.branches) for college in colleges),
        "shown_count": sum(len(college.branches) for college in shown),
        "total_colleges": len(colleges),
        "twin_count": sum(len(college.list_flagged("twin")) + college.twin for college in colleges),
        "filtered": any(request.GET.get(name) for name in form.fields),
        "may_import": may(request.user, "import.organisation"),
    }
    return render(request, "members/organisation.html", context)


def filter_tree(colleges: list[CollegeNode], wanted: dict) -> list[CollegeNode]:
    """Return the part of the tree that matches the filters; a match of a college's name keeps all its branches."""
    words, college, flag = wanted.get("q", ""), wanted.get("college"), wanted.get("flag")
    if not (words or college or flag):
        return colleges
    found = []
    for node in colleges:
        if college and node.pk != college:
            continue
        branches = [
            branch
            for branch in node.branches
            if (words in node.name or words in branch.name) and (not flag or flag in branch.flags)
        ]
        if branches or (not flag and words in node.name):
            found.append(replace(node, branches=branches))
    return found
