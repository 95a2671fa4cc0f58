"""The team's page, its 志愿团队ID, the checklist of its group, and the roll."""

from datetime import date, timedelta
from io import BytesIO

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from PIL import Image

from members.models import ExportLog
from members.services.schools import create_school
from members.sheets.reading import read_file
from members.sheets.sheets import Column, read_sheet
from pairing.models import GroupCheck, ServiceTeam, TeamMembership
from pairing.rules import Joined, get_group_qr_state
from pairing.services.pairings import release_pairing
from pairing.services.teams import bind_outside_id, check_group, join_team
from tests.factories import BranchFactory, CollegeFactory, MemberFactory, make_account, make_secretary
from tests.members.overlapping import run_overlapping
from tests.moving import correct_person
from tests.pairing.pairs import CLAIMED_AT, make_pairing
from tests.world import build_world


@pytest.fixture
def team(world) -> ServiceTeam:
    return make_pairing(world.college_a, world.urban, user=world.secretary).team


@pytest.fixture
def team_b(world) -> ServiceTeam:
    return make_pairing(world.college_b, world.suburban, user=world.secretary_b).team


def fetch_page(client, name, *args, **query) -> str:
    return client.get(reverse(name, args=args), query).content.decode()


# --- rules ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("days", "state"), [(-1, "expired"), (0, "soon"), (3, "soon"), (4, "ok"), (None, "unknown")]
)
def test_a_group_code_warns_three_days_before_its_last_day(days, state):
    today = date(2018, 10, 30)
    assert get_group_qr_state(today + timedelta(days=days) if days is not None else None, today) == state


def test_a_share_is_rounded_down_and_only_everybody_is_complete():
    assert Joined(members=119, joined=118).text == "99.15"
    assert not Joined(members=119, joined=118).complete
    assert Joined(members=2, joined=2).complete
    assert Joined().text == "不适用"
    assert not Joined().complete
    assert Joined(3, 1, 1) + Joined(2, 2, 0) == Joined(5, 3, 1)


# --- the page ---------------------------------------------------------------------------------------------------


def test_the_page_counts_league_members_and_shows_others_beside(world, team, client_of):
    for person in (world.missing, world.party, world.quiet, world.student):
        user = world.member if person == world.missing else make_account(person)
        join_team(user=user, token=team.token)
    found = client_of(world.secretary).get(team.get_absolute_url()).context
    assert found["joined"] == Joined(members=7, joined=3, others=1)
    assert {branch.name: branch.joined.joined for branch in found["branches"]} == {
        world.a1.name: 2,
        world.a2.name: 1,
    }


def test_somebody_who_went_on_leave_no_longer_counts(world, team, client_of):
    join_team(user=world.member, token=team.token)
    correct_person(world.missing, state="suspended")
    found = client_of(world.secretary).get(team.get_absolute_url()).context
    assert found["joined"] == Joined(members=6, joined=0)


def test_the_liaison_sees_name_contacts_and_number_only(world, team, client_of):
    join_team(user=world.member, token=team.token)
    page = fetch_page(client_of(world.liaison), "team", team.pk)
    assert team.name in page
    assert world.secretary.name in page
    assert "1 人" in page
    for hidden in (world.missing.name, world.a1.name, "<svg viewBox", team.token):
        assert hidden not in page


def test_who_left_college_or_roll_is_not_counted_to_the_street(world, team, client_of):
    for member in (world.registered, world.missing, world.lead):
        TeamMembership.objects.create(team=team, member=member, joined_at=timezone.now())
    correct_person(world.registered, branch=world.b1)
    correct_person(world.missing, state="graduated")
    client = client_of(world.liaison)
    assert client.get(reverse("team", args=[team.pk])).context["size"] == 1
    assert [listed.size for listed in client.get(reverse("teams"), {"q": "法"}).context["page"]] == [1]
    assert [pairing.joined for pairing in client.get(reverse("liaison")).context["pairings"]] == [1]


def test_the_liaison_of_another_street_finds_nothing(world, team_b, client_of):
    client = client_of(world.liaison)
    assert client.get(team_b.get_absolute_url()).status_code == 404
    assert team_b.pairing.college.name not in fetch_page(client, "teams")


def test_the_page_of_an_ended_pairing_stays_without_a_code(world, team, client_of):
    release_pairing(user=world.admin, pairing_id=team.pairing_id, reason="街乡调整")
    client = client_of(world.secretary)
    page = fetch_page(client, "team", team.pk)
    assert "结对已解除" in page
    assert team.token not in page
    for name in ("team_bind", "team_group", "team_renew", "team_png", "team_poster"):
        assert client.get(reverse(name, args=[team.pk])).status_code == 404


def test_the_code_comes_as_picture_and_poster(world, team, client_of):
    client = client_of(world.branch_secretary)
    answer = client.get(reverse("team_png", args=[team.pk]))
    with Image.open(BytesIO(answer.content)) as picture:
        assert picture.format == "PNG"
        assert picture.width == picture.height >= 400
    poster = fetch_page(client, "team_poster", team.pk)
    assert "扫码加入服务队" in poster
    assert "<svg" in poster
    assert "style=" not in poster


def test_whoever_has_one_team_comes_to_it_at_once(world, team, team_b, client_of):
    answer = client_of(world.secretary).get(reverse("teams"))
    assert answer["Location"] == team.get_absolute_url()
    page = fetch_page(client_of(world.admin), "teams")
    assert team.get_absolute_url() in page
    assert team_b.get_absolute_url() in page
    client = client_of(world.admin)
    assert team_b.get_absolute_url() not in fetch_page(client, "teams", q="清河")
    assert team.get_absolute_url() not in fetch_page(client, "teams", bound="yes")


# --- 志愿团队ID ----------------------------------------------------------------------------------------------------


def test_an_id_is_bound_once_and_without_a_password(world, team, client_of):
    client = client_of(world.secretary)
    assert "不收集、不保存" in fetch_page(client, "team_bind", team.pk)
    client.post(
        reverse("team_bind", args=[team.pk]), {"outside_id": " １１０１０８００1 ", "on": "2018-10-20"}
    )
    team.refresh_from_db()
    assert (team.outside_id, team.bound_on) == ("110108001", date(2018, 10, 20))
    assert not [field.name for field in ServiceTeam._meta.get_fields() if "password" in field.name]


@pytest.mark.parametrize(
    ("entered", "reason"),
    [
        ({"outside_id": "ID_110108", "on": "2018-10-20"}, "团队ID由 4 至 40 位"),
        ({"outside_id": "法学院服务队", "on": "2018-10-20"}, "不是编号"),
        ({"outside_id": "110108001", "on": ""}, "这个字段是必填项"),
        (
            {"outside_id": "110108001", "on": f"{timezone.localdate() + timedelta(days=2)}"},
            "绑定日期不能晚于今天",
        ),
    ],
)
def test_a_wrong_id_or_date_is_refused_in_place(entered, reason, world, team, client_of):
    answer = client_of(world.secretary).post(reverse("team_bind", args=[team.pk]), entered)
    page = answer.content.decode()
    assert reason in page
    assert entered["outside_id"] in page
    team.refresh_from_db()
    assert team.outside_id == ""


def test_the_id_of_another_team_is_refused(world, team, team_b):
    on = date(2018, 10, 20)
    bind_outside_id(user=world.secretary_b, team_id=team_b.pk, outside_id="110108001", on=on)
    with pytest.raises(ValidationError, match="已绑定到其他服务队"):
        bind_outside_id(user=world.secretary, team_id=team.pk, outside_id="110108001", on=on)


def test_a_college_keeps_its_id_from_one_team_to_the_next(world, team, client_of):
    on, bound = date(2018, 10, 20), {"user": world.secretary, "outside_id": "110108001"}
    bind_outside_id(team_id=team.pk, on=on, **bound)
    release_pairing(user=world.admin, pairing_id=team.pairing_id, reason="街乡调整")
    following = make_pairing(world.college_a, world.urban, user=world.secretary).team
    assert 'value="110108001"' in fetch_page(client_of(world.secretary), "team_bind", following.pk)
    bind_outside_id(team_id=following.pk, on=on, **bound)
    create_school(code=world.school.code, name=world.school.name, year=2019)
    at = CLAIMED_AT.replace(year=2019)
    later = make_pairing(world.college_a, world.urban, user=world.secretary, at=at).team
    bind_outside_id(team_id=later.pk, on=on, **bound)
    assert set(ServiceTeam.objects.values_list("outside_id", flat=True)) == {"110108001"}


def test_what_a_closed_team_was_bound_to_by_mistake_hinders_nobody(world, team, team_b):
    on = date(2018, 10, 20)
    bind_outside_id(user=world.secretary, team_id=team.pk, outside_id="110108002", on=on)
    release_pairing(user=world.admin, pairing_id=team.pairing_id, reason="街乡调整")
    bound = bind_outside_id(user=world.secretary_b, team_id=team_b.pk, outside_id="110108002", on=on)
    assert bound.outside_id == "110108002"


@pytest.mark.django_db(transaction=True)
def test_two_teams_that_bind_one_id_at_once(transactional_db):
    world, on = build_world(), date(2018, 10, 20)
    team = make_pairing(world.college_a, world.urban, user=world.secretary).team
    team_b = make_pairing(world.college_b, world.suburban, user=world.secretary_b).team
    first, second = run_overlapping(
        lambda: bind_outside_id(user=world.secretary, team_id=team.pk, outside_id="110108001", on=on),
        lambda: bind_outside_id(user=world.secretary_b, team_id=team_b.pk, outside_id="110108001", on=on),
    )
    assert first.outside_id == "110108001"
    assert isinstance(second, ValidationError)


# --- the group --------------------------------------------------------------------------------------------------


def test_the_checklist_keeps_who_came_when(world, team, client_of):
    client, url = client_of(world.secretary), reverse("team_group", args=[team.pk])
    client.post(url, {"branches": [world.a1.pk]})
    GroupCheck.objects.update(joined_on=date(2018, 10, 20))
    entered = {
        "branches": [world.a1.pk, world.a2.pk],
        "street_contact_in_on": "2018-10-21",
        "expires_on": "2018-10-28",
    }
    client.post(url, entered)
    assert dict(GroupCheck.objects.values_list("branch", "joined_on")) == {
        world.a1.pk: date(2018, 10, 20),
        world.a2.pk: timezone.localdate(),
    }
    team.refresh_from_db()
    assert team.street_contact_in_on == date(2018, 10, 21)
    assert "群二维码已过期" in fetch_page(client, "team", team.pk)
    client.post(url, {})
    assert not GroupCheck.objects.exists()


def test_the_page_warns_before_the_group_code_expires(world, team, client_of):
    today = timezone.localdate()
    for days, warned in ((2, True), (5, False)):
        check_group(
            user=world.secretary,
            team_id=team.pk,
            branches={},
            street_contact_in_on=None,
            expires_on=today + timedelta(days=days),
        )
        page = fetch_page(client_of(world.secretary), "team", team.pk)
        assert ("群二维码即将过期" in page) is warned


def test_branches_of_others_are_no_part_of_the_checklist(world, team, client_of):
    client = client_of(world.secretary)
    client.post(reverse("team_group", args=[team.pk]), {"branches": [world.b1.pk]})
    assert not GroupCheck.objects.exists()
    with pytest.raises(ValidationError):
        check_group(
            user=world.secretary,
            team_id=team.pk,
            branches={world.b1.pk: True},
            street_contact_in_on=None,
            expires_on=None,
        )


# --- the roll ---------------------------------------------------------------------------------------------------


def list_names(client, **query) -> set[str]:
    return {person.name for person in client.get(reverse("team_roll"), query).context["page"]}


def test_the_roll_says_who_has_joined_and_who_has_not(world, team, team_b, client_of):
    join_team(user=world.member, token=team.token)
    client = client_of(world.secretary)
    assert list_names(client, joined="yes") == {world.missing.name}
    assert world.missing.name not in list_names(client, joined="no")
    assert list_names(client, joined="no", q="宋安静") == {"宋安静"}
    assert list_names(client, who="others") == {"何申请", "高积极", "罗对象", "梁群众"}
    assert list_names(client, branch=world.a2.pk) == {"宋安静"}
    assert "林休学" not in list_names(client)


def test_each_secretary_sees_the_own_people(world, team, team_b, client_of):
    assert "宋安静" not in list_names(client_of(world.branch_secretary))
    assert list_names(client_of(world.secretary_b)) == {"张伟"}
    assert list_names(client_of(world.bh.admin)) == set()
    assert "还没有服务队" in fetch_page(client_of(world.bh.admin), "team_roll")


def test_a_branch_secretary_gets_the_words_and_the_link_to_send(world, team, client_of):
    page = fetch_page(client_of(world.branch_secretary), "team_roll")
    assert reverse("team_join", args=[team.token]) in page
    assert "团员 6 人" in page


def test_somebody_is_taken_out_with_a_reason(world, team, client_of):
    membership = join_team(user=world.member, token=team.token)
    client, url = client_of(world.secretary), reverse("team_remove", args=[membership.pk])
    client.post(url, {"reason": " "})
    assert TeamMembership.objects.active().exists()
    client.post(url, {"reason": "转专业"})
    membership.refresh_from_db()
    assert (membership.removed_by, membership.leave_reason) == (world.secretary, "转专业")
    assert "离队原因：转专业" in fetch_page(client_of(world.member), "my_team")
    assert client.get(url).status_code == 404


def test_the_export_has_the_filtered_roll_and_is_noted(world, team, client_of):
    join_team(user=world.member, token=team.token)
    answer = client_of(world.secretary).get(reverse("team_roll_export"), {"joined": "yes"})
    columns = [Column("student_no", "学号"), Column("joined", "是否加入")]
    (row,) = read_sheet(read_file(answer.content, "入队名单.xlsx"), columns).rows
    assert row.cells == {"student_no": world.missing.student_no, "joined": "已加入"}
    log = ExportLog.objects.get()
    assert (log.kind, log.rows, log.filters) == ("team_roll", 1, {"joined": "yes"})


# --- queries ----------------------------------------------------------------------------------------------------


def count_queries(client, url) -> int:
    client.get(url)  # fill the caches (content types, session), whose queries are not the page's
    with CaptureQueriesContext(connection) as captured:
        assert client.get(url).status_code == 200
    return len(captured)


def test_a_page_costs_the_same_with_one_branch_or_thirty(world, team, client_of):
    pages = [reverse("team", args=[team.pk]), reverse("team_group", args=[team.pk]), reverse("team_roll")]
    client = client_of(world.secretary)
    few = [count_queries(client, url) for url in pages]
    for _ in range(30):
        person = MemberFactory(branch=BranchFactory(college=world.college_a))
        TeamMembership.objects.create(team=team, member=person, joined_at=timezone.now())
        GroupCheck.objects.create(team=team, branch=person.branch, joined_on=timezone.localdate())
    assert [count_queries(client, url) for url in pages] == few


def test_the_list_costs_the_same_with_two_teams_or_thirty(world, team, team_b, client_of):
    clients = [client_of(user) for user in (world.admin, world.liaison)]
    for client in clients:
        client.get(reverse("teams", query={"q": ""}))  # fill the caches of the process first
    few = [count_queries(client, reverse("teams", query={"q": ""})) for client in clients]
    world.year.streets_shared, world.year.urban_cap = True, 50
    world.year.save()
    for _ in range(30):
        college = CollegeFactory(school=world.school)
        make_pairing(college, world.urban, user=make_secretary(college))
    assert [count_queries(client, reverse("teams", query={"q": ""})) for client in clients] == few
