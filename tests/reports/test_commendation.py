"""表彰: the list follows from its criteria, barred candidates are out with the reason, an issued list stays."""

import threading
from datetime import date, datetime

import pytest
import time_machine
from django.core.exceptions import ValidationError
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.urls import reverse

from reports.models import Commendation, Commended
from reports.queries.commendation import select_current
from reports.rules.commendation import CRITERIA
from reports.services.commendation import drop_commendation, issue_commendation, save_commendation
from tests.activities.serving import build_serving
from tests.factories import BEIJING, MemberFactory, ServiceRecordFactory
from tests.world import build_world

NOW = datetime(2018, 12, 20, 10, tzinfo=BEIJING)
NOTHING = {"minutes": 0, "services": 0, "months": 0}


# --- the list of a year -----------------------------------------------------------------------------------------


def save_as(
    world, *, kind="volunteer", name="优秀志愿者", places=2, minimum=None, order="minutes", user=None, pk=None
):
    return save_commendation(
        user=user or world.admin,
        year=world.year,
        kind=kind,
        name=name,
        places=places,
        minimum=minimum or {criterion.key: 0 for criterion in CRITERIA[kind]},
        order=order,
        commendation_id=pk,
        now=NOW,
    )


@pytest.fixture
def served_world(world):
    """Add service: party 25 h (two services and months), registered 20 h, missing 30 h (not registered),
    quiet 19 h 59."""
    build_serving(world)
    ServiceRecordFactory(member=world.party, minutes=900, served_on=date(2018, 10, 13))
    ServiceRecordFactory(member=world.party, minutes=600, street=world.urban)
    ServiceRecordFactory(member=world.registered, minutes=1200, street=world.urban)
    ServiceRecordFactory(member=world.missing, minutes=1800)
    ServiceRecordFactory(member=world.quiet, minutes=1199)
    return world


def test_volunteers_by_their_hours_of_the_year_with_who_is_barred_and_why(served_world):
    found = select_current(save_as(served_world, minimum=NOTHING | {"minutes": 60}, places=5))
    assert [(row.name, dict(row.figures)["minutes"]) for row in found.chosen] == [
        ("王党员", 1500),
        ("张伟", 1200),
    ]
    assert found.chosen[0].figures["months"] == 2 and found.chosen[0].figures["services"] == 2
    assert [(row.name, row.barred) for row in found.barred] == [
        ("阿依古丽·买买提", ("注册志愿者：还差志愿者注册核实（通知二（二）、四.3）",)),
        ("宋安静", ("年度服务时长：还差 1 分钟（通知二（二）、四.3）",)),
    ]


def test_teams_by_what_their_college_did_at_the_paired_street(served_world):
    (team,) = select_current(save_as(served_world, kind="team", name="优秀服务队")).chosen
    assert team.figures == {"minutes": 1800, "people": 2, "services": 2, "months": 1, "share": 100 * 2 // 7}


def test_projects_by_their_own_records(served_world):
    project = served_world.college_a.projects.get(kind="street")
    ServiceRecordFactory(member=served_world.lead, minutes=120, project=project)
    found = select_current(save_as(served_world, kind="project", name="优秀项目", minimum={
        "minutes": 1, "people": 0, "services": 0, "months": 0,
    }))  # fmt: skip
    assert [(row.name, row.figures["minutes"]) for row in found.chosen] == [(project.name, 120)]


def test_issued_it_keeps_names_figures_and_records_and_shows_where_they_would_stand_now(
    served_world, client_of
):
    made = save_as(served_world)
    issue_commendation(user=served_world.admin, year=served_world.year, commendation_id=made.pk, now=NOW)
    kept = list(made.names.exclude(place=None).values_list("place", "name", "figures", "evidence"))
    assert [row[:2] for row in kept] == [(1, "王党员"), (2, "张伟")]
    assert kept[1][3] == [["2018-11-10", "社区智能手机课堂", "北京共青团", 1200]]
    ServiceRecordFactory(member=served_world.registered, minutes=900, served_on=date(2018, 12, 1))
    served_world.year.required_minutes = 6000
    served_world.year.save()
    assert list(made.names.exclude(place=None).values_list("place", "name", "figures", "evidence")) == kept
    with time_machine.travel(NOW):
        text = client_of(served_world.admin).get(made.get_absolute_url()).content.decode()
    assert text.count("<mark>不在名单内</mark>") == 2 and "25 小时" in text


def test_only_the_school_makes_changes_drops_and_issues(served_world):
    made = save_as(served_world)
    for user in (served_world.secretary, served_world.member, served_world.bh.admin):
        with pytest.raises(ValidationError, match="只有本校团委"):
            save_as(served_world, user=user, name="另一个")
        for service in (issue_commendation, drop_commendation):
            with pytest.raises(ValidationError, match="只有本校团委"):
                service(user=user, year=served_world.year, commendation_id=made.pk)


def test_issued_it_is_neither_changed_nor_dropped(served_world):
    made = save_as(served_world)
    issue_commendation(user=served_world.admin, year=served_world.year, commendation_id=made.pk, now=NOW)
    with pytest.raises(ValidationError, match="不能再改"):
        save_as(served_world, pk=made.pk, places=9)
    for service in (issue_commendation, drop_commendation):
        with pytest.raises(ValidationError, match="不能再改"):
            service(user=served_world.admin, year=served_world.year, commendation_id=made.pk)


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE reports_commendation SET places = 9",
        "DELETE FROM reports_commended",
        "UPDATE reports_commended SET name = '我'",
        "TRUNCATE reports_commended",
    ],
)
def test_the_database_refuses_to_change_an_issued_list(served_world, sql):
    made = save_as(served_world)
    issue_commendation(user=served_world.admin, year=served_world.year, commendation_id=made.pk, now=NOW)
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql)


def test_the_database_refuses_a_name_beyond_the_places_and_one_added_later(served_world):
    made = save_as(served_world, places=1)
    row = {
        "commendation": made,
        "member": served_world.lead,
        "name": "陈支书",
        "where": "",
        "figures": NOTHING,
    }
    with pytest.raises(IntegrityError, match="名额"), transaction.atomic():
        Commended.objects.create(place=2, **row)
    issue_commendation(user=served_world.admin, year=served_world.year, commendation_id=made.pk, now=NOW)
    with pytest.raises(IntegrityError, match="已公布"), transaction.atomic():
        Commended.objects.create(place=None, barred=["x"], **row)


def test_nothing_is_issued_when_nobody_fulfils_the_criteria(served_world):
    made = save_as(served_world, minimum=NOTHING | {"minutes": 99999})
    with pytest.raises(ValidationError, match="没有符合条件的对象"):
        issue_commendation(user=served_world.admin, year=served_world.year, commendation_id=made.pk)


@pytest.mark.django_db(transaction=True)
def test_two_windows_that_issue_at_once_make_one_list():
    world = build_world()
    ServiceRecordFactory(member=world.registered, minutes=1200)
    made, start, outcomes = save_as(world, places=1), threading.Barrier(2), []

    def issue_in_window():
        start.wait()
        try:
            issue_commendation(user=world.admin, year=world.year, commendation_id=made.pk, now=NOW)
            outcomes.append("issued")
        except ValidationError as refusal:
            outcomes.append(refusal.messages[0])
        finally:
            connection.close()

    threads = [threading.Thread(target=issue_in_window) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["issued", "名单已经公布，不能再改。"]
    assert made.names.filter(place=1).count() == 1


# --- pages ------------------------------------------------------------------------------------------------------


def test_from_criteria_to_the_issued_list_by_the_pages(served_world, client_of):
    client = client_of(served_world.admin)
    typed = {"name": "优秀志愿者", "places": 2, "order": "minutes", "least_minutes": 60, "least_services": 0}
    url = reverse("commendation_new", args=[2018, "volunteer"])
    with time_machine.travel(NOW):
        assert client.post(url, typed).status_code == 200
        assert client.post(url, typed | {"least_months": 0}).status_code == 302
        made = Commendation.objects.get()
        page = client.get(made.get_absolute_url()).content.decode()
        assert "王党员" in page and "还差志愿者注册核实" in page
        proofs = client.get(reverse("commendation_proofs", args=[made.pk])).content.decode()
        assert "2018-10-13" in proofs
        assert client.get(reverse("commendation_export", args=[made.pk])).status_code == 200
        client.post(reverse("commendation_issue", args=[made.pk]))
    made.refresh_from_db()
    assert made.issued_by == served_world.admin


def test_the_list_asks_the_same_number_of_queries_for_more_people(
    served_world, django_assert_max_num_queries
):
    made = save_as(served_world)
    for _ in range(20):
        ServiceRecordFactory(member=MemberFactory(branch=served_world.a1, registered=True))
    with django_assert_max_num_queries(10):
        select_current(made)
