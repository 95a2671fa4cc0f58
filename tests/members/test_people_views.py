"""花名册, a person's page, and the page that changes a person."""

from io import BytesIO

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from openpyxl import load_workbook

from members.models import ExportLog
from tests.factories import MemberFactory


def list_names(response) -> set[str]:
    return {person.name for person in response.context["page"]}


def build_form_data(person, **changed) -> dict:
    """Return the POST data of a person's form in which the user edits only the `changed` fields."""
    sent = {
        name: getattr(person, name)
        for name in ("name", "gender", "grade", "phone", "stage", "party", "state")
    }
    return (
        sent
        | {"branch": person.branch_id, "reason": "核对学籍"}
        | {"kind": "change", "on": timezone.localdate()}
        | changed
    )


# --- 花名册 ---


def test_each_secretary_lists_the_own_people(world, client_of):
    url = reverse("roster")
    assert world.bh.zhang_wei not in list(client_of(world.admin).get(url).context["page"])
    assert "宋安静" in list_names(client_of(world.secretary).get(url))
    assert "唐转出" not in list_names(client_of(world.secretary).get(url))
    assert "宋安静" not in list_names(client_of(world.branch_secretary).get(url))


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("q=阿依", {"阿依古丽·买买提"}),
        ("q=2018010004", {"李自报"}),
        ("q=song an", {"宋安静"}),
        ("q=songanjing", {"宋安静"}),
        ("q=saj", {"宋安静"}),
        ("registration=reported", {"李自报"}),
        ("stage=activists", {"高积极", "罗对象"}),
        ("state=out", {"林休学"}),
        ("stage=member&state=active&registration=missing", {"张伟", "阿依古丽·买买提", "李自报"}),
        ("stage=member&registration=silent&state=active", {"张伟", "阿依古丽·买买提"}),
    ],
)
def test_filters_narrow_the_list(world, client_of, query, expected):
    assert list_names(client_of(world.secretary).get(f"{reverse('roster')}?{query}")) == expected


def test_a_foreign_college_in_the_address_shows_nobody(world, client_of):
    response = client_of(world.secretary).get(reverse("roster"), {"college": world.college_b.pk})
    assert list_names(response) == set()


def test_a_branch_left_over_from_another_college_is_dropped(world, client_of):
    chosen = {"college": world.college_b.pk, "branch": world.a1.pk}
    assert list_names(client_of(world.admin).get(reverse("roster"), chosen)) == {"张伟", "唐转出"}


def test_the_list_is_sorted_both_ways(world, client_of):
    def list_numbers(sort):
        page = client_of(world.secretary).get(reverse("roster"), {"sort": sort}).context["page"]
        return [person.student_no for person in page]

    assert list_numbers("number") == sorted(list_numbers("number"))
    assert list_numbers("-number") == list_numbers("number")[::-1]


def test_phones_are_masked_except_for_the_own_secretary(world, client_of):
    phone = world.registered.phone
    for user in (world.secretary, world.branch_secretary):
        assert phone in client_of(user).get(reverse("roster")).content.decode()
    page = client_of(world.admin).get(reverse("roster")).content.decode()
    assert phone not in page
    assert "138****0001" in page


def test_the_roster_makes_the_same_queries_for_one_row_and_thirty(world, client_of):
    client = client_of(world.secretary)
    url = f"{reverse('roster')}?branch={world.a2.pk}"
    client.get(url)
    with CaptureQueriesContext(
        connection,
    ) as one:
        assert len(client.get(url).context["page"]) == 1
    MemberFactory.create_batch(29, branch=world.a2)
    with CaptureQueriesContext(connection) as thirty:
        assert client.get(url).context["page"].paginator.count == 30
    assert len(one) == len(thirty)


def test_an_export_holds_the_filtered_list_and_is_noted(world, client_of):
    MemberFactory.create_batch(30, branch=world.a2, grade="2017")
    response = client_of(world.secretary).get(f"{reverse('roster_export')}?grade=2017&sort=name")
    rows = list(load_workbook(BytesIO(response.content)).active.values)
    log = ExportLog.objects.get()
    assert "学号" in rows[0]
    assert len(rows) == 31
    assert (log.user, log.school, log.kind, log.rows) == (world.secretary, world.school, "roster", 30)
    assert log.filters == {"grade": "2017"}


def test_an_export_masks_phones_of_other_secretaries_people(world, client_of):
    response = client_of(world.admin).get(reverse("roster_export"))
    cells = {cell for row in load_workbook(BytesIO(response.content)).active.values for cell in row}
    assert world.registered.phone not in cells
    assert "138****0001" in cells


def test_a_branch_secretary_exports_nothing(world, client_of):
    assert client_of(world.branch_secretary).get(reverse("roster_export")).status_code == 403
    assert not ExportLog.objects.exists()


# --- a person's page ---


def test_a_person_out_of_scope_is_not_found(world, client_of):
    for user, person in (
        (world.secretary, world.zhang_wei_b),
        (world.branch_secretary, world.quiet),
        (world.admin, world.bh.zhang_wei),
    ):
        assert client_of(user).get(person.get_absolute_url()).status_code == 404


def test_the_page_shows_source_history_and_actions_by_role(world, client_of):
    page = client_of(world.secretary).get(world.registered.get_absolute_url()).content.decode()
    assert "志愿北京名单" in page
    assert "修改记录" in page
    assert reverse("registration_revoke", args=[world.registered.pk]) in page
    page = client_of(world.branch_secretary).get(world.registered.get_absolute_url()).content.decode()
    assert "修改记录" not in page
    assert reverse("member_edit", args=[world.registered.pk]) not in page


def test_history_masks_phones_for_whoever_may_not_read_them(world, client_of):
    client_of(world.secretary).post(
        reverse("member_edit", args=[world.missing.pk]), build_form_data(world.missing, phone="13700001234")
    )
    url = world.missing.get_absolute_url()
    assert "13700001234" in client_of(world.secretary).get(url).content.decode()
    page = client_of(world.admin).get(url).content.decode()
    assert "13700001234" not in page
    assert "137****1234" in page


# --- the page that changes a person ---


def test_a_change_is_written_with_its_reason(world, client_of):
    url = reverse("member_edit", args=[world.missing.pk])
    response = client_of(world.secretary).post(
        url, build_form_data(world.missing, name="欧阳　雪", state="suspended")
    )
    assert response.status_code == 302
    world.missing.refresh_from_db()
    assert (world.missing.name, world.missing.sort_key, world.missing.state) == (
        "欧阳雪",
        "ou yang xue",
        "suspended",
    )
    latest = client_of(world.secretary).get(world.missing.get_absolute_url()).context["history"][0]
    assert (latest.who, latest.by, latest.reason) == ("曹书记", "人员资料页", "核对学籍")
    assert ("状态", "在籍", "休学") in [(field.label, field.old, field.new) for field in latest.fields]


def test_a_change_without_a_reason_is_refused_and_kept(world, client_of):
    url = reverse("member_edit", args=[world.missing.pk])
    response = client_of(world.secretary).post(url, build_form_data(world.missing, name="欧阳雪", reason=""))
    assert response.status_code == 200
    assert "欧阳雪" in response.content.decode()
    world.missing.refresh_from_db()
    assert world.missing.name != "欧阳雪"


def test_a_college_secretary_moves_within_the_college_only(world, client_of):
    client, url = client_of(world.secretary), reverse("member_edit", args=[world.missing.pk])
    response = client.post(url, build_form_data(world.missing, branch=world.b1.pk))
    assert response.context["form"].errors["branch"]
    client.post(url, build_form_data(world.missing, branch=world.a2.pk))
    world.missing.refresh_from_db()
    assert world.missing.branch == world.a2


def test_the_school_moves_between_colleges_but_not_between_schools(world, client_of):
    client, url = client_of(world.admin), reverse("member_edit", args=[world.missing.pk])
    assert (
        client.post(url, build_form_data(world.missing, branch=world.bh.a1.pk))
        .context["form"]
        .errors["branch"]
    )
    assert client.post(url, build_form_data(world.missing, branch=world.b1.pk, phone="")).status_code == 302
    world.missing.refresh_from_db()
    assert world.missing.branch == world.b1


def test_an_empty_phone_keeps_a_number_that_one_may_not_read(world, client_of):
    phone, url = world.missing.phone, reverse("member_edit", args=[world.missing.pk])
    page = client_of(world.admin).get(url).content.decode()
    assert phone not in page
    client_of(world.admin).post(url, build_form_data(world.missing, phone="", grade="2017"))
    world.missing.refresh_from_db()
    assert (world.missing.phone, world.missing.grade) == (phone, "2017")


def test_an_activist_goes_no_further_without_registration(world, client_of):
    client, url = client_of(world.secretary), reverse("member_edit", args=[world.candidate.pk])
    response = client.post(url, build_form_data(world.candidate, stage="member"))
    assert "须先完成志愿者注册" in response.content.decode()
    url = reverse("member_edit", args=[world.activist.pk])
    assert client.post(url, build_form_data(world.activist, stage="candidate")).status_code == 302


# --- a change has a day, a correction has none ---


def post_edit(client, person, **changed):
    return client.post(reverse("member_edit", args=[person.pk]), build_form_data(person, **changed))


def list_states(person) -> list[tuple]:
    return [(str(spell.starts_on), spell.state, spell.kind) for spell in person.spells.order_by("starts_on")]


def test_the_form_asks_from_which_day_a_change_holds(world, client_of):
    client = client_of(world.secretary)
    assert post_edit(client, world.missing, state="suspended", on="2018-10-08").status_code == 302
    assert list_states(world.missing) == [
        ("2018-09-01", "active", "change"),
        ("2018-10-08", "suspended", "change"),
    ]
    page = client.get(world.missing.get_absolute_url()).content.decode()
    assert "在团经历" in page
    assert "2018-10-07" in page  # the last day of the first spell


def test_a_correction_asks_for_no_day_and_mends_what_was_wrong(world, client_of):
    client = client_of(world.secretary)
    sent = {"state": "suspended", "kind": "correction", "on": ""}
    assert post_edit(client, world.missing, **sent).status_code == 302
    assert list_states(world.missing) == [("2018-09-01", "suspended", "correction")]
    assert "在团经历" not in client.get(world.missing.get_absolute_url()).content.decode()


@pytest.mark.parametrize(
    ("on", "problem"),
    [
        ("", "请填写变动的生效日期"),
        ("2999-01-01", "生效日期不能晚于今天"),
        ("2018-10-07", "自 2018-10-08 起，生效日期不能早于这一天"),
    ],
)
def test_a_day_that_cannot_be_is_refused_and_everything_typed_is_kept(world, client_of, on, problem):
    client = client_of(world.secretary)
    post_edit(client, world.missing, state="suspended", on="2018-10-08")
    world.missing.refresh_from_db()
    answer = post_edit(client, world.missing, state="army", on=on, grade="2016")
    assert problem in answer.context["form"].errors["on"][0]
    assert answer.context["form"]["grade"].value() == "2016"
    assert list_states(world.missing)[-1] == ("2018-10-08", "suspended", "change")


def test_before_the_first_spell_a_change_may_still_be_told(world, client_of):
    """A roster imported late describes the people as they were, so nothing is overwritten."""
    assert (
        post_edit(client_of(world.secretary), world.missing, state="army", on="2018-08-20").status_code == 302
    )
    assert list_states(world.missing) == [
        ("2018-08-19", "active", "change"),
        ("2018-08-20", "army", "change"),
    ]


def test_a_new_phone_asks_for_no_day(world, client_of):
    answer = post_edit(client_of(world.secretary), world.missing, phone="13700001234", on="", kind="")
    assert answer.status_code == 302
    assert list_states(world.missing) == [("2018-09-01", "active", "change")]
