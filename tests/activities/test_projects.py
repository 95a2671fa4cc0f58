"""三(四)3: nothing at the street is published or changed without the street's agreement."""

from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from activities.forms.projects import ProjectForm
from activities.models import Project
from activities.services.activities import create_activity
from activities.services.projects import (
    answer_proposal,
    close_project,
    draft_project,
    edit_project,
    propose_project,
    publish_project,
)
from members.models import User
from members.permissions import Role
from pairing.services.invitations import invite_liaison
from pairing.services.pairings import release_pairing
from tests.factories import ActivityFactory, GrantFactory, ProjectFactory, make_account, make_liaison
from tests.inbox import find_inbox

PLAN = {
    "name": "社区智能手机课堂",
    "purpose": "帮助老人用好手机",
    "content": "每周六上午，一对一讲解。",
    "people_needed": 10,
    "contact_name": "曹书记",
    "contact_phone": "010-62770000",
}


@pytest.fixture
def plan(serving) -> dict:
    today = serving.now.date()
    return PLAN | {"starts_on": today, "ends_on": today + timedelta(days=30)}


@pytest.fixture
def proposed_project(serving, plan) -> Project:
    """Return a project put to the street."""
    project = draft_as_secretary(serving, plan)
    return propose_project(user=serving.world.secretary, project_id=project.pk, now=serving.now)


def draft_as_secretary(serving, plan, kind="street") -> Project:
    world = serving.world
    return draft_project(user=world.secretary, college_id=world.college_a.pk, kind=kind, values=plan)


def answer_as_liaison(serving, project, *, agrees=True, text="", user=None, seen=None):
    return answer_proposal(
        user=user or serving.world.liaison,
        project_id=project.pk,
        agrees=agrees,
        text=text,
        seen=seen or project.replies.last().pk,
        now=serving.now + timedelta(hours=1),
    )


def test_the_whole_way_from_draft_over_a_change_to_publication(serving, plan):
    world, secretary = serving.world, serving.world.secretary
    project = draft_as_secretary(serving, plan)
    propose_project(user=secretary, project_id=project.pk, text="请审阅", now=serving.now)
    assert find_inbox(world.liaison).get().title == "有志愿服务项目待您确认"
    answer_as_liaison(serving, project, agrees=False, text="请改到周日")
    edit_project(user=secretary, project_id=project.pk, values=plan | {"content": "每周日上午。"})
    propose_project(user=secretary, project_id=project.pk, now=serving.now + timedelta(hours=2))
    answer_as_liaison(serving, project)
    published = publish_project(user=secretary, project_id=project.pk, now=serving.now)
    assert (published.state, published.agreed_by) == ("published", world.liaison)
    kinds = list(project.replies.order_by("pk").values_list("kind", flat=True))
    assert kinds == ["proposed", "changes", "proposed", "agreed"]
    assert find_inbox(secretary).filter(url=project.get_absolute_url()).count() == 2


def test_it_is_not_published_before_the_street_agrees(serving, proposed_project):
    with pytest.raises(ValidationError, match="街乡同意后才能发布"):
        publish_project(user=serving.world.secretary, project_id=proposed_project.pk)


def test_other_service_is_published_without_a_street_and_cannot_be_put_to_one(serving, plan):
    project = draft_as_secretary(serving, plan, kind="other")
    with pytest.raises(ValidationError, match="不需要街乡确认"):
        propose_project(user=serving.world.secretary, project_id=project.pk)
    assert publish_project(user=serving.world.secretary, project_id=project.pk).state == "published"


def test_a_college_without_a_team_plans_other_service_only(serving, plan):
    world = serving.world
    with pytest.raises(ValidationError, match="还没有与街乡结对"):
        draft_project(user=world.secretary_b, college_id=world.college_b.pk, kind="street", values=plan)


def test_a_change_of_what_was_agreed_goes_to_the_street_again_and_its_word_publishes_again(
    serving, plan, proposed_project
):
    secretary = serving.world.secretary
    answer_as_liaison(serving, proposed_project)
    publish_project(user=secretary, project_id=proposed_project.pk)
    changed = edit_project(
        user=secretary, project_id=proposed_project.pk, values=plan | {"people_needed": 40}, now=serving.now
    )
    assert (changed.state, changed.agreed_at) == ("proposed", None)
    assert find_inbox(serving.world.liaison).count() == 2
    assert answer_as_liaison(serving, changed).state == "published"


def test_another_phone_number_needs_no_new_agreement(serving, plan, proposed_project):
    answer_as_liaison(serving, proposed_project)
    changed = edit_project(
        user=serving.world.secretary,
        project_id=proposed_project.pk,
        values=plan | {"contact_phone": "13800000000"},
    )
    assert changed.state == "agreed"


def test_a_liaison_cannot_agree_to_what_was_changed_while_it_was_read(serving, plan, proposed_project):
    seen = proposed_project.replies.last().pk
    later = serving.now + timedelta(minutes=10)
    edit_project(
        user=serving.world.secretary,
        project_id=proposed_project.pk,
        values=plan | {"content": "另一件事"},
        now=later,
    )
    with pytest.raises(ValidationError, match="内容刚有修改"):
        answer_as_liaison(serving, proposed_project, seen=seen)


def test_asking_for_changes_needs_words(serving, proposed_project):
    with pytest.raises(ValidationError, match="请写明"):
        answer_as_liaison(serving, proposed_project, agrees=False, text=" ")


def test_neither_another_street_nor_the_college_itself_answers(serving, proposed_project):
    world = serving.world
    for user in (make_liaison(world.suburban, world.school), world.secretary, world.admin):
        with pytest.raises(ValidationError, match="没有找到"):
            answer_as_liaison(serving, proposed_project, user=user)


def test_after_the_pairing_has_ended_nothing_is_put_to_the_street(serving, plan):
    project = draft_as_secretary(serving, plan)
    release_pairing(user=serving.world.admin, pairing_id=serving.pairing.pk, reason="街乡撤销")
    with pytest.raises(ValidationError, match="结对已经解除"):
        propose_project(user=serving.world.secretary, project_id=project.pk)


def test_it_ends_only_when_no_activity_lies_ahead_and_then_takes_none(serving):
    world, activity = serving.world, serving.activity()
    with pytest.raises(ValidationError, match="尚未结束的活动"):
        close_project(user=world.secretary, project_id=serving.project.pk, now=serving.now)
    assert (
        close_project(user=world.secretary, project_id=serving.project.pk, now=activity.ends_at).state
        == "closed"
    )
    with pytest.raises(ValidationError, match="项目已结束"):
        create_activity(
            user=world.secretary,
            project_id=serving.project.pk,
            values={},
            posts={},
            stewards=[],
            published=True,
        )


# --- pages


def test_a_liaison_agrees_on_the_page(in_november, proposed_project, client_of):
    client = client_of(in_november.world.liaison)
    page = client.get(proposed_project.get_absolute_url()).content.decode()
    assert "请您确认这个项目" in page
    answered = {"answer": "agree", "text": "", "seen": proposed_project.replies.last().pk}
    client.post(reverse("project_answer", args=[proposed_project.pk]), answered)
    proposed_project.refresh_from_db()
    assert proposed_project.state == "agreed"


def test_what_a_liaison_typed_stays_when_the_answer_is_refused(in_november, proposed_project, client_of):
    client = client_of(in_november.world.liaison)
    response = client.post(
        reverse("project_answer", args=[proposed_project.pk]), {"answer": "changes", "text": "", "seen": "0"}
    )
    assert "项目内容刚有修改" in response.content.decode()


def test_a_new_project_is_drafted_on_the_page(in_november, client_of, plan):
    world = in_november.world
    sent = plan | {"college": world.college_a.pk, "kind": "street"}
    response = client_of(world.secretary).post(reverse("project_new"), sent)
    made = Project.objects.get(name=plan["name"], state="draft")
    assert response["Location"] == made.get_absolute_url()


def test_dates_in_the_wrong_order_are_said_at_the_field(in_november, client_of, plan):
    sent = plan | {"college": in_november.world.college_a.pk, "kind": "other", "ends_on": "2018-01-01"}
    response = client_of(in_november.world.secretary).post(reverse("project_new"), sent)
    assert "结束日期不能早于开始日期" in response.content.decode()


@pytest.mark.parametrize("name", ["projects", "activities"])
def test_lists_cost_the_same_with_one_row_and_with_thirty(
    name, in_november, client_of, django_assert_num_queries
):
    client = client_of(in_november.world.secretary)
    ActivityFactory(project=in_november.project)
    client.get(reverse(name))
    with CaptureQueriesContext(connection) as few:
        client.get(reverse(name))
    for _ in range(30):
        ActivityFactory(project=ProjectFactory(college=in_november.world.college_a, team=in_november.team))
    with django_assert_num_queries(len(few)):
        assert client.get(reverse(name)).status_code == 200


@pytest.mark.parametrize("state", ["proposed", "agreed"])
def test_after_the_pairing_is_released_it_is_neither_agreed_nor_published(serving, proposed_project, state):
    world = serving.world
    if state == "agreed":
        answer_as_liaison(serving, proposed_project)
    release_pairing(user=world.admin, pairing_id=serving.pairing.pk, reason="街乡撤销")
    with pytest.raises(ValidationError, match="已经解除"):
        if state == "agreed":
            publish_project(user=world.secretary, project_id=proposed_project.pk)
        else:
            answer_as_liaison(serving, proposed_project)
    proposed_project.refresh_from_db()
    assert proposed_project.state == state


def test_the_same_form_sent_twice_makes_one_project(serving, plan):
    draft_as_secretary(serving, plan)
    with pytest.raises(ValidationError, match="不要重复提交"):
        draft_as_secretary(serving, plan)
    assert Project.objects.filter(name=plan["name"], state="draft").count() == 1


@pytest.mark.parametrize(
    ("entered", "kept"),
    [("abc", None), ("138****0000", None), ("13800000000", "13800000000"), ("010 6277 0000", "010-62770000")],
)
def test_the_contact_has_a_number_that_can_be_rung(entered, kept):
    form = ProjectForm(PLAN | {"starts_on": "2018-11-10", "ends_on": "2018-11-11", "contact_phone": entered})
    assert form.is_valid() == (kept is not None)
    assert form.cleaned_data.get("contact_phone") == kept


# --- the street's side


def test_nobody_agrees_the_own_school_s_project(serving, proposed_project):
    """Rows that no service makes: an office or a person of the roster beside the post, and an inviter as liaison."""
    world = serving.world
    student = make_account(world.quiet)
    for user in (world.secretary, world.secretary_b, world.admin, student):
        GrantFactory(user=user, role=Role.LIAISON, street=world.urban, school=world.school)
        with pytest.raises(ValidationError, match="另有身份"):
            answer_as_liaison(serving, proposed_project, user=User.objects.get(pk=user.pk))


def test_a_former_inviter_does_not_agree_for_the_street(serving, proposed_project):
    world = serving.world
    invite_liaison(
        user=world.secretary, year=world.year, street_id=world.urban.pk, invitee="", now=serving.now
    )
    world.secretary.grants.update(ends_on=serving.now.date() - timedelta(days=1))
    GrantFactory(user=world.secretary, role=Role.LIAISON, street=world.urban, school=world.school)
    with pytest.raises(ValidationError, match="曾代表学校邀请"):
        answer_as_liaison(serving, proposed_project, user=User.objects.get(pk=world.secretary.pk))
