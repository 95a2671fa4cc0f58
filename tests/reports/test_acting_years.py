"""A page that shows a year acts in that year, even if another year has been opened since."""

import re

import pytest
import time_machine
from django.urls import reverse

from members.models import ExportLog
from reports.models import Appraisal, ExcellentException, HonourTitle
from tests.factories import ServiceYearFactory

NEW = {"name": "优秀共青团员", "kind": "person", "level": "school", "places": 2, "nominated_by": "branch"}


@pytest.fixture
def january(world):
    """Travel to January: 2019 is opened, and the year 2018 is still being concluded."""
    ServiceYearFactory(school=world.school, year=2019, floor_percent=50)
    with time_machine.travel("2019-01-05 10:00 +0800", tick=False):
        yield world


@pytest.fixture
def browse(january, client_of):
    """Return, for a user, functions that read a page and the links on it to an address."""

    def of(user):
        client = client_of(user)

        def read(url: str) -> str:
            answer = client.get(url)
            assert answer.status_code == 200
            return answer.content.decode()

        read.client = client
        return read

    return of


def find_link(page: str, name: str, *args) -> str:
    """Return the only link of the page to an address outside the navigation, with its year."""
    _, _, main = page.partition("<main")
    path = reverse(name, args=args)
    (found,) = {url for url in re.findall('href="([^"]+)"', main) if url.split("?")[0] == path}
    return found


def read_hidden_year(page: str) -> dict:
    """Return the hidden values that the page's form submits."""
    return dict(re.findall('<input type="hidden" name="(year)" value="([^"]+)">', page))


@pytest.mark.parametrize("by", ["address", "form"])
def test_an_exception_is_asked_for_in_the_year_of_the_verdict(january, browse, by):
    person = january.missing
    read = browse(january.branch_secretary)
    url = find_link(
        read(reverse("eligibility_member", args=[person.pk]) + "?year=2018"), "exception_ask", person.pk
    )
    page = read(url)
    assert "2018 年度" in page and read_hidden_year(page) == {"year": "2018"}
    if by == "form":  # like a page opened in December, when there was no other year to name
        answer = read.client.post(url.split("?")[0], {"grounds": "服务中断"} | read_hidden_year(page))
    else:
        answer = read.client.post(url, {"grounds": "服务中断"})
    assert ExcellentException.objects.get().year.year == 2018
    assert answer.url == reverse("eligibility_member", args=[person.pk]) + "?year=2018"


@pytest.mark.parametrize("by", ["address", "form"])
def test_a_title_is_set_up_in_the_year_of_the_list(january, browse, by):
    read = browse(january.admin)
    url = find_link(read(reverse("honours") + "?year=2018"), "honour_new")
    page = read(url)
    assert "设立 2018 年度荣誉" in page
    sent = (url.split("?")[0], NEW | read_hidden_year(page)) if by == "form" else (url, NEW)
    answer = read.client.post(*sent)
    assert HonourTitle.objects.get().year.year == 2018
    assert NEW["name"] in read(answer.url)


def test_without_a_year_it_is_that_of_today(january, browse):
    read = browse(january.admin)
    read.client.post(reverse("honour_new"), NEW)
    assert HonourTitle.objects.get().year.year == 2019


@pytest.mark.parametrize("asked", ["2016", "x", "２０１８年"])
def test_in_a_year_that_the_school_does_not_have_nothing_is_done(january, browse, asked):
    read = browse(january.admin)
    assert read.client.post(reverse("honour_new"), NEW | {"year": asked}).status_code == 404
    assert read.client.post(reverse("honour_new") + f"?year={asked}", NEW).status_code == 404
    assert not HonourTitle.objects.exists()


def test_an_appraisal_is_begun_in_the_year_of_its_page(january, browse):
    read, begin = browse(january.branch_secretary), reverse("appraisal_start", args=[january.a1.pk])
    page = read(begin + "?year=2018")
    read.client.post(begin, read_hidden_year(page))
    assert [found.year.year for found in Appraisal.objects.all()] == [2018]


def test_branches_are_judged_by_the_rules_of_the_year_asked_for(january, browse):
    read = browse(january.admin)
    then = read(find_link(read(reverse("eligibility") + "?year=2018"), "eligibility_branches"))
    assert "2018 年度团支部荣誉资格" in then and "低于 95 %" in then
    assert "低于 50 %" in read(reverse("eligibility_branches"))
    exported = read.client.get(find_link(then, "eligibility_branches_export"))
    assert "2018" in exported["Content-Disposition"]
    assert ExportLog.objects.get(kind="eligibility_branches").filters == {"year": "2018"}


@pytest.mark.parametrize(
    ("page", "leads_to"),
    [
        ("eligibility", "honours"),
        ("eligibility", "eligibility_branches"),
        ("eligibility_branches", "eligibility"),
        ("honours", "eligibility"),
        ("honours", "honour_new"),
        ("honour_new", "honours"),
    ],
)
def test_from_page_to_page_the_year_stays(january, browse, page, leads_to):
    assert find_link(browse(january.admin)(reverse(page) + "?year=2018"), leads_to).endswith("?year=2018")


def test_the_page_of_a_college_s_figures_leads_back_to_the_year_it_shows(january, browse):
    page = browse(january.admin)(reverse("assessment_college", args=[january.college_a.pk]) + "?year=2018")
    assert f'{reverse("assessment")}?year=2018"' in page
