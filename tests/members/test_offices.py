"""To which office a message sends somebody: always one above their own, never themselves."""

from datetime import date

import pytest

from members.models import User
from members.permissions import Role
from members.queries.offices import name_office_to_tell
from members.services.safety import change_own_password
from members.services.sign_in import note_sign_in
from tests.factories import GrantFactory, UserFactory, make_account
from tests.inbox import find_inbox

ABOVE = {
    "admin": "本校另一位校团委或平台运维",
    "secretary": "校团委",
    "branch_secretary": "本学院团委书记",
    "member": "本学院团委书记",
    "liaison": "邀请您的学校",
    "nobody": "校团委",
}


@pytest.mark.parametrize(("who", "office"), ABOVE.items(), ids=ABOVE.keys())
def test_a_message_about_a_stranger_names_the_office_above(world, who, office):
    user = getattr(world, who)
    assert name_office_to_tell(user) == office
    note_sign_in(user=user, known=False, first=False, address="203.0.113.7", device="Firefox")
    change_own_password(user=user, password="qingnian-zhiyuan-18")
    told = find_inbox(user).values_list("text", flat=True)
    assert len(told) == 2
    assert all(f"联系{office}。" in text for text in told)


def test_a_student_who_leads_a_college_asks_the_school_and_the_operator_is_above_all(world):
    student = make_account(world.registered)
    GrantFactory(user=student, role=Role.COLLEGE_SECRETARY, college=world.college_a)
    assert name_office_to_tell(student) == "校团委"
    assert name_office_to_tell(UserFactory(school=world.school, is_superuser=True)) == "平台运维"


def test_after_the_office_has_ended_the_person_asks_the_college_again(world):
    student = make_account(world.registered)
    GrantFactory(
        user=student, role=Role.COLLEGE_SECRETARY, college=world.college_a, ends_on=date(2018, 6, 30)
    )
    assert name_office_to_tell(User.objects.get(pk=student.pk)) == "本学院团委书记"
