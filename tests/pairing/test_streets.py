"""Streets: figures entered by hand, places that all schools use, alarms, and the streets assigned to the school."""

from datetime import date, timedelta
from io import BytesIO

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from openpyxl import load_workbook

from members.models import ExportLog, ServiceYear, Street
from pairing.models import AssignedStreet, Pairing
from pairing.queries.hall import forget_places, list_places
from pairing.queries.streets import list_taken_changes
from pairing.services.claims import ClaimRefusedError, submit_claim
from pairing.services.streets import assign_streets, set_taken_elsewhere
from tests.factories import StreetFactory
from tests.pairing.pairs import make_pairing

DAY = date(2018, 10, 15)


def set_taken_as(hall, taken: int, *, user=None, street=None, as_of=DAY, source="团市委电话通知") -> Street:
    return set_taken_elsewhere(
        user=user or hall.world.admin,
        street_id=(street or hall.urban).pk,
        taken=taken,
        as_of=as_of,
        source=source,
    )


def read_rows(page) -> dict:
    return {street.name: street for street in page.context["page"]}


def count_queries(client, url) -> int:
    client.get(url)
    with CaptureQueriesContext(connection) as asked:
        assert client.get(url).status_code == 200
    return len(asked)


# --- the city's figure, entered by hand ---


def test_number_date_and_source_are_kept_and_stand_in_the_history(hall):
    set_taken_as(hall, 2)
    set_taken_as(hall, 4, as_of=DAY + timedelta(days=1), source="街道来电")
    hall.urban.refresh_from_db()
    assert (hall.urban.taken_elsewhere, hall.urban.taken_source) == (4, "街道来电")
    history = list_taken_changes(hall.urban, school_id=hall.world.school.pk)
    assert [(figure.taken, figure.as_of, figure.source, figure.who) for figure in history] == [
        (4, DAY + timedelta(days=1), "街道来电", "孔管理"),
        (2, DAY, "团市委电话通知", "孔管理"),
        (0, None, "", "系统"),
    ]


def test_of_another_school_only_its_name_is_given(hall):
    set_taken_as(hall, 3, user=hall.world.bh.admin)
    latest = list_taken_changes(hall.urban, school_id=hall.world.school.pk)[0]
    assert latest.who == "北华大学校团委"


def test_a_change_of_the_contact_is_not_a_change_of_the_figure(hall):
    Street.objects.filter(pk=hall.urban.pk).update(contact="新干部")
    assert len(list_taken_changes(hall.urban, school_id=None)) == 1


def test_a_day_to_come_or_no_source_is_refused(hall):
    with pytest.raises(ValidationError) as refused:
        set_taken_as(hall, 2, as_of=timezone.localdate() + timedelta(days=1))
    assert "as_of" in refused.value.message_dict
    with pytest.raises(ValidationError) as refused:
        set_taken_as(hall, 2, source="  ")
    assert "source" in refused.value.message_dict
    hall.urban.refresh_from_db()
    assert hall.urban.taken_elsewhere == 0


@pytest.mark.parametrize("who", ["secretary", "branch_secretary", "member", "liaison"])
def test_only_the_school_changes_it(hall, who):
    with pytest.raises(ValidationError, match="没有找到"):
        set_taken_as(hall, 2, user=getattr(hall.world, who))


def test_a_full_street_is_closed_for_new_claims_and_the_pairing_it_has_stays(hall):
    pairing = make_pairing(hall.world.college_a, hall.urban, user=hall.world.secretary)
    set_taken_as(hall, 5)
    with pytest.raises(ClaimRefusedError) as refused:
        submit_claim(
            user=hall.world.bh.secretary,
            college_id=hall.world.bh.college_a.pk,
            street_id=hall.urban.pk,
            code=hall.code_bh.code,
            now=hall.now,
        )
    assert refused.value.rule == "full"
    pairing.refresh_from_db()
    assert pairing.state == Pairing.State.ACTIVE


def test_one_place_less_elsewhere_opens_it_again(hall):
    set_taken_as(hall, 5)
    set_taken_as(hall, 4)
    assert make_pairing(hall.world.college_a, hall.urban, user=hall.world.secretary).place == 1


@pytest.mark.django_db(transaction=True)
def test_the_hall_shows_the_new_figure_at_once(hall):
    assert {row["taken_elsewhere"] for row in list_places(2018) if row["id"] == hall.urban.pk} == {0}
    set_taken_as(hall, 3)
    assert {row["taken_elsewhere"] for row in list_places(2018) if row["id"] == hall.urban.pk} == {3}


# --- the list ---


def test_places_count_the_pairings_of_every_school_and_those_elsewhere(open_hall, client_of):
    world = open_hall.world
    make_pairing(world.college_a, open_hall.urban, user=world.secretary)
    make_pairing(world.bh.college_a, open_hall.urban, user=world.bh.secretary)
    set_taken_as(open_hall, 2)
    street = read_rows(client_of(world.secretary).get(reverse("streets")))[open_hall.urban.name]
    assert (street.ours, street.taken, street.cap, street.room, street.over) == (2, 4, 5, 1, 0)


def test_pairings_of_another_year_take_no_place(open_hall, client_of):
    pairing = make_pairing(open_hall.world.college_a, open_hall.urban, user=open_hall.world.secretary)
    Pairing.objects.filter(pk=pairing.pk).update(calendar_year=2017)
    street = read_rows(client_of(open_hall.world.admin).get(reverse("streets")))[open_hall.urban.name]
    assert street.ours == 0


def test_an_over_full_street_is_an_alarm(open_hall, client_of):
    client = client_of(open_hall.world.admin)
    assert "超出上限" not in client.get(reverse("streets")).content.decode().replace(">超出上限</option>", "")
    make_pairing(open_hall.world.college_a, open_hall.urban, user=open_hall.world.secretary)
    set_taken_as(open_hall, 6)
    forget_places(2018)
    page = client.get(reverse("streets"))
    assert [(row["name"], row["over"]) for row in page.context["over_full"]] == [(open_hall.urban.name, 2)]
    assert set(read_rows(client.get(reverse("streets"), {"room": "over"}))) == {open_hall.urban.name}
    assert "超出上限" in client.get(reverse("street", args=[open_hall.urban.pk])).content.decode()


def test_the_school_changes_the_figure_on_the_page(open_hall, client_of):
    client, url = client_of(open_hall.world.admin), reverse("street_taken", args=[open_hall.urban.pk])
    page = client.post(url, {"taken": "-1", "as_of": "2018-10-17", "source": "街道来电"})
    assert {"taken"} <= page.context["form"].errors.keys()
    assert 'value="街道来电"' in page.content.decode()
    page = client.post(url, {"taken": "3", "as_of": "2018-10-16", "source": "街道来电"}, follow=True)
    assert "街道来电" in page.content.decode()
    assert page.context["street"].room == 2


def test_a_college_reads_the_street_and_does_not_change_it(open_hall, client_of):
    client = client_of(open_hall.world.secretary)
    make_pairing(open_hall.world.college_b, open_hall.suburban, user=open_hall.world.secretary_b)
    page = client.get(reverse("street", args=[open_hall.suburban.pk]))
    assert "物理学院" not in page.content.decode()
    assert "更新已对接数" not in page.content.decode()
    assert client.post(reverse("street_taken", args=[open_hall.urban.pk])).status_code == 403


def test_a_street_at_its_cap_is_marked_as_full(world, client_of):
    Street.objects.filter(pk=world.urban.pk).update(taken_elsewhere=5, taken_as_of=date(2018, 10, 14))
    Street.objects.filter(pk=world.suburban.pk).update(taken_elsewhere=2)
    page = client_of(world.secretary).get(reverse("streets"))
    rooms = {street.name: (street.cap, street.room) for street in page.context["page"]}
    assert rooms == {world.urban.name: (5, 0), world.suburban.name: (3, 1)}
    assert "已满" in page.content.decode()
    assert "2018-10-14" in page.content.decode()


def test_the_caps_are_those_of_the_year(world, client_of):
    world.year.urban_cap = 8
    world.year.save()
    page = client_of(world.admin).get(reverse("streets"), {"kind": "urban"})
    assert [street.cap for street in page.context["page"]] == [8]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({"room": "full"}, {"清河街道"}),
        ({"room": "free"}, {"大榆树镇"}),
        ({"kind": "suburban"}, {"大榆树镇"}),
        ({"district": "海淀区"}, {"清河街道"}),
        ({"q": "榆树"}, {"大榆树镇"}),
    ],
)
def test_streets_are_filtered(world, client_of, query, expected):
    Street.objects.filter(pk=world.urban.pk).update(taken_elsewhere=9)
    page = client_of(world.secretary).get(reverse("streets"), query)
    assert {street.name for street in page.context["page"]} == expected


def test_the_streets_with_most_room_come_first_when_asked(world, client_of):
    page = client_of(world.secretary).get(reverse("streets"), {"sort": "-room"})
    assert [street.name for street in page.context["page"]] == [world.urban.name, world.suburban.name]


def test_phones_of_contacts_are_masked(world, client_of):
    Street.objects.filter(pk=world.urban.pk).update(contact="清河干部", contact_phone="13801234567")
    text = client_of(world.secretary).get(reverse("streets")).content.decode()
    assert "138****4567" in text
    assert "13801234567" not in text


@pytest.mark.parametrize(("who", "phone"), [("secretary", "138****4567"), ("admin", "13801234567")])
def test_the_whole_filtered_list_goes_out_and_is_noted(world, client_of, who, phone):
    """The school imports the list, so it gets phones in full and can import its file again."""
    Street.objects.filter(pk=world.urban.pk).update(contact_phone="13801234567")
    StreetFactory.create_batch(30, district="海淀区")
    answer = client_of(getattr(world, who)).get(reverse("streets_export"), {"district": "海淀区"})
    header, *rows = load_workbook(BytesIO(answer.content)).active.values
    assert len(rows) == 31
    assert header[:3] == ("区", "街乡名称", "类型")
    assert phone in {row[header.index("联系电话")] for row in rows}
    log = ExportLog.objects.get()
    assert (log.kind, log.rows, log.filters) == ("streets", 31, {"district": "海淀区"})


def test_a_liaison_does_not_read_the_list(world, client_of):
    assert client_of(world.liaison).get(reverse("streets")).status_code == 403


# --- assigned streets ---


def test_two_windows_of_ticks_do_not_undo_each_other(hall):
    first, second, third = (street.pk for street in hall.urbans)
    given = {"user": hall.world.admin, "year": hall.world.year, "shown": [first, second, third]}
    assign_streets(**given, ticked=[], chosen=[first])
    assert assign_streets(**given, ticked=[first], chosen=[second]) == (1, 1)
    # Opened before that: the first street is still ticked on it, the second is not.
    assert assign_streets(**given, ticked=[first], chosen=[first, third]) == (1, 0)
    assert set(hall.world.year.assigned_streets.values_list("street", flat=True)) == {second, third}


def test_ticks_of_a_page_are_kept_and_other_pages_stay_as_they_are(hall):
    first, second, third = hall.urbans
    assign_streets(
        user=hall.world.admin, year=hall.world.year, shown=[first.pk, second.pk], ticked=[], chosen=[first.pk]
    )
    done = assign_streets(
        user=hall.world.admin, year=hall.world.year, shown=[third.pk], ticked=[], chosen=[third.pk]
    )
    assert done == (1, 0)
    done = assign_streets(
        user=hall.world.admin,
        year=hall.world.year,
        shown=[first.pk, second.pk],
        ticked=[first.pk],
        chosen=[second.pk],
    )
    assert done == (1, 1)
    assert set(hall.world.year.assigned_streets.values_list("street", flat=True)) == {second.pk, third.pk}


def test_what_was_not_on_the_page_cannot_be_ticked(hall):
    assign_streets(user=hall.world.admin, year=hall.world.year, shown=[], ticked=[], chosen=[hall.urban.pk])
    assert not AssignedStreet.objects.exists()


def test_nobody_else_assigns_streets(hall):
    for user in (hall.world.secretary, hall.world.bh.admin, hall.world.liaison):
        with pytest.raises(ValidationError, match="只有本校团委"):
            assign_streets(
                user=user, year=hall.world.year, shown=[hall.urban.pk], ticked=[], chosen=[hall.urban.pk]
            )


def test_with_the_switch_on_only_assigned_streets_are_taken(hall):
    ServiceYear.objects.filter(pk=hall.world.year.pk).update(streets_assigned=True)
    assign_streets(
        user=hall.world.admin,
        year=hall.world.year,
        shown=[hall.urbans[0].pk],
        ticked=[],
        chosen=[hall.urbans[0].pk],
    )
    with pytest.raises(ClaimRefusedError) as refused:
        make_pairing(hall.world.college_a, hall.urban, user=hall.world.secretary)
    assert refused.value.rule == "assigned"
    assert [row["id"] for row in refused.value.alternatives] == [hall.urbans[0].pk]
    assert make_pairing(hall.world.college_a, hall.urbans[0], user=hall.world.secretary)


def test_the_page_saves_its_ticks_and_filters_by_them(open_hall, client_of):
    client, url = client_of(open_hall.world.admin), reverse("streets_assigned")
    shown = [street.pk for street in (open_hall.urban, *open_hall.urbans)]
    client.post(url, {"shown": shown, "chosen": [open_hall.urban.pk]})
    assert set(read_rows(client.get(url, {"assigned": "yes"}))) == {open_hall.urban.name}
    assert len(read_rows(client.get(url, {"assigned": "no"}))) == 7
    assert client.get(url).context["counts"] == {"urban": 1, "suburban": 0}


def test_who_put_which_street_on_the_list_and_took_it_off_stays_on_the_page(open_hall, client_of):
    client, url = client_of(open_hall.world.admin), reverse("streets_assigned")
    first, second = open_hall.urban, open_hall.urbans[0]
    shown = [first.pk, second.pk]
    client.post(url, {"shown": shown, "chosen": [first.pk]})
    client.post(url, {"shown": shown, "ticked": [first.pk], "chosen": [second.pk]})
    client.post(url, {"shown": shown, "ticked": [second.pk], "chosen": [second.pk]})
    history = [(change.who, change.added, change.dropped) for change in client.get(url).context["history"]]
    who = open_hall.world.admin.name
    assert history == [(who, [str(second)], [str(first)]), (who, [str(first)], [])]
    assert client_of(open_hall.world.bh.admin).get(url).context["history"] == []


def test_an_empty_list_under_the_switch_is_pointed_out(open_hall, client_of):
    ServiceYear.objects.filter(pk=open_hall.world.year.pk).update(streets_assigned=True)
    assert "名单还是空的" in client_of(open_hall.world.admin).get(reverse("streets")).content.decode()


@pytest.mark.parametrize("name", ["streets", "streets_assigned"])
def test_the_lists_take_the_same_queries_for_few_and_for_thirty_streets(open_hall, client_of, name):
    client, url = client_of(open_hall.world.admin), reverse(name)
    few = count_queries(client, url)
    StreetFactory.create_batch(30)
    assert count_queries(client, url) == few
