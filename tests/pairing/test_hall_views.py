"""The pages of the hall and of the codes."""

import html
import re
from datetime import timedelta

import pytest
from django.contrib.sessions.backends.cached_db import SessionStore
from django.core import signing
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from members.models import Street
from pairing.models import Pairing, PairingCode, Wish
from tests.factories import CollegeFactory, StreetFactory
from tests.members.import_files import read_counts, read_lines, run_import_command


@pytest.fixture
def secretary(open_hall, client_of):
    return client_of(open_hall.world.secretary)


@pytest.fixture
def admin(open_hall, client_of):
    return client_of(open_hall.world.admin)


def post(client, hall, at=None, **data):
    typed = {"code": hall.code_a.code, "street": (at or hall.urban).pk}
    return client.post(reverse("hall_claim"), typed | data)


def read_places_url(client) -> str:
    page = client.get(reverse("hall")).content.decode()
    return re.search(r'hx-get="(/hall/places/[^"]+)"', page).group(1)


# --- the claim ------------------------------------------------------------------------------------------------


def test_a_claim_leads_to_its_result(open_hall, secretary):
    answer = post(secretary, open_hall, code=" cqjha001 ")
    pairing = Pairing.objects.get()
    assert answer.url == reverse("hall_claimed", args=[pairing.pk])
    page = secretary.get(answer.url).content.decode()
    assert "清河街道" in page
    assert "10月19日 24:00" in page
    assert open_hall.code_a.code not in page


def test_a_refusal_names_the_rule_and_offers_the_nearest_one_click_away(open_hall, secretary):
    Street.objects.filter(pk=open_hall.urban.pk).update(taken_elsewhere=5)
    answer = post(secretary, open_hall)
    page = answer.content.decode()
    assert answer.status_code == 409
    assert "名额已满" in page
    offered = re.findall(r'name="street"\s+value="(\d+)"', page)
    assert offered[0] == str(open_hall.urbans[0].pk)
    again = re.search(r'name="code"\s+value="([^"]+)"', page).group(1)
    assert post(secretary, open_hall, open_hall.urbans[0], code=again).status_code == 302


def test_a_refusal_that_no_other_street_mends_offers_none(open_hall, secretary):
    answer = post(secretary, open_hall, code="WRONGCODE")
    assert answer.status_code == 409
    assert "不是分配给本学院的" in answer.content.decode()
    assert 'name="street"' not in answer.content.decode()


@pytest.mark.parametrize("data", [{"code": ""}, {"street": ""}, {"street": "0"}, {"street": "x"}])
def test_an_incomplete_claim_comes_back_with_what_was_typed(open_hall, secretary, data):
    answer = post(secretary, open_hall, **data)
    assert answer.status_code == 422
    if data.get("code") != "":
        assert f'value="{open_hall.code_a.code}"' in answer.content.decode()
    assert not Pairing.objects.exists()


def test_a_secretary_cannot_name_another_college(open_hall, secretary):
    other = open_hall.world.college_b
    assert post(secretary, open_hall, college=other.pk).status_code == 302
    assert Pairing.objects.get().college == open_hall.world.college_a


def test_a_page_or_filter_below_a_claim_that_came_back_leads_to_the_hall(open_hall, secretary):
    answer = secretary.get(reverse("hall_claim"), {"kind": "urban", "page": "2"})
    assert answer["Location"] == f"{reverse('hall')}?kind=urban&page=2"


def test_whoever_was_signed_out_comes_back_to_the_hall_and_not_to_its_button(open_hall, client_of):
    client = client_of(None)
    sent = client.post(
        reverse("hall_claim"), {"code": "X"}, headers={"referer": "http://testserver/hall/?kind=urban"}
    )
    assert sent["Location"] == "/accounts/login/?next=/hall/%3Fkind%3Durban"
    for referer in ("", "https://elsewhere.example/hall/"):
        answer = client.post(reverse("wishes"), headers={"referer": referer})
        assert answer["Location"] == "/accounts/login/?next=/"
    assert client.get(reverse("hall"), {"q": "海淀"})["Location"].startswith(
        "/accounts/login/?next=/hall/%3Fq%3D"
    )


def test_the_school_claims_for_a_college_with_a_reason(open_hall, admin):
    college = open_hall.world.college_a
    assert post(admin, open_hall, college=college.pk, reason="").status_code == 422
    assert post(admin, open_hall, college=college.pk, reason="书记出差").status_code == 302
    assert Pairing.objects.get().claimed_for == "书记出差"
    foreign = open_hall.world.bh.college_a
    assert post(admin, open_hall, college=foreign.pk, reason="别校").status_code == 422


def test_before_opening_the_hall_counts_down_and_refuses(open_hall, secretary, time_machine):
    time_machine.move_to(open_hall.world.year.pairing_opens_at - timedelta(seconds=1))
    page = secretary.get(reverse("hall")).content.decode()
    assert "尚未开放" in page
    assert f'data-opens="{int(open_hall.world.year.pairing_opens_at.timestamp())}"' in page
    answer = post(secretary, open_hall)
    assert answer.status_code == 409
    assert "10月15日 00:00:00开放" in answer.content.decode()


def test_after_the_claim_the_hall_shows_it_and_no_button(open_hall, secretary):
    post(secretary, open_hall)
    page = secretary.get(reverse("hall")).content.decode()
    assert "本学院已结对" in page
    assert 'form="claim"' not in page


# --- the list -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ({"kind": "suburban", "district": "延庆区"}, {"大榆树镇", "永宁镇"}),
        ({"q": "西城 展览"}, {"展览路街道"}),
        ({"room": "full"}, {"望京街道"}),
        ({"kind": "urban", "room": "free"}, {"清河街道", "学院路街道", "展览路街道"}),
        ({"district": "没有区"}, set()),
    ],
)
def test_filters_live_in_the_address(open_hall, secretary, query, names):
    Street.objects.filter(name="望京街道").update(taken_elsewhere=5)
    page = secretary.get(reverse("hall"), query).context["page"]
    assert {row["name"] for row in page} == names


def test_a_college_is_shown_the_streets_its_code_fits_until_it_asks_for_all(open_hall, secretary, admin):
    def list_kinds(client, **query) -> set[str]:
        return {row["kind"] for row in client.get(reverse("hall"), query).context["page"]}

    assert list_kinds(secretary) == {"urban"}
    assert list_kinds(secretary, q="镇") == set()
    assert list_kinds(secretary, kind="") == list_kinds(admin) == {"urban", "suburban"}


def test_a_figure_taken_elsewhere_carries_its_date_and_source(open_hall, secretary):
    Street.objects.filter(pk=open_hall.urban.pk).update(
        taken_elsewhere=2, taken_as_of="2018-10-14", taken_source="团市委通知"
    )
    page = secretary.get(reverse("hall")).content.decode()
    assert "2018-10-14，团市委通知" in page


def test_the_hall_asks_the_same_number_of_questions_for_few_and_many_streets(open_hall, secretary):
    def count_queries() -> int:
        with CaptureQueriesContext(connection) as queries:
            secretary.get(reverse("hall"))
        return len(queries)

    count_queries()
    few = count_queries()
    StreetFactory.create_batch(30)
    assert count_queries() == few


# --- updates of an open page ----------------------------------------------------------------------------------


def test_the_fragment_opens_no_session_no_account_and_while_fresh_not_the_database(
    open_hall, secretary, client_of, monkeypatch
):
    monkeypatch.setattr("pairing.queries.hall.FRESH_SECONDS", 60)
    url, anybody = read_places_url(secretary), client_of(None)

    def refuse_session(*args, **options):
        raise AssertionError("a session was read")

    monkeypatch.setattr(SessionStore, "load", refuse_session)
    with CaptureQueriesContext(connection) as queries:
        anybody.get(url)  # the first request renders the page for all
    assert len(queries) <= 1
    with CaptureQueriesContext(connection) as queries:
        bodies = {secretary.get(url).content, *(anybody.get(url).content for _ in range(20))}
    assert len(bodies) == 1
    assert len(queries) == 0


def test_the_fragment_is_empty_until_something_changes_and_then_says_so(open_hall, secretary, client_of):
    url, anybody = read_places_url(secretary), client_of(None)
    version = re.search(r'data-version="(\w+)"', anybody.get(url).content.decode()).group(1)
    assert anybody.get(url, {"v": version}).status_code == 204
    post(secretary, open_hall)
    fresh = anybody.get(url, {"v": version})
    assert fresh.status_code == 200
    row = f'data-street="{open_hall.urban.pk}" data-left="4" data-state="mine"'
    assert row in fresh.content.decode()


def test_the_list_says_what_a_place_left_is_made_of_and_stays_fresh(open_hall, secretary, client_of):
    ours = f'本平台已结对 <span data-ours-of="{open_hall.urban.pk}">%s</span>'
    assert ours % 0 in secretary.get(reverse("hall")).content.decode()
    post(secretary, open_hall)
    assert ours % 1 in secretary.get(reverse("hall")).content.decode()
    assert 'data-ours="1"' in client_of(None).get(read_places_url(secretary)).content.decode()


def test_the_fragment_names_no_code_and_no_college(open_hall, secretary, client_of):
    post(secretary, open_hall)
    text = client_of(None).get(read_places_url(secretary)).content.decode()
    assert not {open_hall.code_a.code, "法学院"} & set(re.findall(r"[\w一-鿿]+", text))


def test_the_link_of_the_fragment_cannot_be_made_up_and_ends(open_hall, secretary, client_of, time_machine):
    url, anybody = read_places_url(secretary), client_of(None)
    made_up = signing.dumps(open_hall.world.year.pk, salt="something else")
    assert anybody.get(reverse("hall_places", args=[made_up])).status_code == 404
    time_machine.move_to(open_hall.now + timedelta(hours=13))
    assert anybody.get(url).status_code == 286


# --- wishes ---------------------------------------------------------------------------------------------------


def post_wish(client, street, step):
    return client.post(reverse("wishes"), {"street": street.pk, "step": step}, follow=True)


def list_wishes(hall) -> list[str]:
    rows = Wish.objects.filter(college=hall.world.college_a).order_by("rank")
    return [row.street.name for row in rows.select_related("street")]


def test_a_college_ranks_its_wishes(open_hall, secretary):
    first, second, third = open_hall.urban, *open_hall.urbans[:2]
    for street in (first, second, third, second):
        post_wish(secretary, street, "add")
    assert list_wishes(open_hall) == ["清河街道", "学院路街道", "望京街道"]
    post_wish(secretary, third, "up")
    post_wish(secretary, first, "down")
    assert list_wishes(open_hall) == ["望京街道", "清河街道", "学院路街道"]
    post_wish(secretary, first, "drop")
    assert list_wishes(open_hall) == ["望京街道", "学院路街道"]
    post_wish(secretary, third, "up")
    post_wish(secretary, second, "down")
    assert list_wishes(open_hall) == ["望京街道", "学院路街道"]
    assert Wish.objects.exclude(college=open_hall.world.college_a).count() == 0


def test_a_wish_leaves_the_list_as_it_was_narrowed(open_hall, secretary):
    page = secretary.get(reverse("hall"), {"district": "海淀区"}).content.decode()
    action = re.search(r'id="wish"\s+method="post"\s+action="([^"]+)"', page).group(1)
    answer = secretary.post(html.unescape(action), {"street": open_hall.urban.pk, "step": "add"})
    assert answer["Location"] == f"{reverse('hall')}?district=%E6%B5%B7%E6%B7%80%E5%8C%BA#wishes"


def test_wishes_that_cannot_be_are_refused_in_words(open_hall, secretary, admin):
    assert "请刷新后重试" in post_wish(secretary, open_hall.urban, "up").content.decode()
    assert "由学院" in post_wish(admin, open_hall.urban, "add").content.decode()
    for street in StreetFactory.create_batch(10):
        post_wish(secretary, street, "add")
    assert "最多 10 个" in post_wish(secretary, open_hall.urban, "add").content.decode()


# --- codes ----------------------------------------------------------------------------------------------------


def test_a_college_sees_its_code_only_after_asking(open_hall, secretary):
    url = reverse("code_own", args=[open_hall.world.college_a.pk])
    assert open_hall.code_a.code not in secretary.get(url).content.decode()
    answer = secretary.post(url)
    assert open_hall.code_a.code in answer.content.decode()
    assert "no-store" in answer["Cache-Control"]
    open_hall.code_a.refresh_from_db()
    assert open_hall.code_a.revealed_by == open_hall.world.secretary
    assert open_hall.code_a.code not in secretary.get(url).content.decode()
    assert f'value="{open_hall.code_a.code}"' in secretary.get(reverse("hall")).content.decode()


def test_the_school_hands_out_withdraws_and_makes_void(open_hall, admin):
    third = CollegeFactory(school=open_hall.world.school)
    code = open_hall.code_stock
    assert admin.post(reverse("code_hand", args=[code.pk]), {"college": third.pk}).status_code == 302
    code.refresh_from_db()
    assert code.college == third
    withdraw = reverse("code_withdraw", args=[code.pk])
    assert admin.post(withdraw, {"reason": ""}).status_code == 422
    assert admin.post(withdraw, {"reason": "发错学院"}).status_code == 302
    assert admin.post(withdraw, {"reason": "市里收回", "void": "on"}).status_code == 302
    code.refresh_from_db()
    assert code.state == "void"
    page = admin.get(reverse("code", args=[code.pk])).content.decode()
    assert "发错学院" in page and "市里收回" in page
    foreign = {"college": open_hall.world.bh.college_b.pk}
    assert admin.post(reverse("code_hand", args=[code.pk]), foreign).status_code == 422


def test_the_list_of_codes_says_what_does_not_fit(open_hall, admin):
    page = admin.get(reverse("codes")).content.decode()
    assert "学院有 2 个，结对数要求 10 个" in page
    assert open_hall.code_bh.code not in page
    filtered = admin.get(reverse("codes"), {"state": "stock"}).context["page"]
    assert list(filtered) == [open_hall.code_stock]


def test_suggested_codes_are_handed_out_at_once(open_hall, admin):
    CollegeFactory(school=open_hall.world.school)
    open_hall.code("NEWSUB01", kind="suburban")
    answer = admin.post(reverse("codes_suggest"), follow=True)
    assert "已为 1 个学院分配结对码" in answer.content.decode()
    again = admin.post(reverse("codes_suggest"), follow=True)
    assert "没有可以分配的" in again.content.decode()


def test_the_export_of_codes_reads_back_unchanged(open_hall, admin, tmp_path):
    content = admin.get(reverse("codes_export")).content
    header, *rows = read_lines(content)
    assert list(header) == ["申请结对码", "类型", "状态", "学院"]
    assert len(rows) == PairingCode.objects.filter(year=open_hall.world.year).count()
    path = tmp_path / "codes.xlsx"
    path.write_bytes(content)
    assert read_counts(run_import_command("codes", path, school="JH")) == (0, 0, 3, 0, 0)


def test_codes_ask_the_same_number_of_questions_for_few_and_many(open_hall, admin):
    def count_queries() -> int:
        with CaptureQueriesContext(connection) as queries:
            admin.get(reverse("codes"))
        return len(queries)

    count_queries()
    few = count_queries()
    for number in range(20):
        college = CollegeFactory(school=open_hall.world.school)
        open_hall.code(f"MANY{number:04d}", college=college)
    assert count_queries() == few
