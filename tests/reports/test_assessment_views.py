"""Pages of 学院考核: who sees which figures, links to the rows, publishing and locking."""

from io import BytesIO

import pytest
import time_machine
from django.urls import reverse
from python_calamine import CalamineWorkbook

from members.models import ExportLog
from reports.models import Assessment, AssessmentScheme
from reports.rules.assessment import BY_KEY, SUGGESTED
from reports.services.assessment import lock_result, publish_weights
from tests.activities.serving import build_serving
from tests.factories import ServiceRecordFactory
from tests.reports.test_assessment import NOW

SCHOOL_ONLY = ["assessment_weights", "assessment_lock"]


@pytest.fixture(autouse=True)
def in_december():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def published_scheme(world):
    build_serving(world)
    return publish_weights(user=world.admin, year=world.year, weights=SUGGESTED)


@pytest.fixture
def locked_result(world, published_scheme):
    return lock_result(user=world.admin, year=world.year)


def fetch_page(client, name, *args, **query):
    response = client.get(reverse(name, args=args), query)
    assert response.status_code == 200
    return response.content.decode()


def read_sheets(response):
    book = CalamineWorkbook.from_filelike(BytesIO(response.content))
    return [book.get_sheet_by_name(name).to_python() for name in book.sheet_names]


def test_the_school_sees_all_colleges_by_place(world, published_scheme, client_of):
    text = fetch_page(client_of(world.admin), "assessment")
    assert "法学院" in text and "物理学院" in text and "名次" in text and "第 1 版" in text


def test_before_publication_the_page_says_that_the_weights_are_only_suggested(world, client_of):
    assert "权重尚未公布" in fetch_page(client_of(world.admin), "assessment")


def test_a_college_sees_its_own_figures_and_no_place_among_unseen_ones(world, published_scheme, client_of):
    text = fetch_page(client_of(world.secretary), "assessment")
    assert "法学院" in text and "物理学院" not in text and "名次</th>" not in text
    assert (
        client_of(world.secretary).get(reverse("assessment_college", args=[world.college_b.pk])).status_code
        == 404
    )


def test_once_locked_every_college_sees_the_whole_result(world, locked_result, client_of):
    text = fetch_page(client_of(world.secretary_b), "assessment_result", locked_result.pk)
    assert "法学院" in text and "物理学院" in text
    assert client_of(world.bh.admin).get(locked_result.get_absolute_url()).status_code == 404


@pytest.mark.parametrize("name", SCHOOL_ONLY)
def test_only_the_school_opens_weights_and_locking(world, client_of, name):
    assert client_of(world.secretary).get(reverse(name, args=[2018])).status_code == 403
    assert client_of(world.admin).get(reverse(name, args=[2018])).status_code == 200


@pytest.mark.parametrize("key", list(BY_KEY))
def test_every_figure_is_opened_down_to_its_rows(world, published_scheme, client_of, key):
    board = fetch_page(client_of(world.admin), "assessment")
    link = f"{reverse('assessment_rows', args=[key])}?year=2018&amp;college={world.college_a.pk}"
    assert link in board
    text = fetch_page(client_of(world.admin), "assessment_rows", key, year=2018, college=world.college_a.pk)
    assert BY_KEY[key].label in text


def test_rows_name_the_people_of_ones_own_college_only(world, published_scheme, client_of):
    text = fetch_page(client_of(world.secretary), "assessment_rows", "registered")
    assert world.missing.name in text and world.zhang_wei_b.student_no not in text
    other = client_of(world.secretary).get(
        reverse("assessment_rows", args=["registered"]), {"college": world.college_b.pk}
    )
    assert world.zhang_wei_b.student_no not in other.content.decode()


def test_what_is_missed_stands_first_and_can_be_asked_for_alone(world, published_scheme, client_of):
    text = fetch_page(client_of(world.admin), "assessment_rows", "registered", only="missed")
    assert world.missing.name in text and world.party.name not in text


def test_an_indicator_that_does_not_exist_is_not_found(world, client_of):
    assert client_of(world.admin).get(reverse("assessment_rows", args=["beauty"])).status_code == 404


def test_weights_that_do_not_sum_up_come_back_with_what_was_typed(world, client_of):
    url = reverse("assessment_weights", args=[2018])
    answer = client_of(world.admin).post(url, SUGGESTED | {"registered": 77})
    assert "现在是 157" in answer.content.decode() and 'value="77"' in answer.content.decode()
    assert not AssessmentScheme.objects.exists()


def test_publish_then_lock_by_the_pages(world, client_of):
    client = client_of(world.admin)
    assert client.post(reverse("assessment_weights", args=[2018]), SUGGESTED).status_code == 302
    answer = client.post(reverse("assessment_lock", args=[2018]))
    assert answer.url == Assessment.objects.get().get_absolute_url()
    again = client.post(reverse("assessment_lock", args=[2018]), {"reason": ""})
    assert again.status_code == 200 and Assessment.objects.count() == 1


def test_the_result_shows_then_beside_now_and_marks_the_difference(world, locked_result, client_of):
    client = client_of(world.admin)
    assert "<mark>" not in fetch_page(client, "assessment_result", locked_result.pk)
    ServiceRecordFactory(member=world.missing, minutes=1200)
    text = fetch_page(client, "assessment_result", locked_result.pk)
    assert "<mark>1/7（2.14）</mark>" in text and "0/7" in text


def test_a_changed_threshold_is_shown_beside_that_of_then(world, locked_result, client_of):
    world.year.required_minutes = 600
    world.year.save()
    text = fetch_page(client_of(world.admin), "assessment_result", locked_result.pk)
    assert "当时 1200，现在 <mark>600</mark>" in text


def test_exports_are_noted_and_carry_the_figures(world, locked_result, client_of):
    client = client_of(world.admin)
    board, measures = read_sheets(client.get(reverse("assessment_result_export", args=[locked_result.pk])))
    assert [row[1] for row in board[1:]] == [line.college_name for line in locked_result.lines.all()]
    assert board[1][2] == float(locked_result.lines.first().score_text)
    assert len(measures) == 1 + 2 * len(BY_KEY)
    assert len(read_sheets(client.get(reverse("assessment_export")))[0]) == 3
    (rows,) = read_sheets(
        client.get(reverse("assessment_rows_export", args=["registered"]), {"only": "missed"})
    )
    assert [row[0] for row in rows[1:]] == ["阿依古丽·买买提", "李自报", "张伟"]
    assert list(ExportLog.objects.order_by("pk").values_list("kind", flat=True)) == [
        "assessment_result",
        "assessment",
        "assessment_rows",
    ]
