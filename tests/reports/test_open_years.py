"""Pages that keep results say that the year is not over, and how many days of hours are missing (requirements §3)."""

import pytest
from django.urls import reverse

from reports.models import Commendation
from reports.rules.assessment import SUGGESTED
from reports.rules.commendation import CRITERIA
from reports.services.appraisal import start_appraisal
from reports.services.assessment import lock_result, publish_weights
from reports.services.commendation import save_commendation
from tests.reports.honouring import make_title

MISSING = "2018 年度还没有结束，还有 31 天的时长未计入"
NOVEMBER, JANUARY = "2018-11-30 10:00 +0800", "2019-01-01 10:00 +0800"


def make_pages(world) -> tuple[list[str], list[str]]:
    """Return the addresses of the pages on which results of 2018 are kept, for the school and for a college."""
    publish_weights(user=world.admin, year=world.year, weights=SUGGESTED)
    title = make_title(world)
    sheet = start_appraisal(user=world.branch_secretary, branch_id=world.a1.pk, year=world.year)
    found: Commendation = save_commendation(
        user=world.admin, year=world.year, kind="volunteer", name="优秀志愿者", places=3,
        minimum={criterion.key: 0 for criterion in CRITERIA["volunteer"]}, order="minutes",
    )  # fmt: skip
    in_year = "?year=2018"
    return [
        reverse("assessment") + in_year,
        reverse("assessment_lock", args=[2018]),
        reverse("honours") + in_year,
        title.get_absolute_url(),
        reverse("appraisals") + in_year,
        sheet.get_absolute_url(),
        reverse("commendations") + in_year,
        found.get_absolute_url(),
    ], [
        reverse("honour_nominate", args=[title.pk, world.registered.pk]),
        reverse("appraisal_start", args=[world.a2.pk]) + in_year,
    ]


@pytest.mark.parametrize(("now", "told"), [(NOVEMBER, True), (JANUARY, False)])
def test_every_page_that_keeps_a_result_says_that_the_year_is_not_over(
    world, client_of, time_machine, now, told
):
    time_machine.move_to(NOVEMBER, tick=False)
    of_school, of_college = make_pages(world)
    time_machine.move_to(now, tick=False)
    visits = [(world.admin, page) for page in of_school] + [(world.secretary, page) for page in of_college]
    for user, page in visits:
        answer = client_of(user).get(page, follow=True)
        assert answer.status_code == 200, page
        assert (MISSING in answer.content.decode()) is told, page


def test_a_result_kept_before_the_end_of_the_year_says_so_for_ever(world, client_of, time_machine):
    time_machine.move_to(NOVEMBER, tick=False)
    publish_weights(user=world.admin, year=world.year, weights=SUGGESTED)
    early = lock_result(user=world.admin, year=world.year)
    time_machine.move_to(JANUARY, tick=False)
    later = lock_result(user=world.admin, year=world.year, reason="计入全年时长")
    client = client_of(world.admin)
    assert f"2018-11-30 的说明：{MISSING}" in client.get(early.get_absolute_url()).content.decode()
    assert MISSING not in client.get(later.get_absolute_url()).content.decode()
